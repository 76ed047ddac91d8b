import type { Entity, Match } from '../../config/project.js';
import type { Step } from '../../engine/engine.js';
import type { Sql } from '../../sql/tag.js';
import { id, join, sql } from '../../sql/tag.js';
import { current } from '../evidence.js';
import { listName } from './attributes/listed.js';
import { attributeKind, kindByName } from './attributes/registry.js';
import type { Within } from './blocking.js';
import { mostAttributes } from './compare.js';
import { withLevels } from './custom.js';
import type { Matched } from './features.js';
import type { Kept } from './kept.js';
import { definitionOf, withKept } from './kept.js';
import type { MatchModel } from './model.js';
import { attributesOf } from './model.js';
import { isGivenName } from './nicknames.js';
import { overlaps, redundant } from './redundant.js';
import { plain } from './text.js';

/** All that matching needs to know. */
export interface MatchOptions {
  readonly attributes: readonly Matched[];
  readonly within: Within;
  /** Attributes that only repeat others, and are left out. */
  readonly repeats: readonly string[];
  /** The most pairs to compare; null for as many as the number of records suggests. */
  readonly budget: number | null;
  /** Probability from which on two records are taken for one; null for what promises the best result. */
  readonly threshold: number | null;
  /** A model to score by; null to train one. */
  readonly model: MatchModel | null;
  /** Digest of what a model follows from beside the records. */
  readonly definition: string;
  /** The run, which is kept with a model that is learned in it. */
  readonly runId: string;
  /** What the last run left and is used; null where everything is compared anew. */
  readonly kept: Kept | null;
}

/** The SQL type of a column of a silver table. */
export type TypeOf = (table: string, column: string) => string;

/**
 * What the project says of matching, completed, and the steps that follow from it. The kind of an attribute is said, or told by its name, the
 * type of its column, and last by what its values look like. A model says it for itself, the one that is kept included.
 * @param anew whether nothing that is kept is used
 */
export function withOptions(
  entity: Entity,
  match: Match,
  model: MatchModel | null,
  { typeOf, anew, runId }: { readonly typeOf: TypeOf; readonly anew: boolean; readonly runId: string },
  steps: (options: MatchOptions) => readonly Step[],
): readonly Step[] {
  const definition = definitionOf(entity, match, model, typeOf);
  const rest = { within: match.within, budget: match.pairs ?? null, threshold: match.threshold ?? null, model, definition, runId };
  const byModel = (used: MatchModel, kept: Kept | null): readonly Step[] =>
    steps({ ...rest, kept, repeats: [], attributes: attributesOf(used) });
  const derived = (): readonly Step[] => derive(entity, match, typeOf, (found) => steps({ ...rest, kept: null, ...found }));
  const without = model === null ? derived : () => byModel(model, null);
  if (anew) return without();
  return withKept(entity, definition, model !== null, (kept) => (kept === null ? without() : byModel(kept.model, kept)));
}

/** The attributes with their kinds, as far as they say more than others. */
function derive(
  entity: Entity,
  match: Match,
  typeOf: TypeOf,
  steps: (found: Pick<MatchOptions, 'attributes' | 'repeats'>) => readonly Step[],
): readonly Step[] {
  const records = entity.records.filter((r) => r.role === 'record');
  const names = [...new Set(records.flatMap((r) => Object.keys(r.attributes)))]
    .filter((name) => !match.ignore.includes(name))
    .slice(0, mostAttributes);
  const columnTypes = (name: string): readonly string[] =>
    records.flatMap((r) => (r.attributes[name] === undefined ? [] : [typeOf(r.table, r.attributes[name])]));
  const isList = (name: string): boolean => columnTypes(name).some((type) => type.endsWith('[]'));
  const said = (name: string): string | null => match.attributes[name]?.kind ?? kindByName(name) ?? kindByName(name.replace(/s$/, ''));
  const known = new Map(names.map((name) => [name, said(name) ?? kindByType(columnTypes(name))]));
  const open = names.filter((name) => known.get(name) === null);
  const withKinds = (looks: ReadonlyMap<string, Look>): readonly Step[] => {
    const kinded = names.map((name) => ({ name, kind: known.get(name) ?? kindByLook(looks.get(name)) }));
    const reads = overlaps(entity, kinded);
    const matched = (without: ReadonlySet<string>): readonly Matched[] =>
      kinded
        .filter(({ name }) => !without.has(name))
        .map(({ name, kind }) => ({
          name,
          kind: withLevels(attributeKind(isList(name) ? listName(kind) : kind), match.attributes[name]?.levels ?? []),
        }));
    if (reads === null) return steps({ repeats: [], attributes: matched(new Set()) });
    return [
      {
        kind: 'then',
        name: `${entity.name}: attributes that repeat others`,
        reads: { shares: reads },
        steps: ({ shares }) => {
          const repeats = [...redundant(kinded, shares)].filter((name) => match.attributes[name] === undefined);
          return steps({ repeats, attributes: matched(new Set(repeats)) });
        },
      },
    ];
  };
  if (open.length === 0) return withKinds(new Map());
  return [
    {
      kind: 'then',
      name: `${entity.name}: kinds of attributes`,
      reads: {
        looks: sql`SELECT * FROM (${join(
          open.map((name) => lookOf(entity, name, typeOf)),
          ' UNION ALL ',
        )}) ORDER BY attribute`,
      },
      steps: ({ looks }) => {
        const column = (name: string): readonly unknown[] => looks?.[name] ?? [];
        const found = column('attribute').map((name, i): [string, Look] => {
          const number = (what: string): number => Number(column(what)[i] ?? 0);
          return [
            String(name),
            {
              present: number('present'),
              distinct: number('distinct_values'),
              words: number('words'),
              dates: number('dates'),
              numbers: number('numbers'),
              mails: number('mails'),
              digits: number('digits'),
              people: number('people'),
              lists: number('lists'),
              letters: number('letters'),
            },
          ];
        });
        return withKinds(new Map(found));
      },
    },
  ];
}

