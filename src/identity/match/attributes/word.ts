import { sql } from '../../../sql/tag.js';
import { edits } from '../comparisons/edits.js';
import { equal } from '../comparisons/equal.js';
import { jaroWinkler } from '../comparisons/similar.js';
import type { AttributeKind } from '../kinds.js';
import { dense } from '../text.js';

/** A short text of no known kind. */
export const word: AttributeKind = {
  name: 'word',
  aliases: ['occupation', 'profession', 'job', 'job_title', 'model'],
  features: (value) => ({ norm: dense(value) }),
  levels: [
    { name: 'equal', share: 0.8, when: (l, r) => equal(l('norm'), r('norm')) },
    {
      name: 'a slip',
      share: 0.07,
      when: (l, r) => sql`${jaroWinkler(l('norm'), r('norm'), 0.92)} OR (length(${l('norm')}) > 4 AND ${edits(l('norm'), r('norm'), 1)})`,
    },
    { name: 'similar', share: 0.04, when: (l, r) => jaroWinkler(l('norm'), r('norm'), 0.82) },
  ],
  keys: [{ name: 'word', agrees: 0.8, alone: false, of: (side) => side('norm') }],
  rarity: 1,
  distinctive: false,
  shared: false,
};
