import { createHash } from 'node:crypto';
import { z } from 'zod';
import { listName } from './attributes/listed.js';
import { attributeKind, attributeKinds } from './attributes/registry.js';
import { withLevels } from './custom.js';
import type { Matched } from './features.js';
import { asFew } from './features.js';
import { mostAmong } from './kin.js';
import type { AttributeKind } from './kinds.js';

const rung = z.strictObject({
  level: z.string().describe('What it means; `disagree` for none of the others'),
  m: z.number().describe('How often two records of one entity are here, where both have a value'),
  u: z.number().describe('How often two records of different entities are'),
  h: z.number().describe('How often two records of relatives are, who share a household, a company or a place'),
  b: z.number().optional().describe('How often two records of branches of one company are, where an entity has such'),
  weight: z
    .number()
    .describe(
      'log2(m / u), in bits: what it counts for against strangers. Levels on which more likeness would count for less are taken together',
    ),
  against_relatives: z.number().describe('log2(m / h), in bits, likewise: what it counts for against relatives'),
  against_branches: z.number().optional().describe('log2(m / b), in bits, likewise: what it counts for against branches'),
  trained: z
    .enum(['data', 'few', 'prior'])
    .describe('Whether the data showed it, seldom showed it, or what is known of such data in general stands in'),
  sql: z.string().optional().describe('The condition, where the project wrote it'),
});

type Rung = z.output<typeof rung>;

const together = z.strictObject({
  attributes: z.tuple([z.string(), z.string()]).readonly(),
  bits: z
    .array(z.strictObject({ levels: z.tuple([z.string(), z.string()]).readonly(), bits: z.number() }))
    .describe('What both levels at once count for against strangers, beside what each counts for; 0 for those that are not there'),
});

/** A model: everything that is needed to score a pair again, in a file that people can read, edit and freeze. */
export const matchModel = z.strictObject({
  format: z.literal(1),
  entity: z.string(),
  attributes: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.string(),
      part_of: z.string().optional().describe('The attribute with whole names that it is read from where a record has no value of its own'),
      levels: z.array(rung),
    }),
  ),
  together: z.array(together).default([]).describe('Attributes of which one tells much of the other, as city and postcode do'),
  prior: z.number().describe('Share of all pairs of records that are of one entity'),
  related: z.number().describe('Share of all pairs that are of relatives; 0 where nothing tells them'),
  branches: z.number().optional().describe('Share of all pairs that are of branches of one company; none where an entity has no branches'),
  against: z
    .number()
    .positive()
    .optional()
    .describe('Bits down to which a pair speaks against its being one, where entities go by very many names; none where all count'),
  threshold: z.number().describe('Bits from which on two records are taken for one'),
  review: z.number().describe('Bits from which on, up to the threshold, a pair is shown to people'),
  one_per_source: z
    .array(z.string())
    .default([])
    .describe('Sources that hold nobody twice, as their records say: an entity gets at most one of their records'),
  blocking: z.array(z.strictObject({ rule: z.string(), largest: z.number().int().describe('Blocks with more records are not compared') })),
});

export type MatchModel = z.output<typeof matchModel>;

