import { sql } from '../../../sql/tag.js';
import { edits } from '../comparisons/edits.js';
import { equal } from '../comparisons/equal.js';
import { near, within } from '../comparisons/near.js';
import type { AttributeKind } from '../kinds.js';

/** Quantities and counts: prices, sizes, years, ages. Whole numbers are mistyped by the digit, others are rounded or converted. */
export const number: AttributeKind = {
  name: 'number',
  aliases: [
    'number_of',
    'count',
    'price',
    'amount',
    'total',
    'year',
    'yob',
    'month',
    'age',
    'size',
    'weight',
    'length',
    'quantity',
    'street_number',
    'duration',
    'track',
    'volume',
    'issue',
    'hausnr',
  ],
  features: (value, once) => {
    // A comma before one or two last digits is a decimal one, any other sets thousands apart.
    const plain = sql`CASE WHEN regexp_matches(${value}, ',[0-9]{1,2}[^0-9]*$') THEN replace(replace(${value}, '.', ''), ',', '.') ELSE ${value} END`;
    // Where a whole date stands for the year, that is what it counts.
    const year = sql`CASE WHEN regexp_matches(${value}, '[0-9][-/.][0-9]{1,2}[-/.][0-9]') THEN regexp_extract(${value}, '(?:^|[^0-9])((?:1[0-9]|20)[0-9]{2})(?:[^0-9]|$)', 1) END`;
    const norm = once(sql`COALESCE(TRY_CAST(${year} AS DOUBLE), TRY_CAST(regexp_replace(${plain}, '[^0-9.eE+-]', '', 'g') AS DOUBLE))`);
    return { norm, whole_number: sql`CASE WHEN ${norm} = trunc(${norm}) AND abs(${norm}) < 1e15 THEN ${norm}::BIGINT::VARCHAR END` };
  },
  levels: [
    { name: 'equal', share: 0.75, when: (l, r) => equal(l('norm'), r('norm')) },
    {
      name: 'one apart',
      share: 0.05,
      when: (l, r) => sql`${within(l('norm'), r('norm'), 1)} AND ${l('whole_number')} IS NOT NULL AND ${r('whole_number')} IS NOT NULL`,
    },
    {
      name: 'a digit off',
      share: 0.05,
      when: (l, r) => sql`length(${l('whole_number')}) > 1 AND ${edits(l('whole_number'), r('whole_number'), 1)}`,
    },
    { name: 'within a hundredth', share: 0.04, when: (l, r) => near(l('norm'), r('norm'), 0.01) },
    { name: 'within a tenth', share: 0.04, when: (l, r) => near(l('norm'), r('norm'), 0.1) },
    { name: 'within a third', share: 0.03, when: (l, r) => near(l('norm'), r('norm'), 0.33) },
  ],
  keys: [
    { name: 'number', agrees: 0.75, alone: false, of: (side) => sql`${side('norm')}::VARCHAR` },
    {
      name: 'about the number',
      agrees: 0.83,
      alone: false,
      of: (side) => sql`floor(10 * ln(NULLIF(abs(${side('norm')}), 0)))::INTEGER::VARCHAR`,
    },
  ],
  rarity: 1,
  distinctive: false,
  shared: false,
};
