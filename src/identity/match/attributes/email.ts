import { sql } from '../../../sql/tag.js';
import { equal } from '../comparisons/equal.js';
import { jaroWinkler } from '../comparisons/similar.js';
import type { AttributeKind } from '../kinds.js';

/** Addresses of mail. */
export const email: AttributeKind = {
  name: 'email',
  aliases: [
    'email',
    'e_mail',
    'mail',
    'email_address',
    'mailbox',
    'email_addr',
    'emailaddress',
    'smtp_addr',
    'courriel',
    'correo',
    'correo_electronico',
  ],
  features: (value, once) => {
    const norm = once(sql`NULLIF(lower(trim(${value})), '')`);
    return { norm, local: sql`regexp_replace(split_part(${norm}, '@', 1), '[+].*$', '')` };
  },
  levels: [
    { name: 'equal', share: 0.75, when: (l, r) => equal(l('norm'), r('norm')) },
    { name: 'the same before the @', share: 0.06, when: (l, r) => sql`length(${l('local')}) > 4 AND ${equal(l('local'), r('local'))}` },
    { name: 'a slip', share: 0.06, when: (l, r) => jaroWinkler(l('norm'), r('norm'), 0.96) },
    { name: 'similar before the @', share: 0.03, when: (l, r) => jaroWinkler(l('local'), r('local'), 0.9) },
  ],
  keys: [
    { name: 'e-mail', agrees: 0.78, alone: true, of: (side) => side('norm') },
    {
      name: 'e-mail before the @',
      agrees: 0.82,
      alone: true,
      of: (side) => sql`CASE WHEN length(${side('local')}) > 4 THEN ${side('local')} END`,
    },
  ],
  rarity: 0.1,
  naming: 'of_names',
  distinctive: false,
  shared: true,
};
