import { OnefoldError } from '../base/errors.js';
import type { Connector } from './contract.js';
import { file } from './file/connector.js';

/** Every connector: a file of its own and one line here. */
export const connectors = [file] as const;

/** @throws OnefoldError `NOT_FOUND`, which a validated project can't cause */
export function connectorNamed(name: string): Connector {
  const found = connectors.find((c) => c.name === name);
  if (found === undefined) throw new OnefoldError('NOT_FOUND', `no connector is called \`${name}\``);
  return found;
}
