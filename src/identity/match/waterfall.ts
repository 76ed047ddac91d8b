import { z } from 'zod';
import type { Sql } from '../../sql/tag.js';
import { join, sql } from '../../sql/tag.js';
import { aloneIn, weightOf } from './alone.js';
import { againstAll, probabilityOf } from './bits.js';
import type { BlockingRule } from './blocking.js';
import { blockOf } from './blocking.js';
import { codeOf } from './compare.js';
import type { Matched } from './features.js';
import { sideOf } from './features.js';
import { mostAmong } from './kin.js';
import type { MatchModel, Weights } from './model.js';
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
  /** Bits against their being strangers, against their being relatives, and against their being branches of one company; `rarity` is in them. */
  readonly against_strangers: number;
  readonly against_relatives: number;
  readonly against_branches: number;
  /** Bits that the rarity of the value on which they agree tells: one for each halving of the records that have it. Null where it does not count. */
  readonly rarity: number | null;
  /** Attributes before it that tell much of this one, as a city does of its postcode, and the bits against strangers that go for it; null where none do. */
  readonly told: { readonly attributes: readonly string[]; readonly bits: number } | null;
}

/** What speaks for one entity, in bits, against each alternative; null where the model knows no such. */
export interface Against {
  readonly against_strangers: number;
  readonly against_relatives: number | null;
  readonly against_branches: number | null;
}

/** The weight of a pair, and what it is made of: the sums over all attributes, and each. All in bits but for the probabilities. */
export interface Waterfall extends Against {
  /** What is known before anything is compared: how seldom two records are one. */
  readonly prior: Against;
  readonly attributes: readonly Compared[];
  /** Where one value agrees, nothing else confirms it, and it is held at even odds: the attributes that say it, and the bits that go. */
  readonly alone: { readonly attributes: readonly string[]; readonly bits: number } | null;
  /** All alternatives weighed together, as far as one value alone may go. */
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
  const most = mostAmong(attributes);
  const prior = weigh([]);
  const against = ({ strangers, relatives, branches }: Weights): Against => ({
    against_strangers: strangers,
    against_relatives: model.related > 0 ? relatives : null,
    against_branches: (model.branches ?? 0) > 0 ? branches : null,
  });
  const goTogether = togetherIn(model);
  return ({ codes, lefts, rights, rarities }) => {
    const inPairs = goTogether(codes);
    const parts = model.attributes.map(({ name, kind, levels }, k): Compared => {
      const code = codes[k] ?? 0;
      const alone = weigh(Array.from({ length: k + 1 }, (_, i) => (i === k ? code : 0)));
      // What an attribute before it tells of this one counts here.
      const told = inPairs.filter(({ pair }) => Math.max(...pair) === k);
      const bits = told.reduce((sum, t) => sum + t.bits, 0);
      const rarity = attributes[k]?.kind.rarity ?? null;
      const rare = rarity !== null && code === levels.length ? (rarities[k] ?? 0) : null;
      return {
        attribute: name,
        kind,
        level: code === 0 ? null : (levels[levels.length - code]?.level ?? null),
        left: lefts[k] ?? null,
        right: rights[k] ?? null,
        against_strangers: alone.strangers - prior.strangers + bits + (rare ?? 0),
        against_relatives: alone.relatives - prior.relatives + Math.min(rare ?? 0, most.relatives[k] ?? 0),
        against_branches: alone.branches - prior.branches + Math.min(rare ?? 0, most.branches?.[k] ?? 0),
        rarity: rare,
        told: told.length === 0 ? null : { attributes: told.map(({ pair }) => model.attributes[Math.min(...pair)]?.name ?? ''), bits },
      };
    });
    const sums: Weights = {
      strangers: parts.reduce((sum, p) => sum + p.against_strangers, prior.strangers),
      relatives: parts.reduce((sum, p) => sum + p.against_relatives, prior.relatives),
      branches: parts.reduce((sum, p) => sum + p.against_branches, prior.branches),
    };
    const together = againstAll(Object.values(sums));
    const agreeing = alone(codes);
    const weight = weightOf(together, agreeing);
    return {
      prior: against(prior),
      attributes: parts,
      alone: agreeing === null || weight === together ? null : { attributes: agreeing.attributes, bits: weight - together },
      ...against(sums),
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
