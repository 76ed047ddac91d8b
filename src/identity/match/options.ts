import type { Entity, Match } from '../../config/project.js';
import type { Step } from '../../engine/engine.js';
import { listName } from './attributes/listed.js';
import { attributeKind, kindByName } from './attributes/registry.js';
import type { Within } from './blocking.js';
import { mostAttributes } from './compare.js';
import { withLevels } from './custom.js';
import type { Matched } from './features.js';
import { asFew } from './features.js';
import type { Kept } from './kept.js';
import { definitionOf, withKept } from './kept.js';
import type { TypeOf } from './looks.js';
import { isOfPeople, kindsByLook, looksOf, misnamed, without } from './looks.js';
import type { MatchModel } from './model.js';
import { attributesOf } from './model.js';
import type { Kinded } from './redundant.js';
import { overlaps, partsOfNames, redundant } from './redundant.js';
import { numbers, texts } from './relations.js';

/** All that matching needs to know. */
export interface MatchOptions {
  readonly attributes: readonly Matched[];
  readonly within: Within;
  /** Attributes that only repeat others, and are left out. */
  readonly repeats: readonly string[];
  /** Attributes that are one too many, and are left out. */
  readonly tooMany: readonly string[];
  /** Attributes whose kind was told by their values. */
  readonly byValues: readonly string[];
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
    steps({ ...rest, kept, repeats: [], tooMany: [], byValues: [], attributes: attributesOf(used) });
  const derived = (): readonly Step[] =>
    named(entity, match, typeOf, (byName) => derive(entity, match, typeOf, byName, (found) => steps({ ...rest, kept: null, ...found })));
  const without = model === null ? derived : () => byModel(model, null);
  if (anew) return without();
  return withKept(entity, definition, (kept) => (kept === null ? without() : byModel(kept.model, kept)));
}

function attributeNames(entity: Entity, match: Match): readonly string[] {
  return [...new Set(entity.records.flatMap((r) => (r.role === 'record' ? Object.keys(r.attributes) : [])))].filter(
    (name) => !match.ignore.includes(name),
  );
}

/** Kinds that say least of who is who. */
const leastTelling: readonly string[] = ['category', 'word', 'number', 'collection'];

/** The attributes beyond a number of them: those that say least, and of these the last. What the project says a word of comes first. */
function tooMany(kinded: readonly Kinded[], match: Match, most: number): readonly string[] {
  const rank = ({ name, kind }: Kinded): number => (match.attributes[name] !== undefined ? 0 : leastTelling.includes(kind) ? 2 : 1);
  const ranked = kinded.map((a, place) => ({ name: a.name, rank: rank(a), place }));
  return ranked
    .sort((a, b) => a.rank - b.rank || a.place - b.place)
    .slice(most)
    .map(({ name }) => name);
}

/** The kinds that the names of attributes say, where the project doesn't, as far as the values don't belie them. */
function named(
  entity: Entity,
  match: Match,
  typeOf: TypeOf,
  steps: (byName: ReadonlyMap<string, string>) => readonly Step[],
): readonly Step[] {
  const open = attributeNames(entity, match).filter((name) => match.attributes[name]?.kind === undefined);
  const said = open.map((name) => [name, kindByName(name) ?? kindByName(name.replace(/s$/, ''))] as const);
  const byName = new Map(said.flatMap(([name, kind]) => (kind === null ? [] : [[name, kind]])));
  const reads = misnamed(entity, byName, typeOf);
  if (reads === null) return steps(byName);
  return [
    {
      kind: 'then',
      name: `${entity.name}: names of attributes`,
      reads: { wrong: reads },
      steps: ({ wrong }) => {
        const belied = texts(wrong, 'attribute');
        return steps(new Map([...byName].filter(([name]) => !belied.includes(name))));
      },
    },
  ];
}

/**
 * Where more of the records with a company than this share name nobody, the company is what they are called, and whoever is named is somebody there. Else it is where people work.
 */
const ofCompanies = 0.1;

/**
 * The attributes with their kinds, as far as they say more than others.
 * @param byName the kinds that the names of attributes say
 */