function kindByType(types: readonly string[]): string | null {
  const all = (pattern: RegExp): boolean => types.length > 0 && types.every((type) => pattern.test(type.replace('[]', '')));
  if (all(/^(DATE|TIMESTAMP)/)) return 'date';
  if (all(/^(DECIMAL|DOUBLE|FLOAT|.*INT)/)) return 'number';
  return all(/^BOOLEAN/) ? 'category' : null;
}

/** What the values of an attribute look like; shares and means are of those that are there. */
interface Look {
  readonly present: number;
  readonly distinct: number;
  /** Words of a value. */
  readonly words: number;
  readonly dates: number;
  readonly numbers: number;
  readonly mails: number;
  /** Share of the values with a digit or an ampersand in them. */
  readonly digits: number;
  /** Share of the values whose first or last word is a given name. */
  readonly people: number;
  /** Share of the values that hold several names, with commas or the like between them. */
  readonly lists: number;
  /** Letters of a value. */
  readonly letters: number;
}

/** Values that are looked at. */
const looks = 20_000;

function lookOf(entity: Entity, attribute: string, typeOf: TypeOf): Sql {
  const values = entity.records
    .filter((r) => r.role === 'record' && r.attributes[attribute] !== undefined)
    .map((r) => {
      const column = id(r.attributes[attribute] ?? '');
      const value = typeOf(r.table, r.attributes[attribute] ?? '').endsWith('[]') ? sql`unnest(${column})` : column;
      return sql`SELECT NULLIF(trim(v::VARCHAR), '') AS v FROM (SELECT ${value} AS v FROM ${current(r)})`;
    });
  const share = (test: Sql): Sql => sql`COALESCE(avg(${test}::INTEGER), 0)`;
  const like = (pattern: string): Sql => share(sql`regexp_matches(v, ${pattern})`);
  // Some values stand for all, the same ones whatever the order of the records.
  const some = sql`SELECT v, n, ${plain(sql`v`)} AS p FROM (SELECT v, count(*) AS n FROM everything WHERE v IS NOT NULL GROUP BY v) ORDER BY hash(v), v LIMIT ${looks}`;
  return sql`SELECT * FROM (WITH everything AS (${join(values, ' UNION ALL ')})
    SELECT ${attribute}::VARCHAR AS attribute, (SELECT count(v) FROM everything)::DOUBLE AS present, (SELECT count(DISTINCT v) FROM everything)::DOUBLE AS distinct_values,
    COALESCE(avg(len(string_split(p, ' '))), 0) AS words, ${like('^[0-9]{4}-?[0-9]{2}-?[0-9]{2}|^[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{4}')} AS dates,
    ${like('^[-+]?[^0-9\\p{L}]{0,2}[0-9][0-9,]*([.,][0-9]+)?$')} AS numbers, ${like('@.*[.]')} AS mails, ${like('[0-9&]')} AS digits,
    ${share(sql`(${isGivenName(sql`split_part(p, ' ', 1)`)} OR ${isGivenName(sql`split_part(p, ' ', -1)`)})`)} AS people,
    ${like('\\p{L} *([,;]| and ) *\\p{L}.*([,;]| and ) *\\p{L}')} AS lists, COALESCE(avg(length(v)), 0) AS letters
    FROM (${some}))`;
}

function kindByLook(look: Look | undefined): string {
  if (look === undefined || look.present === 0) return 'word';
  const { present, distinct, words, dates, numbers, mails, digits, people, lists, letters } = look;
  if (mails > 0.5) return 'email';
  if (dates > 0.8) return 'date';
  if (numbers > 0.9) return distinct > 0.8 * present && present > 20 && letters > 4 ? 'code' : 'number';
  if (distinct <= 30 && distinct < present / 4) return 'category';
  const named = people > 0.25 && digits < 0.1;
  if (words > 1.7 && named) return lists > 0.2 ? 'people' : words <= 4.5 ? 'name' : 'text';
  if (words > 4.5 || letters > 45) return 'text';
  if (words > 1.3 && distinct > present / 20) return digits > 0.8 && words < 1.7 ? 'code' : 'company';
  return digits > 0.5 ? 'code' : 'word';
}
