import { z } from 'zod';
import type { Effects } from '../base/effects.js';
import { OnefoldError } from '../base/errors.js';
import { didYouMean } from '../base/suggest.js';
import type { Project } from '../config/project.js';
import type { Engine } from '../engine/engine.js';
import { forSmallQuestions } from '../engine/functions.js';
import { rulesOf } from '../identity/match/extent.js';
import {
  askedNames,
  blockIndex,
  compareAsked,
  known,
  listedOf,
  loadKnown,
  makeAsked,
  putCandidates,
  putFeatures,
  putTold,
  putValues,
  rareOf,
  rarityIndex,
  wordIndex,
} from '../identity/match/lookup.js';
import { attributesOf } from '../identity/match/model.js';
import type { Waterfall } from '../identity/match/waterfall.js';
import { comparedShape, waterfallOf } from '../identity/match/waterfall.js';
import { openReader } from '../publish/reader.js';
import { id, sql } from '../sql/tag.js';
import { matchedEntity } from './explain/matched.js';

/** A record that the one asked for resembles, and what the resemblance is made of (`left` is the one asked for). */
export interface AlikeRecord {
  readonly record: string;
  readonly waterfall: Waterfall;
}

/** An entity that a record may be of. */
export interface AlikeEntity {
  readonly key: string;
  /** Bits and probability of its most alike record. */
  readonly weight: number;
  readonly probability: number;
  /** Most alike first. */
  readonly records: readonly AlikeRecord[];
}

/** Whose record one is, as far as the snapshot tells. */
export interface Match {
  readonly entity: string;
  /** `known`: the weight of the first entity is above the threshold. `new`: none is. */
  readonly outcome: 'known' | 'new';
  /** The key of the entity; null where it is new. */
  readonly key: string | null;
  readonly probability: number | null;
  /** The entities that are most alike, below the threshold too as far as people would be asked; most alike first. */
  readonly entities: readonly AlikeEntity[];
  /** How many records were compared. */
  readonly compared: number;
}

/** Attribute → value, as text, number, date or a list of texts and numbers; a missing one, null and '' are all no value. */
export type RecordInput = Readonly<Record<string, string | number | boolean | Date | readonly (string | number)[] | null | undefined>>;

/** Finds the entity of one record at a time. */
export interface Matcher {
  readonly entity: string;
  readonly attributes: readonly string[];
  /** @throws OnefoldError `USAGE` for a name that is no attribute, and for a value that is none of these */
  readonly match: (record: RecordInput, options?: { readonly top?: number }) => Promise<Match>;
  readonly close: () => void;
}

export interface MatcherOptions {
  /** Which entity; may be left out where one is matched by attributes. */
  readonly entity?: string | undefined;
  readonly observe?: Effects['observe'];
}

/** Of so many records each is compared, without blocking rules. */
const compareAll = 2000;
/** How many of the most alike records are looked at for their entities. */
const looked = 40;

const readShape = z.object({
  blocks: z.array(z.array(z.number())),
  values: z.array(z.number().nullable()),
  words: z.array(z.array(z.string())),
});
const comparedRow = comparedShape.extend({ record: z.string(), entity_key: z.string() });

/**
 * Opens the published snapshot for looking up records: loads what is known of an entity into memory, once.
 * @throws OnefoldError `SNAPSHOT_NONE`, `NOT_FOUND` where the entity is not matched by attributes, `USAGE` where it must be said which is meant, `NOT_BUILT` where it has no records
 */
