import type { Entity, Match } from '../../config/project.js';
import type { Step } from '../../engine/engine.js';
import type { Sql } from '../../sql/tag.js';
import { id, join, sql } from '../../sql/tag.js';
import { current } from '../evidence.js';
import { attributeKind, kindByName } from './attributes/registry.js';
import { mostAttributes } from './compare.js';
import type { Matched } from './features.js';
import type { MatchOptions } from './match.js';
import type { MatchModel } from './model.js';
import { attributesOf } from './model.js';

/** The SQL type of a column of a silver table. */
export type TypeOf = (table: string, column: string) => string;

/**
 * What the project says of matching, completed, and the steps that follow from it. The kind of an attribute is said, or told by its name, the
 * type of its column, and last by what its values look like. A model says it for itself.
 */
export function withOptions(
  entity: Entity,
  match: Match,
  model: MatchModel | null,
  { typeOf, anew }: { readonly typeOf: TypeOf; readonly anew: boolean },
  steps: (options: MatchOptions) => readonly Step[],
): readonly Step[] {
  const rest = { within: match.within, budget: match.pairs ?? null, threshold: match.threshold ?? null, model, anew };
  if (model !== null) return steps({ ...rest, attributes: attributesOf(model) });
  const records = entity.records.filter((r) => r.role === 'record');
  const names = [...new Set(records.flatMap((r) => Object.keys(r.attributes)))]
    .filter((name) => !match.ignore.includes(name))
    .slice(0, mostAttributes);
  const columnTypes = (name: string): readonly string[] =>
    records.flatMap((r) => (r.attributes[name] === undefined ? [] : [typeOf(r.table, r.attributes[name])]));
  const known = new Map(names.map((name) => [name, match.attributes[name] ?? kindByName(name) ?? kindByType(columnTypes(name))]));
  const open = names.filter((name) => known.get(name) === null);
  const attributes = (looks: ReadonlyMap<string, Look>): readonly Matched[] =>
    names.map((name) => ({ name, kind: attributeKind(known.get(name) ?? kindByLook(looks.get(name))) }));
  if (open.length === 0) return steps({ ...rest, attributes: attributes(new Map()) });
  return [
    {
      kind: 'then',
      name: `${entity.name}: kinds of attributes`,
      reads: {
        looks: sql`SELECT * FROM (${join(
          open.map((name) => lookOf(entity, name)),
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
            },
          ];
        });
        return steps({ ...rest, attributes: attributes(new Map(found)) });
      },
    },
  ];
}

function kindByType(types: readonly string[]): string | null {
  const all = (pattern: RegExp): boolean => types.length > 0 && types.every((type) => pattern.test(type));
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
}

function lookOf(entity: Entity, attribute: string): Sql {
  const values = entity.records
    .filter((r) => r.role === 'record' && r.attributes[attribute] !== undefined)
    .map((r) => sql`SELECT trim(${id(r.attributes[attribute] ?? '')}::VARCHAR) AS v FROM ${current(r)}`);
  const share = (pattern: string): Sql => sql`avg(regexp_matches(v, ${pattern})::INTEGER)`;
  return sql`SELECT ${attribute}::VARCHAR AS attribute, count(v)::DOUBLE AS present, count(DISTINCT v)::DOUBLE AS distinct_values,
    COALESCE(avg(len(string_split_regex(v, '[^\\p{L}\\p{N}]+'))), 0) AS words, COALESCE(${share('^[0-9]{4}-?[0-9]{2}-?[0-9]{2}')}, 0) AS dates,
    COALESCE(${share('^[-+]?[0-9]+([.,][0-9]+)?$')}, 0) AS numbers, COALESCE(${share('@.*[.]')}, 0) AS mails, COALESCE(${share('[0-9&]')}, 0) AS digits
    FROM (${join(values, ' UNION ALL ')})`;
}

function kindByLook(look: Look | undefined): string {
  if (look === undefined || look.present === 0) return 'word';
  const { present, distinct, words, dates, numbers, mails, digits } = look;
  if (mails > 0.5) return 'email';
  if (dates > 0.8) return 'date';
  if (numbers > 0.9) return distinct > 0.8 * present && present > 20 ? 'code' : 'number';
  if (distinct <= 30 && distinct < present / 4) return 'category';
  if (words > 3.5) return 'text';
  if (words > 1.7) return digits > 0.1 || words > 2.6 ? 'company' : 'name';
  return digits > 0.5 ? 'code' : 'word';
}
