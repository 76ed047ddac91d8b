import type { Sql } from '../../../sql/tag.js';
import { join, sql } from '../../../sql/tag.js';
import { edits } from '../comparisons/edits.js';
import { equal } from '../comparisons/equal.js';
import { acronym } from '../comparisons/initials.js';
import { contained, overlap, wordsOf } from '../comparisons/overlap.js';
import { jaroWinkler } from '../comparisons/similar.js';
import { weighted } from '../comparisons/weighted.js';
import type { AttributeKind } from '../kinds.js';
import { bits, closed, insteadOf, plain, sorted, spelled, words } from '../text.js';

/** Words that are written in short, and those that are of the legal form, or tell nothing. */
const shorter = spelled({
  intl: 'international internat',
  natl: 'national',
  univ: 'university universite universitaet universitat universidad universidade universita universiteit universitet',
  tech: 'technology technologies technologie',
  mfg: 'manufacturing manufacturers',
  assn: 'association',
  dept: 'department',
  inst: 'institute institut institution',
  eng: 'engineering',
  sys: 'systems system',
  svc: 'services service',
  fdn: 'foundation',
  hosp: 'hospital',
  ctr: 'center centre',
  mgmt: 'management',
  lab: 'laboratory laboratories labs',
  bros: 'brothers',
  st: 'saint',
  restaurant: 'restaurants',
  '': [
    'inc incorporated corp corporation co company ltd limited llc llp plc gmbh mbh ag kg kgaa ohg ug gbr ev eg se',
    'sa sarl sas sasu eurl srl srls spa snc sl slu sau bv nv ab as aps oy oyj kft zrt nyrt',
    'sro doo ood eood ooo oao zao pao оао зао пао ооо jsc ojsc cjsc pjsc sal sti ltda lda pty pvt',
    'pte sdn bhd the',
  ].join(' '),
});

/** Words that tell nothing either, but for their letter where a name is written in short. */
const small = ['and', 'und', 'et', 'of'];

/** Legal forms of several words. */
const legalForms = [
  'gesellschaft mit beschrankter haftung',
  'haftungsbeschrankt',
  'aktiengesellschaft',
  'kommanditgesellschaft',
  'eingetragener verein',
  'limited liability (?:company|partnership)',
  '(?:public |closed |open )?joint stock company',
  '(?:public|private) (?:limited|ltd)(?: company)?',
  'sociedad (?:limitada|anonima|de responsabilidad limitada)',
  'societe (?:anonyme|a responsabilite limitee|par actions simplifiee)',
  'societa (?:per azioni|a responsabilita limitata)',
  'sociedade (?:anonima|limitada)',
  '(?:anonim|limited|ltd) (?:sirketi|sti)',
  'sp(?:o[lł]ka)? zoo',
  'spo[lł]ka akcyjna',
  'sp [jk]',
  'besloten vennootschap',
  'naamloze vennootschap',
  'aktiebolag(?:et)?',
  'aktieselskab',
  'osakeyhtio',
];

/** Letters that stand alone as one word: `S.A.R.L.` is written as `SARL` too, and `Macy's` as `Macys`. */
function lettersAsWords(text: Sql): Sql {
  const joined = [4, 3, 2].reduce(
    (said, n) =>
      sql`regexp_replace(${said}, ${`\\b${Array.from({ length: n }, () => '([a-z])').join(' ')}\\b`}, ${Array.from({ length: n }, (_, i) => `\\${i + 1}`).join('')}, 'g')`,
    text,
  );
  return sql`regexp_replace(${joined}, '([a-z]{2}) s\\b', '\\1s', 'g')`;
}

/** The first letters of words. */
function initialsOf(text: Sql): Sql {
  return sql`array_to_string(list_transform(${words(text)}, lambda w: substr(w, 1, 1)), '')`;
}

/** Names of companies, shops, restaurants and offices, whatever their legal form. */
export const company: AttributeKind = {
  name: 'company',
  aliases: [
    'company',
    'company_name',
    'organisation',
    'organization',
    'org',
    'business',
    'business_name',
    'branch',
    'firm',
    'employer',
    'firma',
    'account_name',
    'restaurant',
    'shop',
    'legal_name',
    'trading_name',
    'merchant',
    'merchant_name',
    'vendor_name',
    'supplier',
    'supplier_name',
    'legal_entity',
    'institution',
    'affiliation',
    'hospital',
    'school',
    'university',
    'facility',
  ],
  features: (value, once) => {
    const letters = once(lettersAsWords(plain(value)));
    const said = once(
      sql`COALESCE(NULLIF(trim(regexp_replace(regexp_replace(${letters}, ${`\\b(?:${legalForms.join('|')})\\b`}, '', 'g'), ' +', ' ', 'g')), ''), ${letters})`,
    );
    const whole = once(sql`COALESCE(NULLIF(${insteadOf(said, shorter)}, ''), ${said})`);
    const norm = once(
      sql`COALESCE(NULLIF(array_to_string(list_filter(${words(whole)}, lambda w: w NOT IN (${join(small.map((w) => sql`${w}`))})), ' '), ''), ${whole})`,
    );
    return {
      norm,
      dense: closed(norm),
      sorted: sorted(norm),
      words: bits(words(norm)),
      list: words(norm),
      initials: initialsOf(norm),
      all_initials: initialsOf(whole),
    };
  },
  levels: [
    {
      name: 'equal',
      share: 0.55,
      areOne: 0.9,
      when: (l, r) => sql`${equal(l('dense'), r('dense'))} OR ${equal(l('sorted'), r('sorted'))}`,
    },
    {
      name: 'a slip',
      share: 0.12,
      areOne: 0.9,
      when: (l, r) =>
        sql`${jaroWinkler(l('dense'), r('dense'), 0.94)} OR (length(${l('dense')}) > 7 AND ${edits(l('dense'), r('dense'), 1)})`,
    },
    {
      name: 'the telling words',
      share: 0.12,
      areOne: 0.85,
      when: (l, r) => weighted(l, r, 0.6),
    },
    {
      name: 'one within the other, or in short',
      share: 0.08,
      areOne: 0.7,
      when: (l, r) => sql`(${contained(wordsOf(l), wordsOf(r), 1)} OR ${acronym(l('dense'), r('dense'), l('initials'), r('initials'))}
        OR ${acronym(l('dense'), r('dense'), l('all_initials'), r('all_initials'))})`,
    },
    {
      name: 'some telling words',
      share: 0.06,
      areOne: 0.25,
      when: (l, r) => weighted(l, r, 0.3),
    },
    {
      name: 'similar',
      share: 0.03,
      when: (l, r) => sql`${jaroWinkler(l('dense'), r('dense'), 0.86)} OR ${overlap(l('words'), r('words'), 0.25)}`,
    },
  ],
  keys: [
    { name: 'company', agrees: 0.55, alone: true, of: (side) => side('sorted') },
    {
      name: 'a word of the company',
      agrees: 0.85,
      alone: true,
      list: true,
      of: (side) =>
        sql`list_concat(${side('list')}, list_filter([${side('dense')}, ${side('initials')}, ${side('all_initials')}], lambda w: length(w) > 2))`,
    },
    { name: 'beginning of the company', agrees: 0.75, alone: false, of: (side) => sql`left(${side('dense')}, 5)` },
  ],
  rarity: 0.5,
  distinctive: true,
  shared: false,
};