export async function openMatcher(project: Pick<Project, 'store'>, options: MatcherOptions = {}): Promise<Matcher> {
  const before = async (engine: Engine): Promise<void> => {
    for (const statement of forSmallQuestions) await engine.run(statement);
  };
  const reader = await openReader(project.store, { observe: options.observe, before });
  const { engine } = reader;
  try {
    const { entity, model } = await matchedEntity(reader, options.entity);
    const attributes = attributesOf(model);
    const names = askedNames(attributes);
    // What an entity has and is not compared by may be said too, and says nothing.
    const silent = (await engine.table(sql`SELECT * FROM ${id('gold', entity)} LIMIT 0`)).columns.map((c) => c.name);
    const rules = rulesOf(model);
    const [listed, rare] = [listedOf(attributes), rareOf(attributes)];
    for (const statement of loadKnown(entity)) await engine.run(statement);
    const [numbers = new Float64Array()] = await engine.numbers(sql`SELECT nr::DOUBLE AS nr FROM ${known} ORDER BY nr`);
    const everyone = numbers.length <= compareAll ? numbers : null;
    const blocks: Index[] = [];
    for (const { rule } of everyone === null ? rules : []) blocks.push(indexOf(await engine.numbers(blockIndex(entity, rule, attributes))));
    const rarities: Index[] = [];
    for (const attribute of rare) rarities.push(indexOf(await engine.numbers(rarityIndex(entity, attribute))));
    const words: ReadonlyMap<string | null, number>[] = [];
    for (const attribute of listed) {
      const rows = await engine.rows(wordIndex(entity, attribute), z.object({ word: z.string().nullable(), weight: z.number() }));
      words.push(new Map(rows.map(({ word, weight }) => [word, weight])));
    }
    for (const statement of makeAsked(attributes)) await engine.run(statement);
    const nothing = z.object({}).loose();
    const give = await engine.prepare(putValues(attributes), nothing);
    const make = await engine.prepare(putFeatures(everyone === null ? rules.map((r) => r.rule) : [], attributes), readShape);
    const tell = await engine.prepare(putTold(attributes), nothing);
    const compare = await engine.prepare(compareAsked(attributes), comparedRow);
    const waterfall = waterfallOf(model);

    const matchOne: Matcher['match'] = async (record, { top = 3 } = {}) => {
      const values = valuesOf(record, names, silent, entity);
      await give(values.map((value) => value ?? ''));
      const [said] = await make([]);
      const candidates = new Set<number>(everyone ?? []);
      said?.blocks.forEach((digests, i) => {
        for (const d of digests) for (const nr of valuesAt(blocks[i], d)) candidates.add(nr);
      });
      const rareness = rare.map((_, i) => {
        const value = said?.values[i] ?? null;
        return value === null ? '0' : String(valuesAt(rarities[i], value)[0] ?? rarities[i]?.values.at(-1) ?? 0);
      });
      const tokens = listed.map((_, i) => {
        const weights = words[i];
        return `[${(said?.words[i] ?? []).map((word) => weights?.get(word) ?? weights?.get(null) ?? 0).join(',')}]`;
      });
      await tell([...tokens, ...rareness]);
      if (candidates.size > 0) await engine.run(putCandidates([...candidates]));
      const rows = candidates.size === 0 ? [] : await compare([]);
      const weighed = rows
        .map((row) => ({ key: row.entity_key, record: row.record, waterfall: waterfall(row) }))
        .sort((a, b) => b.waterfall.weight - a.waterfall.weight || (a.record < b.record ? -1 : 1))
        .slice(0, looked);
      const entities = entitiesOf(weighed.filter((w) => w.waterfall.weight >= model.review)).slice(0, top);
      const [best] = entities;
      const found = best !== undefined && best.weight > model.threshold ? best : null;
      return {
        entity,
        outcome: found === null ? 'new' : 'known',
        key: found?.key ?? null,
        probability: found?.probability ?? null,
        entities,
        compared: candidates.size,
      };
    };
    // One after another: there is one place for the record that is asked for.
    let last: Promise<unknown> = Promise.resolve();
    const match: Matcher['match'] = (record, asked) => {
      const next = last.then(async () => {
        await engine.run(sql`BEGIN TRANSACTION`);
        return matchOne(record, asked).finally(() => engine.run(sql`ROLLBACK`));
      });
      last = next.catch(() => undefined);
      return next;
    };
    return { entity, attributes: names, match, close: () => engine.close() };
  } catch (thrown) {
    engine.close();
    throw thrown;
  }
}

/** The values of a record as texts, in the order of the attributes. */
function valuesOf(
  record: RecordInput,
  attributes: readonly string[],
  silent: readonly string[],
  entity: string,
): readonly (string | null)[] {
  for (const [name, value] of Object.entries(record)) {
    if (!attributes.includes(name) && !silent.includes(name))
      throw new OnefoldError('USAGE', `${entity} has no attribute \`${name}\`${didYouMean(name, attributes)}`);
    if (value !== null && typeof value === 'object' && !(value instanceof Date) && !Array.isArray(value))
      throw new OnefoldError('USAGE', `\`${name}\` is neither text, a number nor a list of them`);
  }
  return attributes.map((name) => {
    const value = Object.hasOwn(record, name) ? record[name] : null;
    if (value === null || value === undefined || value === '') return null;
    if (Array.isArray(value)) return JSON.stringify(value.map(String));
    return value instanceof Date ? value.toISOString().slice(0, 10) : String(value);
  });
}

/** Records under their entities, both most alike first. */
function entitiesOf(weighed: readonly (AlikeRecord & { readonly key: string })[]): readonly AlikeEntity[] {
  const byKey = new Map<string, AlikeRecord[]>();
  for (const { key, record, waterfall } of weighed) byKey.set(key, [...(byKey.get(key) ?? []), { record, waterfall }]);
  return [...byKey]
    .map(([key, records]) => {
      const { weight, probability } = records[0]?.waterfall ?? { weight: 0, probability: 0 };
      return { key, weight, probability, records };
    })
    .sort((a, b) => b.weight - a.weight);
}

/** Numbers by digest: two columns, sorted by the first. */
interface Index {
  readonly digests: Float64Array;
  readonly values: Float64Array;
}

function indexOf([digests = new Float64Array(), values = new Float64Array()]: readonly Float64Array[]): Index {
  return { digests, values };
}

function valuesAt(index: Index | undefined, digest: number): Float64Array {
  if (index === undefined) return new Float64Array();
  const { digests, values } = index;
  const first = (isBehind: (d: number) => boolean): number => {
    let [from, to] = [0, digests.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (isBehind(digests[middle] ?? Number.POSITIVE_INFINITY)) to = middle;
      else from = middle + 1;
    }
    return from;
  };
  return values.subarray(
    first((d) => d >= digest),
    first((d) => d > digest),
  );
}