function derive(
  entity: Entity,
  match: Match,
  typeOf: TypeOf,
  byName: ReadonlyMap<string, string>,
  steps: (found: Pick<MatchOptions, 'attributes' | 'repeats' | 'tooMany' | 'byValues'>) => readonly Step[],
): readonly Step[] {
  const records = entity.records.filter((r) => r.role === 'record');
  const names = attributeNames(entity, match);
  const columnTypes = (name: string): readonly string[] =>
    records.flatMap((r) => (r.attributes[name] === undefined ? [] : [typeOf(r.table, r.attributes[name])]));
  const isList = (name: string): boolean => columnTypes(name).some((type) => type.endsWith('[]'));
  const said = (name: string): string | null => match.attributes[name]?.kind ?? byName.get(name) ?? null;
  const known = new Map(names.map((name) => [name, said(name) ?? kindByType(columnTypes(name))]));
  const open = names.filter((name) => known.get(name) === null);
  const withKinds = (looks: ReadonlyMap<string, string>): readonly Step[] => {
    const told = names.map((name) => ({ name, kind: known.get(name) ?? looks.get(name) ?? 'word' }));
    const isOpen = (name: string): boolean => match.attributes[name]?.kind === undefined;
    const namesOf = (is: (kind: string) => boolean): readonly string[] => told.flatMap(({ name, kind }) => (is(kind) ? [name] : []));
    const [people, companies] = [namesOf(isOfPeople), namesOf((kind) => kind === 'company')];
    if (people.length === 0 || !companies.some(isOpen)) return withAll(told);
    return [
      {
        kind: 'then',
        name: `${entity.name}: companies or people`,
        reads: { unnamed: without(entity, companies, people) },
        steps: ({ unnamed }) => {
          const areCompanies = (numbers(unnamed, 'share')[0] ?? 0) > ofCompanies;
          const other: Readonly<Record<string, string>> = areCompanies ? { name: 'contact' } : { company: 'employer' };
          return withAll(told.map((a) => ({ ...a, kind: (isOpen(a.name) ? other[a.kind] : undefined) ?? a.kind })));
        },
      },
    ];
  };
  const withAll = (all: readonly Kinded[]): readonly Step[] => {
    // Every two of them are held against each other below, so that of very many some go first.
    const beyond = tooMany(all, match, 2 * mostAttributes);
    const kinded = all.filter(({ name }) => !beyond.includes(name));
    const found = (repeats: readonly string[], parts: ReadonlyMap<string, string>): readonly Step[] => {
      const wholes = [...parts.values()];
      const rest = kinded.filter(({ name }) => !repeats.includes(name) && !wholes.includes(name));
      const left = tooMany(rest, match, mostAttributes);
      const attributes = rest
        .filter(({ name }) => !left.includes(name))
        .map(({ name, kind }) => ({
          name,
          kind: withLevels(attributeKind(isList(name) ? listName(kind) : kind), match.attributes[name]?.levels ?? []),
          partOf: parts.get(name),
        }));
      return steps({
        repeats: repeats.filter((name) => !wholes.includes(name)),
        tooMany: names.filter((name) => left.includes(name) || beyond.includes(name)),
        byValues: open,
        attributes: asFew(attributes),
      });
    };
    const reads = overlaps(entity, kinded);
    if (reads === null) return found([], new Map());
    return [
      {
        kind: 'then',
        name: `${entity.name}: attributes that repeat others`,
        reads: { shares: reads },
        steps: ({ shares }) => {
          const isOpen = (name: string): boolean => match.attributes[name] === undefined;
          const parts = partsOfNames(kinded, shares);
          const mayBe = [...parts.values()].every(isOpen) && ![...parts].flat().some(isList);
          return found([...redundant(kinded, shares)].filter(isOpen), mayBe ? parts : new Map());
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
        looks: looksOf(entity, open, typeOf),
      },
      steps: ({ looks }) =>
        withKinds(
          kindsByLook(
            looks,
            [...known.values()].filter((kind) => kind !== null),
          ),
        ),
    },
  ];
}

function kindByType(types: readonly string[]): string | null {
  const all = (pattern: RegExp): boolean => types.length > 0 && types.every((type) => pattern.test(type.replace('[]', '')));
  if (all(/^(DATE|TIMESTAMP)/)) return 'date';
  if (all(/^(DECIMAL|DOUBLE|FLOAT|.*INT)/)) return 'number';
  return all(/^BOOLEAN/) ? 'category' : null;
}
