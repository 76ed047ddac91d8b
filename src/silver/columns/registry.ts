import { OnefoldError } from '../../base/errors.js';
import { array } from './array.js';
import { boolean } from './boolean.js';
import { category } from './category.js';
import type { ColumnType } from './contract.js';
import { coordinates } from './coordinates.js';
import { country } from './country.js';
import { date } from './date.js';
import { decimal } from './decimal.js';
import { duration } from './duration.js';
import { email } from './email.js';
import { integer } from './integer.js';
import { money } from './money.js';
import { name } from './name.js';
import { percent } from './percent.js';
import { phone } from './phone.js';
import { region } from './region.js';
import { sql } from './sql.js';
import { text } from './text.js';
import { timestamp } from './timestamp.js';

/** Every column type: a file of its own and one line here. */
export const columnTypes = [
  text,
  integer,
  decimal,
  boolean,
  date,
  timestamp,
  money,
  email,
  category,
  percent,
  phone,
  country,
  duration,
  coordinates,
  name,
  region,
  array,
  sql,
] as const;

/** @throws OnefoldError `NOT_FOUND`, which a validated project can't cause */
export function columnTypeNamed(wanted: string): ColumnType {
  const found = columnTypes.find((t) => t.name === wanted);
  if (found === undefined) throw new OnefoldError('NOT_FOUND', `no column type is called \`${wanted}\``);
  return found;
}