/** A model that was read from a file. @throws Error that says what is wrong with it */
export function parseModel(read: unknown): MatchModel {
  const { success, data, error } = matchModel.safeParse(read);
  if (!success) throw new Error(error.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; '));
  for (const { name, kind, levels } of data.attributes) {
    if (!attributeKinds.some((k) => k.name === kind || listName(k.name) === kind))
      throw new Error(`attribute ${name} is of no known kind, ${kind}`);
    const known = ladder(kind, levels);
    const names = [...known.levels.map((level) => level.name), 'disagree'];
    if (names.join() !== levels.map((l) => l.level).join())
      throw new Error(`the levels of attribute ${name} are not those of the kind ${kind}: ${names.join(', ')}`);
  }
  for (const { attributes, bits } of data.together) {
    const ladders = attributes.map((name) => data.attributes.find((a) => a.name === name)?.levels.map((l) => l.level) ?? []);
    const unknown = bits.find(({ levels }) => levels.some((level, i) => !ladders[i]?.includes(level)));
    if (unknown !== undefined) throw new Error(`together: ${attributes.join(' and ')} have no levels ${unknown.levels.join(' and ')}`);
  }
  return data;
}

/** The digest of a model: two with the same give every pair the same weight. */
export function modelVersion(model: MatchModel): string {
  return createHash('sha256').update(JSON.stringify(model)).digest('hex').slice(0, 12);
}

/** The attributes of a model, in its order. */
export function attributesOf(model: MatchModel): readonly Matched[] {
  return asFew(model.attributes.map(({ name, kind, part_of: partOf, levels }) => ({ name, kind: ladder(kind, levels), partOf })));
}

/** A kind, with the rungs that the project wrote for it. */
function ladder(kind: string, levels: MatchModel['attributes'][number]['levels']): AttributeKind {
  return withLevels(
    attributeKind(kind),
    levels.flatMap(({ level: name, sql }) => (sql === undefined ? [] : [{ name, sql }])),
  );
}

/** What a pattern of codes counts for, in bits: against strangers, against relatives, and against branches of one company, without the rarity of what is agreed on. */
export interface Weights {
  readonly strangers: number;
  readonly relatives: number;
  readonly branches: number;
}

/**
 * Codes of every attribute → bits; code 0 (a value is missing) counts for nothing. Where a rare value tells more, equality is left to its rarity.
 * @param ofAny equality counts for what it tells of any value instead, rare or not
 */
export function weigher(model: MatchModel, ofAny = false): (codes: readonly number[]) => Weights {
  const attributes = attributesOf(model);
  const most = mostAmong(attributes);
  const ladders = model.attributes.map(({ levels }, k) => {
    // From equality down, as people read it; codes go up.
    const rising = [...levels].reverse();
    const ofRarity = (i: number, upTo: number): boolean =>
      !ofAny && attributes[k]?.kind.rarity !== null && upTo > 0 && i === rising.length - 1;
    // Kin that have more in common than chance does have it of rare values as of common ones, but for what is known of them.
    const among = (upTo: number, bits: (rung: Rung) => number, h: (rung: Rung) => number): readonly number[] => [
      0,
      ...rising.map((rung, i) =>
        ofRarity(i, upTo) ? Math.log2(upTo === Number.POSITIVE_INFINITY ? (rung.m * rung.u) / h(rung) : rung.m) : bits(rung),
      ),
    ];
    return {
      strangers: [0, ...rising.map(({ weight, m }, i) => (ofRarity(i, Number.POSITIVE_INFINITY) ? Math.log2(m) : weight))],
      relatives: among(
        most.relatives[k] ?? 0,
        (rung) => rung.against_relatives,
        (rung) => rung.h,
      ),
      branches: among(
        most.branches?.[k] ?? 0,
        (rung) => rung.against_branches ?? 0,
        (rung) => rung.b ?? rung.u,
      ),
    };
  });
  const told = togetherIn(model);
  const { prior, related, branches = 0 } = model;
  const before: Weights = {
    strangers: Math.log2(prior / (1 - prior - related - branches)),
    relatives: related === 0 ? never : Math.log2(prior / related),
    branches: branches === 0 ? never : Math.log2(prior / branches),
  };
  return (codes) => {
    const sum = { ...before };
    for (const [k, code] of codes.entries()) {
      sum.strangers += ladders[k]?.strangers[code] ?? 0;
      sum.relatives += ladders[k]?.relatives[code] ?? 0;
      sum.branches += ladders[k]?.branches[code] ?? 0;
    }
    for (const { bits } of told(codes)) sum.strangers += bits;
    return sum;
  };
}

/** What goes together in a pair: codes of every attribute → the attributes, by number, and the bits against strangers that go for it. */
export function togetherIn(
  model: MatchModel,
): (codes: readonly number[]) => readonly { readonly pair: readonly number[]; readonly bits: number }[] {
  const codeOf = (k: number, level: string): number => {
    const levels = model.attributes[k]?.levels ?? [];
    return levels.length - levels.findIndex((l) => l.level === level);
  };
  const all = model.together.map(({ attributes, bits }) => {
    const pair = attributes.map((name) => model.attributes.findIndex((a) => a.name === name));
    return { pair, byCodes: new Map(bits.map(({ levels, bits }) => [pair.map((k, i) => codeOf(k, levels[i] ?? '')).join(), bits])) };
  });
  return (codes) =>
    all.flatMap(({ pair, byCodes }) => {
      const bits = byCodes.get(pair.map((k) => codes[k] ?? 0).join());
      return bits === undefined ? [] : [{ pair, bits }];
    });
}

/** More bits than anything weighs: where there are no relatives, nothing has to be said against them. */
const never = 1000;
