import { z } from 'zod';
import { id, sql } from '../../sql/tag.js';
import { ruleKind } from './contract.js';

/** The amount can be converted: the project's rates have one for its currency and its day. An amount that is missing needs none. */
export const convertible = ruleKind({
  name: 'convertible',
  scope: 'table',
  options: z.object({
    column: z.string().describe('A money column; its currency is in `<column>_currency`'),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'must be a three-letter code')
      .describe('Currency that it is to be converted to'),
    on: z.string().describe('Column with the day whose rate counts'),
  }),
  references: ({ column, on }) => ({ columns: [column, `${column}_currency`, on], rates: true }),
  judge: ({ column, currency, on }) => ({
    broken: sql`${id(column)} IS NOT NULL AND to_currency(${id(column)}, ${id(`${column}_currency`)}, ${currency}, ${id(on)}) IS NULL`,
    reason: `no rate is known to convert ${column} to ${currency}`,
  }),
});
