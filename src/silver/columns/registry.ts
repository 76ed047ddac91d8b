import { OnefoldError } from '../../base/errors.js';
import { boolean } from './boolean.js';
import type { ColumnType } from './contract.js';
import { date } from './date.js';
import { decimal } from './decimal.js';
import { email } from './email.js';
import { integer } from './integer.js';
import { money } from './money.js';
import { text } from './text.js';
import { timestamp } from './timestamp.js';

/** Every column type: a file of its own and one line here. */
export const columnTypes = [text, integer, decimal, boolean, date, timestamp, money, email] as const;

/** @throws OnefoldError `NOT_FOUND`, which a validated project can't cause */
export function columnTypeNamed(name: string): ColumnType {
  const found = columnTypes.find((t) => t.name === name);
  if (found === undefined) throw new OnefoldError('NOT_FOUND', `no column type is called \`${name}\``);
  return found;
}
