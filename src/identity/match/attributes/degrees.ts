import { sql } from '../../../sql/tag.js';
import { within } from '../comparisons/near.js';
import type { AttributeKind } from '../kinds.js';

/** One of the two numbers that say where something is on earth, in degrees: a latitude, or a longitude. The other is an attribute of its own. */
export const degrees: AttributeKind = {
  name: 'degrees',
  aliases: ['degrees', 'lat', 'latitude', 'lon', 'lng', 'long', 'longitude'],
  features: (value, once) => {
    const degree = once(sql`TRY_CAST(replace(${value}, ',', '.') AS DOUBLE)`);
    // Where a place is not known, some write 0.
    return { norm: sql`CASE WHEN abs(${degree}) <= 360 THEN NULLIF(${degree}, 0) END` };
  },
  levels: [
    { name: 'within 0.0002°', share: 0.55, when: (l, r) => within(l('norm'), r('norm'), 0.0002) },
    { name: 'within 0.002°', share: 0.25, when: (l, r) => within(l('norm'), r('norm'), 0.002) },
    { name: 'within 0.02°', share: 0.12, when: (l, r) => within(l('norm'), r('norm'), 0.02) },
    { name: 'within 0.2°', share: 0.04, when: (l, r) => within(l('norm'), r('norm'), 0.2) },
  ],
  keys: (
    [
      ['hundredth of a degree', 100, 0.6],
      ['tenth of a degree', 10, 0.85],
      ['degree', 1, 0.95],
    ] as const
  ).map(([name, parts, agrees]) => ({
    name,
    agrees,
    alone: false,
    of: (side) => sql`round(${parts} * ${side('norm')})::INTEGER::VARCHAR`,
  })),
  rarity: null,
  distinctive: false,
  shared: true,
  place: 3,
  correlated: true,
};
