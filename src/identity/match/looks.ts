import type { Entity } from '../../config/project.js';
import type { Columns } from '../../engine/engine.js';
import type { Sql } from '../../sql/tag.js';
import { id, join, sql } from '../../sql/tag.js';
import { current } from '../evidence.js';
import { attributeKind, kindCalled } from './attributes/registry.js';
import { eachTime } from './kinds.js';
import { isGivenName } from './nicknames.js';
import { numbers, texts } from './relations.js';
import { plain } from './text.js';

/* What an attribute is whose name says nothing: by what its values look like. */

/** Words that stand in streets, in several languages; also at the end of a longer one. */
const ofStreets =
  '\\b(st|street|str|ave?|avenue|rd|road|blvd?|boulevard|dr|drive|ln|lane|ct|hwy|highway|crescent|rue|via|calle|avenida|rua|weg|platz|allee)\\b|(strasse|straat|gasse)\\b';
const ofDates = [
  '^(1[0-9]|20)[0-9]{2}[-/. ]?(0[1-9]|1[0-2])[-/. ]?(0[1-9]|[12][0-9]|3[01])([T ].*)?$',
  '^[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{4}',
  '^[0-9]{1,2}(st|nd|rd|th)?[ ./-]+(of )?\\p{L}{3,9}[.,]?[ /-]*([0-9]{4}|[0-9]{2})$',
  '^\\p{L}{3,9}[.]? +[0-9]{1,2}(st|nd|rd|th)?,? +[0-9]{4}$',
].join('|');
const ofPhones =
  '^ *([+][0-9][0-9 ()./-]{6,18}|[(][0-9]+[)][0-9 ./-]{5,14}|[0-9]{3}[-/. ]+[0-9]{3}[-. ]+[0-9]{4}|0[0-9]{1,5}[ /-][0-9][0-9 /-]{4,12})( *(x|ext[.]?) *[0-9]+)? *$';

const ofRanges = '(?i)^[a-z .:(]{0,10}([0-9]{1,6}) ?[-–—]{1,3} ?([0-9]{1,6})[^0-9]{0,3}$';

/** What one value can look like: a condition on `v`, its text, or on `p`, the same in plain letters. Of the values that are there, the share counts. */
const signs = {
  mails: like('@.*[.]'),
  dates: like(ofDates),
  phones: like(ofPhones),
  sites: like('(?i)^(https?://|www[.])[^ @]+$|^[^ @/]+[.][a-z]{2,}(/[^ @]*)?$'),
  places: like('^-?[0-9]{1,3}[.][0-9]+ *[,; ] *-?[0-9]{1,3}[.][0-9]+$'),
  degrees: like('^-?[0-9]{1,3}[.,][0-9]{4,}$'),
  postcodes: like(
    '(?i)^([a-z]{1,2}[0-9][a-z0-9]? ?[0-9][a-z]{2}|[a-z][0-9][a-z][ -]?[0-9][a-z][0-9]|[0-9]{4} ?[a-z]{2}|[0-9]{2}-[0-9]{3}|[0-9]{3}-[0-9]{4}|[0-9]{4,5}-[0-9]{3}|[0-9]{5}-[0-9]{4}|[0-9]{3} [0-9]{2}|[0-9]{5})$',
  ),
  /** Digits in groups, with letters before them or a few among them: `DE 811 234 567`, `SE04 4970 7734 1685`. */
  grouped: like('(?i)^[a-z]{0,4}([ ./-]*[a-z]{0,4}[0-9]+[a-z]{0,2})+$'),
  numbers: like('^[-+]?[^0-9\\p{L}]{0,2}[0-9][0-9,]*([.,][0-9]+)? ?[%€$£]?$'),
  /** From one number to one not far behind, of which the first digits may be left out: `pp. 5--12`, `1301-27`. */
  ranges: sql`COALESCE(${range(1)} < ${range(2)} AND ${range(2)} < ${range(1)} + 300 OR length(regexp_extract(v, ${ofRanges}, 2)) < length(regexp_extract(v, ${ofRanges}, 1)), FALSE)`,
  whole: like('^[0-9]+$'),
  years: like('^(1[0-9]|20)[0-9]{2}$'),
  /** No quantity begins like this. */
  zeros: like('^0[0-9]'),
  digits: like('[0-9]'),
  /** No name of a person has these. */
  unnamed: like('[0-9&]'),
  letters: like('\\p{L}'),
  streets: sql`regexp_matches(p, ${ofStreets})`,
  numbered: sql`regexp_matches(p, ${'^[0-9]+[a-z]? \\p{L}|\\p{L} [0-9]+[a-z]?$'})`,
  /** The first or the last word is a given name. */
  people: sql`(${isGivenName(sql`split_part(p, ' ', 1)`)} OR ${isGivenName(sql`split_part(p, ' ', -1)`)})`,
  /** Several names, with commas or the like between them; not one with degrees or the like behind it. */
  lists: sql`regexp_matches(regexp_replace(v, ${'(?i)(,? *\\b(jr|sr|ii|iii|iv|m[.]?d|d[.]?o|ph[.]?d|dds|dmd|facs|rn|esq)\\b[.]?)+$'}, ''), ${'\\p{L} *([,;]| and ) *\\p{L}.*([,;]| and ) *\\p{L}'})`,
} as const satisfies Readonly<Record<string, Sql>>;

