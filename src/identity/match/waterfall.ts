import { z } from 'zod';
import type { Sql } from '../../sql/tag.js';
import { join, sql } from '../../sql/tag.js';
import { aloneIn, weightOf } from './alone.js';
import { probabilityOf } from './bits.js';
import type { BlockingRule } from './blocking.js';
import { blockOf } from './blocking.js';
import { codeOf } from './compare.js';
import type { Matched } from './features.js';
import { sideOf } from './features.js';
import { mostAmongRelatives } from './kinds.js';
import type { MatchModel } from './model.js';
import { attributesOf, togetherIn, weigher } from './model.js';

/*
 * What the weight of one pair is made of, attribute by attribute: what a build reckons for millions of pairs at once, taken apart for a person.
 */

/** One attribute of a pair. Bits count for their being one where they are above zero. */
export interface Compared {
  readonly attribute: string;
  readonly kind: string;
  /** The rung of its ladder that holds; null where a side has no value, which counts for nothing. */
  readonly level: string | null;
  /** Both values as they are compared: without case, accents and the like. */
  readonly left: string | null;
  readonly right: string | null;
  /** Bits against their being strangers, and against their being relatives; `rarity` is in them. */
  readonly against_strangers: number;
  readonly against_relatives: number;
  /** Bits that the rarity of the value on which they agree tells: one for each halving of the records that have it. Null where it does not count. */
  readonly rarity: number | null;
  /** Attributes before it that tell much of this one, as a city does of its postcode, and the bits against strangers that go for it; null where none do. */
  readonly told: { readonly attributes: readonly string[]; readonly bits: number } | null;
}

/** The weight of a pair, and what it is made of. All in bits but for the probabilities. */
export interface Waterfall {
  /** What is known before anything is compared: how seldom two records are one. */
  readonly prior: { readonly against_strangers: number; readonly against_relatives: number | null };
  readonly attributes: readonly Compared[];
  /** Where one value agrees, nothing else confirms it, and it is held at even odds: the attributes that say it, and the bits that go. */
  readonly alone: { readonly attributes: readonly string[]; readonly bits: number } | null;
  /** The sums; `against_relatives` is null where the model knows no relatives. */
  readonly against_strangers: number;
  readonly against_relatives: number | null;
  /** Both alternatives weighed together, as far as one value alone may go. */
  readonly weight: number;
  readonly probability: number;
  readonly threshold: number;
  readonly threshold_probability: number;
  /** Bits from which on a pair is shown to people. */
  readonly review: number;
}

/** The columns of a comparison, one list each with an entry for every attribute of a model. */
export const comparedShape = z.object({
  codes: z.array(z.number()),
  lefts: z.array(z.string().nullable()),
  rights: z.array(z.string().nullable()),
  rarities: z.array(z.number()),
});

/** SQL of `codes`, `lefts`, `rights` and `rarities` over two rows of features. */
export function comparison(attributes: readonly Matched[], left: string, right: string): Sql {
  const each = (of: (attribute: Matched) => Sql): Sql => join(attributes.map(of));
  const value = (alias: string): Sql => each((a) => sql`${sideOf(alias, a, attributes)('norm')}::VARCHAR`);
  const rarity = (a: Matched): Sql =>
    a.kind.rarity === null
      ? sql`0`
      : sql`COALESCE(least(${sideOf(left, a, attributes)('rare')}, ${sideOf(right, a, attributes)('rare')}), 0)`;
  return sql`[${each((a) => codeOf(a, attributes, left, right))}]::INTEGER[] AS codes,
    [${value(left)}]::VARCHAR[] AS lefts, [${value(right)}]::VARCHAR[] AS rights, [${each(rarity)}]::FLOAT[] AS rarities`;
}

/** Takes the weights of a model apart. */
export function waterfallOf(model: MatchModel): (compared: z.output<typeof comparedShape>) => Waterfall {
  const [weigh, alone] = [weigher(model), aloneIn(model)];
  const attributes = attributesOf(model);
  const prior = weigh([]);
  const known = model.related > 0;
  const goTogether = togetherIn(model);
  return ({ codes, lefts, rights, rarities }) => {
    const together = goTogether(codes);
    const parts = model.attributes.map(({ name, kind, levels }, k): Compared => {
      const code = codes[k] ?? 0;
      const alone = weigh(Array.from({ length: k + 1 }, (_, i) => (i === k ? code : 0)));
      // What an attribute before it tells of this one counts here.
      const told = together.filter(({ pair }) => Math.max(...pair) === k);
      const bits = told.reduce((sum, t) => sum + t.bits, 0);
      const own = attributes[k]?.kind;
      const rarity = own?.rarity ?? null;
      const rare = rarity !== null && code === levels.length ? (rarities[k] ?? 0) : null;
      return {
        attribute: name,
        kind,
        level: code === 0 ? null : (levels[levels.length - code]?.level ?? null),
        left: lefts[k] ?? null,
        right: rights[k] ?? null,
        against_strangers: alone.strangers - prior.strangers + bits + (rare ?? 0),
        against_relatives: alone.relatives - prior.relatives + Math.min(rare ?? 0, own === undefined ? 0 : mostAmongRelatives(own)),
        rarity: rare,
        told: told.length === 0 ? null : { attributes: told.map(({ pair }) => model.attributes[Math.min(...pair)]?.name ?? ''), bits },
      };
    });
    const strangers = parts.reduce((sum, p) => sum + p.against_strangers, prior.strangers);
    const relatives = parts.reduce((sum, p) => sum + p.against_relatives, prior.relatives);
    // Strangers and relatives are both possible, so the odds against one entity add up.
    const both = Math.min(strangers, relatives) - Math.log2(1 + 2 ** -Math.abs(strangers - relatives));
    const agreeing = alone(codes);
    const weight = weightOf(both, agreeing);
    return {
      prior: { against_strangers: prior.strangers, against_relatives: known ? prior.relatives : null },
      attributes: parts,
      alone: agreeing === null || weight === both ? null : { attributes: agreeing.attributes, bits: weight - both },
      against_strangers: strangers,
      against_relatives: known ? relatives : null,
      weight,
      probability: probabilityOf(weight),
      threshold: model.threshold,
      threshold_probability: probabilityOf(model.threshold),
      review: model.review,
    };
  };
}

/** All values by which a rule blocks a row of features, as one list; empty where it has none. */
export function blocksOf(rule: BlockingRule, alias: string, attributes: readonly Matched[]): Sql {
  const [only] = rule.keys;
  if (rule.keys.length === 1 && only?.key.list === true) {
    return sql`list_distinct(COALESCE(${only.key.of(sideOf(alias, only.attribute, attributes))}, []))::VARCHAR[]`;
  }
  const block = blockOf(rule, alias, attributes);
  return sql`CASE WHEN (${block}) IS NULL THEN [] ELSE [(${block})::VARCHAR] END::VARCHAR[]`;
}
