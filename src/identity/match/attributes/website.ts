import { sql } from '../../../sql/tag.js';
import { edits } from '../comparisons/edits.js';
import { equal } from '../comparisons/equal.js';
import type { AttributeKind } from '../kinds.js';
import { dense } from '../text.js';

/** Addresses on the web, and domains: whole, the site without the page, and what the site is called without its endings. */
export const website: AttributeKind = {
  name: 'website',
  aliases: [
    'website',
    'web_site',
    'url',
    'web',
    'homepage',
    'home_page',
    'web_page',
    'domain',
    'web_address',
    'hostname',
    'websiteurl',
    'web_url',
  ],
  features: (value, once) => {
    // The same with and without what browsers put before it.
    const address = once(sql`regexp_replace(lower(trim(${value})), '^([a-z]+:/*)?(www[0-9]*[.])?', '')`);
    const host = once(sql`regexp_extract(${address}, '^[^/?#:]+')`);
    const named = sql`regexp_replace(${host}, '([.](com?|org|net|ac|gov|edu|or|ne|go|gob|gouv))?[.][a-z]{2,}$', '')`;
    return { norm: dense(address), site: dense(host), called: dense(sql`regexp_extract(${named}, '[^.]*$')`) };
  },
  levels: [
    { name: 'equal', share: 0.75, when: (l, r) => equal(l('norm'), r('norm')) },
    { name: 'the same site', share: 0.1, when: (l, r) => equal(l('site'), r('site')) },
    { name: 'another ending', share: 0.04, when: (l, r) => sql`length(${l('called')}) > 3 AND ${equal(l('called'), r('called'))}` },
    { name: 'a slip', share: 0.04, when: (l, r) => sql`length(${l('site')}) > 4 AND ${edits(l('site'), r('site'), 1)}` },
  ],
  keys: [
    { name: 'website', agrees: 0.75, alone: true, of: (side) => side('norm') },
    { name: 'site', agrees: 0.85, alone: true, of: (side) => side('site') },
    { name: 'name of the site', agrees: 0.9, alone: true, of: (side) => side('called') },
  ],
  rarity: 0.02,
  distinctive: true,
  shared: true,
};