function range(end: 1 | 2): Sql {
  return sql`TRY_CAST(regexp_extract(v, ${ofRanges}, ${end}) AS INTEGER)`;
}

function like(pattern: string): Sql {
  return sql`regexp_matches(v, ${pattern})`;
}

/** What is counted beside them: of all values how many there are, of one its words and its length; the length that most have, and what share has it. */
const counts = ['present', 'distinct', 'words', 'length', 'usual_length', 'fixed'] as const;

/** What the values of an attribute look like. */
export type Look = Readonly<Record<keyof typeof signs | (typeof counts)[number], number>>;

/** The SQL type of a column of a silver table. */
export type TypeOf = (table: string, column: string) => string;

/** Values that are looked at. */
const looks = 20_000;

/** So many different values are a handful, where each is there four times and more. */
const few = 30;

/** One row for each attribute: its look. */
export function looksOf(entity: Entity, attributes: readonly string[], typeOf: TypeOf): Sql {
  const rows = attributes.map((name) => lookOf(entity, name, typeOf));
  return sql`SELECT * FROM (${join(rows, ' UNION ALL ')}) ORDER BY attribute`;
}

/** All values of an attribute that are there, as text: a SELECT of `v`. */
function valuesOf(entity: Entity, attribute: string, typeOf: TypeOf): Sql {
  const values = entity.records
    .filter((r) => r.role === 'record' && r.attributes[attribute] !== undefined)
    .map((r) => {
      const column = id(r.attributes[attribute] ?? '');
      const value = typeOf(r.table, r.attributes[attribute] ?? '').endsWith('[]') ? sql`unnest(${column})` : column;
      return sql`SELECT NULLIF(trim(v::VARCHAR), '') AS v FROM (SELECT ${value} AS v FROM ${current(r)})`;
    });
  return sql`SELECT * FROM (${join(values, ' UNION ALL ')}) WHERE v IS NOT NULL`;
}

/** Values of an attribute that show whether its name says what it is, and the share of which its kind has to make something. */
const [tried, readable] = [1000, 0.1];

/** Kinds that read what is written in their way, and make nothing of anything else; an e-mail is what has its sign. */
const readers: readonly string[] = ['email', 'phone', 'date', 'number', 'coordinates', 'degrees'];

/** Kinds whose values are there to tell one thing from another, so that no handful of them is all that there is: `title` may be that of a book, or Mr. */
const telling: readonly string[] = ['text', 'code', 'website'];

/**
 * Of attributes that have the name of a kind, those that are something else: a column `place_of_birth` holds no date. One row for each, `attribute`; null where none can be.
 * @param kinds attribute → the kind that its name says
 */
