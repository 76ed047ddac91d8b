import type { Sql } from '../../../sql/tag.js';
import { sql } from '../../../sql/tag.js';
import { equal } from '../comparisons/equal.js';
import { contained, overlap, wordsOf } from '../comparisons/overlap.js';
import { jaroWinkler } from '../comparisons/similar.js';
import type { AttributeKind } from '../kinds.js';
import { sameName } from '../nicknames.js';
import { bits, plain, sorted, sound, words } from '../text.js';

const titles = '^(?:(?:mr|mrs|ms|miss|dr|prof|sir|herr|frau|mme|mlle|monsieur|sr|sra|don|rev) )+';
const suffix = ' (jr|junior|sr|senior|ii|iii|iv)$';
/** Degrees, which many write behind their name or not. Not those that are names too. */
const degrees = '(?: (?:md|m d|phd|ph d|dds|dmd|dvm|facs|rn|esq))+$';

/** Whole names of people: in any order of their words, with titles, and with a `Jr.` that makes them another person's. */
export const fullName: AttributeKind = {
  name: 'name',
  aliases: [
    'full_name',
    'fullname',
    'customer_name',
    'person',
    'contact',
    'contact_name',
    'display_name',
    'owner',
    'inventor',
    'patient',
    'patient_name',
    'employee',
    'employee_name',
    'first_and_surname',
    'first_and_last_name',
    'person_name',
    'subscriber',
    'subscriber_name',
    'passenger',
    'passenger_name',
    'insured',
    'insured_name',
    'policyholder',
    'policy_holder',
    'cardholder',
    'card_holder',
    'account_holder',
    'holder_name',
    'applicant',
    'applicant_name',
    'student',
    'student_name',
    'pupil',
    'member_name',
    'donor_name',
    'guest',
    'guest_name',
    'tenant_name',
    'resident',
    'driver',
  ],
  features: (value, once) => {
    const said = once(sql`regexp_replace(${plain(value)}, ${degrees}, '')`);
    const norm = once(sql`regexp_replace(regexp_replace(${said}, ${titles}, ''), ${suffix}, '')`);
    const [first, last] = [once(sql`split_part(${norm}, ' ', 1)`), once(sql`split_part(${norm}, ' ', -1)`)];
    return {
      norm: sql`NULLIF(${norm}, '')`,
      suffix: sql`regexp_replace(regexp_replace(regexp_extract(${said}, ${suffix}, 1), 'junior', 'jr'), 'senior', 'sr')`,
      sorted: sorted(norm),
      words: bits(words(norm)),
      called: sql`array_to_string(list_sort(list_transform(${words(norm)}, lambda w: ${sameName(sql`w`)})), ' ')`,
      initials: bits(sql`list_transform(${words(norm)}, lambda w: substr(w, 1, 1))`),
      first,
      last,
      ends: sql`array_to_string(list_sort([${first}, ${last}]), ' ')`,
      sounds: sql`array_to_string(list_sort([COALESCE(${sound(first, once)}, ''), COALESCE(${sound(last, once)}, '')]), ' ')`,
    };
  },
  levels: [
    {
      name: 'equal',
      share: 0.65,
      ofRelatives: 0.003,
      when: (l, r) => sql`${equal(l('sorted'), r('sorted'))} AND ${l('suffix')} = ${r('suffix')}`,
    },
    { name: 'equal but for `Jr.` or the like', share: 0.02, ofRelatives: 0.003, when: (l, r) => equal(l('sorted'), r('sorted')) },
    {
      name: 'another form of the name',
      share: 0.1,
      ofRelatives: 0.003,
      when: (l, r) => sql`${contained(wordsOf(l), wordsOf(r), 2)} OR ${equal(l('called'), r('called'))}`,
    },
    {
      name: 'a slip',
      share: 0.1,
      ofRelatives: 0.015,
      when: (l, r) => sql`${jaroWinkler(l('sorted'), r('sorted'), 0.93)} OR ${jaroWinkler(l('norm'), r('norm'), 0.93)}`,
    },
    {
      name: 'half of it, and the initials',
      share: 0.06,
      ofRelatives: 0.06,
      when: (l, r) =>
        sql`(bit_count(${l('words')} & ${r('words')}) >= 1 AND least(bit_count(${l('initials')}), bit_count(${r('initials')})) >= 2 AND (${l('initials')} & ${r('initials')} IN (${l('initials')}, ${r('initials')})))`,
    },
    {
      name: 'similar',
      share: 0.03,
      ofRelatives: 0.6,
      when: (l, r) => sql`${jaroWinkler(l('sorted'), r('sorted'), 0.85)} OR ${overlap(l('words'), r('words'), 0.5)}`,
    },
  ],
  keys: [
    { name: 'name', agrees: 0.72, alone: true, of: (side) => side('ends') },
    { name: 'sound of the name', agrees: 0.82, alone: true, of: (side) => side('sounds') },
    { name: 'last word of the name', agrees: 0.8, alone: false, of: (side) => side('last') },
    { name: 'first word of the name', agrees: 0.78, alone: false, of: (side) => side('first') },
    { name: 'beginning of the name', agrees: 0.82, alone: false, of: (side) => sql`substr(${side('norm')}, 1, 4)` },
  ],
  rarity: 1,
  naming: 'name',
  distinctive: false,
  shared: false,
};

/** What stands after a comma and is no name. */
const afterNames = '^(jr|junior|sr|senior|ii|iii|iv|md|m d|dds|dmd|phd|ph d|mba|msc|bsc|esq|cpa|rn|jd|dr|mr|mrs|ms|miss|prof)$';

/** The family name in a whole name, which stands before a comma or last, and what else is in it as the given name: null where nothing is left. */
export function partOfName(part: string, whole: Sql): Sql {
  const bare = (text: Sql): Sql => sql`regexp_replace(regexp_replace(${plain(text)}, ${titles}, ''), ${suffix}, '')`;
  const [before, after] = [sql`split_part(${whole}, ',', 1)`, sql`split_part(${whole}, ',', 2)`];
  const isTurned = sql`contains(${whole}, ',') AND NOT regexp_matches(COALESCE(${plain(after)}, 'jr'), ${afterNames})`;
  const straight = sql`CASE WHEN contains(${whole}, ',') THEN ${bare(before)} ELSE ${bare(whole)} END`;
  return part === 'family_name'
    ? sql`NULLIF(CASE WHEN ${isTurned} THEN ${bare(before)} ELSE regexp_extract(${straight}, '[^ ]+$') END, '')`
    : sql`NULLIF(CASE WHEN ${isTurned} THEN ${bare(after)} ELSE regexp_replace(${straight}, ' ?[^ ]+$', '') END, '')`;
}
