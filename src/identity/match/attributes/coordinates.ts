import { sql } from '../../../sql/tag.js';
import { apart } from '../comparisons/places.js';
import type { AttributeKind } from '../kinds.js';

const point = (side: (feature: string) => ReturnType<typeof sql>) => [side('latitude'), side('longitude')] as const;

/** A place on earth, as `latitude,longitude` in degrees. */
export const coordinates: AttributeKind = {
  name: 'coordinates',
  aliases: ['coordinates', 'geo', 'lat_lng', 'latlng', 'gps'],
  features: (value, once) => {
    const numbers = once(sql`regexp_extract_all(${value}, '-?[0-9]+(?:[.][0-9]+)?')`);
    const part = (nr: number) => sql`TRY_CAST(${numbers}[${nr}] AS DOUBLE)`;
    return {
      norm: sql`CASE WHEN ${part(2)} IS NOT NULL THEN ${value} END`,
      latitude: part(1),
      longitude: part(2),
      grid: sql`round(${part(1)}, 2) || ' ' || round(${part(2)}, 2)`,
    };
  },
  levels: [
    { name: 'within 20 metres', share: 0.6, when: (l, r) => apart(point(l), point(r), 20) },
    { name: 'within 200 metres', share: 0.25, when: (l, r) => apart(point(l), point(r), 200) },
    { name: 'within 2 kilometres', share: 0.08, when: (l, r) => apart(point(l), point(r), 2000) },
  ],
  keys: [{ name: 'square kilometre', agrees: 0.7, alone: true, of: (side) => side('grid') }],
  rarity: null,
  distinctive: false,
  shared: true,
  place: 3,
  correlated: true,
};