export function misnamed(entity: Entity, kinds: ReadonlyMap<string, string>, typeOf: TypeOf): Sql | null {
  const rows = [...kinds].flatMap(([attribute, kind]) => {
    const all = valuesOf(entity, attribute, typeOf);
    const belied = (from: Sql, wrong: Sql): Sql => sql`SELECT ${attribute}::VARCHAR AS attribute FROM (${from}) HAVING ${wrong}`;
    if (telling.includes(kind)) return [belied(all, sql`count(DISTINCT v) <= ${few} AND count(DISTINCT v) < count(*) / 4`)];
    // A name that is that of the kind and no other is believed.
    if (!readers.includes(kind) || kindCalled(attribute) === kind) return [];
    const { norm } = attributeKind(kind).features(sql`v`, eachTime);
    const read = kind === 'email' ? sql`NULLIF(${signs.mails}, FALSE)` : (norm ?? sql`NULL`);
    return [belied(sql`SELECT v FROM (${all}) ORDER BY hash(v), v LIMIT ${tried}`, sql`count(${read}) < ${readable} * count(*)`)];
  });
  return rows.length === 0 ? null : sql`SELECT * FROM (${join(rows, ' UNION ALL ')}) ORDER BY attribute`;
}

function lookOf(entity: Entity, attribute: string, typeOf: TypeOf): Sql {
  const shares = Object.entries(signs).map(([name, sign]) => sql`COALESCE(sum(n) FILTER (${sign}) / sum(n), 0)::DOUBLE AS ${id(name)}`);
  // Some values stand for all, the same ones whatever the order of the records.
  return sql`SELECT * FROM (WITH everything AS (${valuesOf(entity, attribute, typeOf)}),
    seen AS MATERIALIZED (SELECT v, n, ${plain(sql`v`)} AS p, length(v) AS size FROM (SELECT v, count(*) AS n FROM everything GROUP BY v) ORDER BY hash(v), v LIMIT ${looks}),
    usual AS (SELECT size, sum(n) AS n FROM seen GROUP BY size ORDER BY n DESC, size LIMIT 1)
    SELECT ${attribute}::VARCHAR AS attribute, (SELECT count(*) FROM everything)::DOUBLE AS present, (SELECT count(DISTINCT v) FROM everything)::DOUBLE AS "distinct",
    COALESCE(sum(n * len(string_split(p, ' '))) / sum(n), 0)::DOUBLE AS words, COALESCE(sum(n * size) / sum(n), 0)::DOUBLE AS length, COALESCE((SELECT size FROM usual), 0)::DOUBLE AS usual_length,
    COALESCE((SELECT n FROM usual) / sum(n), 0)::DOUBLE AS fixed, ${join(shares)} FROM seen)`;
}

/**
 * The kinds of attributes by what `looksOf` says.
 * @param said the kinds of the other attributes
 */
export function kindsByLook(relation: Columns | undefined, said: readonly string[]): ReadonlyMap<string, string> {
  const names = [...Object.keys(signs), ...counts] as readonly (keyof Look)[];
  const columns = new Map(names.map((name) => [name, numbers(relation, name)]));
  const looks = texts(relation, 'attribute').map((name, i) => {
    const of = (what: keyof Look): number => columns.get(what)?.[i] ?? 0;
    return { name, of, kind: kindByLook(of) };
  });
  const kinds = [...said, ...looks.map(({ kind }) => kind)];
  // Where people are called by a given name, what is as short and has most forms is the family's.
  const [family] = kinds.includes('given_name') && !kinds.includes('family_name') ? looks.filter(isLikeSurnames).sort(byForms) : [];
  const ofPeople = kinds.some(isOfPeople);
  return new Map(
    looks.map(({ name, kind, of }) => {
      if (name === family?.name) return [name, 'family_name'];
      // What is in a word or two is a place rather than a company, where it is of people.
      return [name, ofPeople && kind === 'company' && of('words') < 2 ? 'city' : kind];
    }),
  );
}

