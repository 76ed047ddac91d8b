import { sql } from '../../../sql/tag.js';
import { equal } from '../comparisons/equal.js';
import { near, within } from '../comparisons/near.js';
import type { AttributeKind } from '../kinds.js';

/** Quantities: prices, sizes, years, ages. */
export const number: AttributeKind = {
  name: 'number',
  aliases: ['number', 'price', 'amount', 'year', 'age', 'size', 'weight', 'length', 'quantity', 'street_number', 'duration', 'track'],
  features: (value) => ({ norm: sql`TRY_CAST(regexp_replace(${value}, '[^0-9.eE+-]', '', 'g') AS DOUBLE)` }),
  levels: [
    { name: 'equal', share: 0.75, when: (l, r) => equal(l('norm'), r('norm')) },
    { name: 'one apart', share: 0.06, when: (l, r) => sql`${within(l('norm'), r('norm'), 1)} OR ${near(l('norm'), r('norm'), 0.01)}` },
    { name: 'within a tenth', share: 0.06, when: (l, r) => near(l('norm'), r('norm'), 0.1) },
    { name: 'within a third', share: 0.04, when: (l, r) => near(l('norm'), r('norm'), 0.33) },
  ],
  keys: [{ name: 'number', agrees: 0.75, alone: false, of: (side) => sql`${side('norm')}::VARCHAR` }],
  rarity: 1,
  shared: false,
};
