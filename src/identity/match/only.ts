import { kinOf } from './kin.js';
import type { Pattern, Prior } from './mixture.js';
import { atLeast, monotone, normal } from './mixture.js';
import type { Trained } from './train.js';

/*
 * What agreement is worth where records have one attribute and no other. Nothing in the data tells then whether two that agree are one or only called the same: either
 * explains all that is seen. So what is known beforehand decides: how many who agree in full are one, and how many are usually nearly alike beside these.
 */

/**
 * Of the pairs that agree in full, and at most of those that nearly do, so many are taken for one entity: most, where values are there to tell things apart; else not quite
 * half, so that people are asked.
 */
const ofOne = { distinctive: 0.75, other: 0.45 };

/** As `train` learns of several attributes; `allPairs` are one at least. */
export function learnOnly(prior: Prior, candidates: readonly Pattern[], random: readonly Pattern[], allPairs: number): Trained {
  const counts = (patterns: readonly Pattern[]): readonly number[] =>
    [0, ...prior.m].map((_, code) => patterns.reduce((n, p) => n + (p.codes[0] === code ? p.count : 0), 0));
  const [found, drawn] = [counts(candidates), counts(random)];
  const ofAll =
    allPairs /
    Math.max(
      1,
      drawn.reduce((a, b) => a + b, 0),
    );
  const both = Math.max(1, allPairs - ofAll * (drawn[0] ?? 0));
  // What agrees is among the candidates; what hardly does, and is not compared, among random pairs.
  const seen = prior.m.map((_, i) => Math.max(found[i + 1] ?? 0, ofAll * (drawn[i + 1] ?? 0)) / both);
  const [usual, most] = [prior.m.at(-1) ?? 1, prior.distinctive === true ? ofOne.distinctive : ofOne.other];
  const share = Math.min(0.4, Math.max(atLeast, (most * (found.at(-1) ?? 0)) / usual) / both);
  const u = normal(seen.map((all, i) => Math.max(1e-12, (1 - most) * all, (all - share * (prior.m[i] ?? 0)) / (1 - share))));
  const kin = kinOf([prior], [u]);
  return {
    attributes: [
      {
        m: prior.m,
        u,
        strangers: monotone(prior.m, u).map(Math.log2),
        kin: kin.map(() => ({ h: u, bits: prior.m.map(() => 0) })),
        seen: prior.m.map((_, i) => ({ matches: 0, others: Math.round(found[i + 1] ?? 0) })),
      },
    ],
    together: [],
    prior: (share * both) / allPairs,
    kin: kin.map(({ name }) => ({ name, share: 0 })),
    against: null,
    sessions: [],
  };
}