/** Whether attributes of a kind are names of people. */
export function isOfPeople(kind: string): boolean {
  return ['given_name', 'family_name', 'name'].includes(kind);
}

/** One row: of the records that have one of some attributes, the share that has none of others (`share`). */
export function without(entity: Entity, some: readonly string[], others: readonly string[]): Sql {
  const parts = entity.records
    .filter((r) => r.role === 'record')
    .map((r) => {
      const has = (names: readonly string[]): Sql => {
        const columns = names.flatMap((name) => r.attributes[name] ?? []);
        return sql`(${join([sql`FALSE`, ...columns.map((column) => sql`NULLIF(trim(${id(column)}::VARCHAR), '') IS NOT NULL`)], ' OR ')})`;
      };
      return sql`SELECT ${has(others)} AS other FROM ${current(r)} WHERE ${has(some)}`;
    });
  return sql`SELECT COALESCE(avg((NOT other)::INTEGER), 0)::DOUBLE AS share FROM (${join(parts, ' UNION ALL ')})`;
}

/** An attribute and how to ask for its look. */
interface Seen {
  readonly name: string;
  readonly of: (what: keyof Look) => number;
  readonly kind: string;
}

function isLikeSurnames({ kind, of }: Seen): boolean {
  return kind === 'city' && of('words') < 1.25 && of('digits') < 0.1 && of('distinct') > of('present') / 20;
}

function byForms(a: Seen, b: Seen): number {
  return b.of('distinct') - a.of('distinct');
}

function kindByLook(of: (name: keyof Look) => number): string {
  const [present, distinct, words] = [of('present'), of('distinct'), of('words')];
  if (present === 0) return 'word';
  if (of('mails') > 0.5) return 'email';
  if (of('dates') > 0.8) return 'date';
  if (of('phones') > 0.7) return 'phone';
  if (of('places') > 0.8) return 'coordinates';
  if (of('degrees') > 0.8) return 'degrees';
  if (of('numbers') > 0.9) return kindOfNumbers(of);
  if (of('postcodes') > 0.7) return 'postcode';
  if (distinct <= few && distinct < present / 4) return 'category';
  if (of('sites') > 0.7) return 'website';
  if (of('ranges') > 0.6 && distinct > present / 20) return 'pages';
  // What is short or shared, as grades `3-05` are, was given to nobody.
  if (of('letters') < 0.2 || (of('grouped') > 0.7 && of('length') > 7 && distinct > present / 10)) return 'code';
  if (of('streets') > 0.3 || (of('numbered') > 0.6 && of('streets') > 0.1)) return 'address';
  // Cities are called after people too, but many share one.
  const named = of('people') > 0.25 || (of('people') > 0.15 && words > 1.7 && distinct > present / 10);
  if (named && of('unnamed') < 0.1) {
    if (words <= 1.7) return 'given_name';
    return of('lists') > 0.2 ? 'people' : words <= 4.5 ? 'name' : 'text';
  }
  if (words > 4.5 || of('length') > 45) return 'text';
  if (of('digits') > 0.5 && words < 1.7) return 'code';
  if (of('digits') > 0.2 && words > 1.7) return 'text';
  // What a record shares with others is not what it is called.
  if (words > 1.3 && distinct > present / (words < 2 ? 4 : 10)) return 'company';
  return words < 2 ? 'city' : 'collection';
}

/** Digits only: a number that was given, of a region or of one thing, is whole and as long as the others; a quantity is not. */
function kindOfNumbers(of: (name: keyof Look) => number): string {
  const [present, distinct, usual] = [of('present'), of('distinct'), of('usual_length')];
  if (of('whole') < 0.9 || of('years') > 0.9) return 'number';
  const given = of('zeros') > 0.02 || (of('fixed') > 0.95 && usual >= 4 && distinct > 30);
  if (given && distinct < 0.8 * present && (usual <= 5 || (usual === 6 && distinct < present / 4))) return 'postcode';
  return given || (distinct > 0.8 * present && present > 20 && of('length') > 4) ? 'code' : 'number';
}
