import { createHash } from 'node:crypto';
import { z } from 'zod';
import { attributeKind } from './attributes/registry.js';
import type { Matched } from './features.js';

const rung = z.strictObject({
  level: z.string().describe('What it means; `disagree` for none of the others'),
  m: z.number().describe('How often two records of one entity are here, where both have a value'),
  u: z.number().describe('How often two records of different entities are'),
  weight: z.number().describe('log2(m / u), in bits: what it counts for'),
  trained: z
    .enum(['data', 'few', 'prior'])
    .describe('Whether the data showed it, seldom showed it, or what is known of such data in general stands in'),
});

/** A model: everything that is needed to score a pair again, in a file that people can read, edit and freeze. */
export const matchModel = z.strictObject({
  format: z.literal(1),
  entity: z.string(),
  attributes: z.array(z.strictObject({ name: z.string(), kind: z.string(), levels: z.array(rung) })),
  prior: z.number().describe('Share of all pairs of records that are of one entity'),
  threshold: z.number().describe('Bits from which on two records are taken for one'),
  review: z.number().describe('Bits from which on, up to the threshold, a pair is shown to people'),
  blocking: z.array(z.strictObject({ rule: z.string(), largest: z.number().int().describe('Blocks with more records are not compared') })),
});

export type MatchModel = z.output<typeof matchModel>;

/** The digest of a model: two with the same give every pair the same weight. */
export function modelVersion(model: MatchModel): string {
  return createHash('sha256').update(JSON.stringify(model)).digest('hex').slice(0, 12);
}

/** The attributes of a model, in its order. */
export function attributesOf(model: MatchModel): readonly Matched[] {
  return model.attributes.map(({ name, kind }) => ({ name, kind: attributeKind(kind) }));
}

/** Codes of one attribute → bits; code 0 (a value is missing) counts for nothing. */
export function weightsOf(model: MatchModel): readonly (readonly number[])[] {
  return model.attributes.map(({ kind, levels }) => {
    const rare = attributeKind(kind).rarity !== null;
    // From equality down, as people read it; codes go up.
    const rising = [...levels].reverse();
    return [0, ...rising.map(({ weight, m }, i) => (rare && i === rising.length - 1 ? Math.log2(m) : weight))];
  });
}

/** The weight of a pattern without the rarity of the values, in bits. */
export function weightOf(model: MatchModel, weights: readonly (readonly number[])[], codes: readonly number[]): number {
  return Math.log2(model.prior / (1 - model.prior)) + codes.reduce((sum, code, k) => sum + (weights[k]?.[code] ?? 0), 0);
}
