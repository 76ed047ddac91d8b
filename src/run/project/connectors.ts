import { OnefoldError } from '../../base/errors.js';
import type { Project } from '../../config/project.js';
import type { Connector } from '../../connectors/contract.js';
import { isConnector } from '../../connectors/contract.js';
import { connectors } from '../../connectors/registry.js';

/**
 * The connector of a name: one of ours, or one that the project brings.
 * @throws OnefoldError `NOT_FOUND`, which a validated project can't cause
 */
export function connectorOf(project: Pick<Project, 'connectors'>, name: string): Connector {
  const found = [...connectors, ...project.connectors].find((c) => c.name === name);
  if (found === undefined || !isConnector(found)) throw new OnefoldError('NOT_FOUND', `no connector is called \`${name}\``);
  return found;
}
