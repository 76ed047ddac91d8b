import { sql } from '../../../sql/tag.js';
import { edits } from '../comparisons/edits.js';
import { equal } from '../comparisons/equal.js';
import type { AttributeKind } from '../kinds.js';

/** From which page to which: `pp. 1301--1327`, `pages 1301-27`, `1301`. */
export const pages: AttributeKind = {
  name: 'pages',
  aliases: ['page_range', 'page_numbers', 'pagination'],
  features: (value, once) => {
    const first = once(sql`ltrim(regexp_extract(${value}, '[0-9]+'), '0')`);
    const last = once(sql`ltrim(regexp_extract(${value}, '[0-9]+[^0-9]+([0-9]+)', 1), '0')`);
    // Of the last page often only the digits are there that differ from the first.
    const whole = once(
      sql`CASE WHEN length(${last}) < length(${first}) THEN left(${first}, length(${first}) - length(${last})) || ${last} ELSE ${last} END`,
    );
    return { norm: sql`NULLIF(concat_ws('-', NULLIF(${first}, ''), NULLIF(${whole}, '')), '')`, first: sql`NULLIF(${first}, '')` };
  },
  levels: [
    { name: 'equal', share: 0.75, when: (l, r) => equal(l('norm'), r('norm')) },
    { name: 'the same first page', share: 0.07, when: (l, r) => equal(l('first'), r('first')) },
    { name: 'a slip', share: 0.07, when: (l, r) => sql`length(${l('norm')}) > 3 AND ${edits(l('norm'), r('norm'), 1)}` },
  ],
  keys: [{ name: 'first page', agrees: 0.82, alone: false, of: (side) => side('first') }],
  rarity: 1,
  distinctive: false,
  shared: false,
};
