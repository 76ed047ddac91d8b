import type { ChosenRule } from './blocking.js';
import type { Matched } from './features.js';
import { arePlaces, placesOfBranches } from './kin.js';
import type { AttributeKind, Level } from './kinds.js';
import { knowsOne } from './kinds.js';
import type { Pattern } from './mixture.js';
import type { MatchModel } from './model.js';
import { namesAgain } from './names_again.js';
import { learnOnly } from './only.js';
import { shownFrom } from './threshold.js';
import type { Trained } from './train.js';
import { train } from './train.js';

/**
 * Trains on the candidates of every rule, and on random pairs.
 * @param allPairs how many pairs could be one entity, compared or not
 * @param oneSource whether all records are of one source, so that who is there twice is there twice in one list
 */
export function learn(
  attributes: readonly Matched[],
  chosen: readonly ChosenRule[],
  candidates: readonly Pattern[],
  random: readonly Pattern[],
  allPairs: number,
  oneSource: boolean,
): Trained {
  const usual = usualOf(attributes);
  const places = placesOfBranches(attributes);
  const ofPlaces = arePlaces(attributes);
  // What is at a place doesn't move, and branches are told from one another by it.
  const areOfPeople = attributes.some(({ kind }) => kind.naming === 'name');
  const known = (kind: AttributeKind, share: (level: Level) => number | undefined): readonly number[] | undefined =>
    kind.levels.some((level) => share(level) !== undefined) ? onLadder(kind, (level) => share(level) ?? 0) : undefined;
  const priors = attributes.map(({ kind }, k) => ({
    m: usual[k] ?? [],
    shared: kind.shared,
    place: places[k],
    correlated: kind.correlated,
    moves: areOfPeople && (kind.correlated === true || kind.place !== undefined),
    distinctive: kind.distinctive,
    issued: kind.issued,
    relatives: known(kind, (level) => level.ofRelatives),
    neighbours: ofPlaces ? known(kind, (level) => level.ofNeighbours) : undefined,
    naming: kind.naming,
    areOne: oneSource && knowsOne(kind) ? [0, ...kind.levels.map((level) => level.areOne ?? 0).reverse()] : undefined,
  }));
  const sessions = blockedBy(attributes, chosen).map((blocked, rule) => ({ rule, blocked }));
  const pairs = Math.max(1, allPairs);
  const [only] = priors;
  const isOnly = only !== undefined && priors.length === 1 && namesAgain(only, 0, usual, usual, candidates, pairs) === null;
  return isOnly ? learnOnly(only, candidates, random, pairs) : train(priors, sessions, candidates, random, pairs);
}

/** Of each attribute, what shares of the pairs of one entity are on the rungs of its ladder before any data was seen: by code, from 1 (disagreement). */
export function usualOf(attributes: readonly Matched[]): readonly (readonly number[])[] {
  return attributes.map(({ kind }) => onLadder(kind, (level) => level.share));
}

/** Shares of the rungs of a ladder, by code; what is left of them disagrees. */
function onLadder(kind: AttributeKind, share: (level: Level) => number): readonly number[] {
  const named = kind.levels.map(share).reverse();
  return [Math.max(0.02, 1 - named.reduce((a, b) => a + b, 0)), ...named];
}

/** The attributes that each rule goes by, as numbers. */
export function blockedBy(attributes: readonly Matched[], chosen: readonly ChosenRule[]): readonly (readonly number[])[] {
  return chosen.map(({ rule }) => rule.keys.map(({ attribute }) => attributes.findIndex((a) => a.name === attribute.name)));
}

/** In what share of the pairs of one entity each of these is known to agree, of every rule. */
export function agreesBy(chosen: readonly ChosenRule[]): readonly (readonly number[])[] {
  return chosen.map(({ rule }) => rule.keys.map(({ key }) => key.agrees));
}

/** What was learned, as a model. */
export function modelOf(
  entity: string,
  attributes: readonly Matched[],
  chosen: readonly ChosenRule[],
  trained: Trained,
  records: number,
  threshold: number | null,
): MatchModel {
  const bits = threshold === null ? 0 : Math.log2(threshold / (1 - threshold));
  const kin = trained.kin.map(({ name }) => name);
  const [relatives, branches] = [kin.indexOf('relatives'), kin.indexOf('branches')];
  const rungOf = (k: number, i: number): string => (i === 0 ? undefined : attributes[k]?.kind.levels.at(-i)?.name) ?? 'disagree';
  return {
    format: 1,
    entity,
    attributes: attributes.map(({ name, kind, partOf }, k) => {
      const learned = trained.attributes[k];
      // Where no data says how seldom strangers are so alike, it is no less often than that they have a value in common that nobody else has.
      const most = (code: number): number =>
        kind.rarity === null
          ? Number.POSITIVE_INFINITY
          : Math.log2((Math.max(...(learned?.m.slice(1, code + 1) ?? [])) * records) / kind.rarity);
      const names = [...kind.levels.map((level) => level.name), 'disagree'];
      return {
        name,
        kind: kind.name,
        ...(partOf === undefined ? {} : { part_of: partOf }),
        levels: names.map((level, i) => {
          const code = names.length - 1 - i;
          const [m, u, told, seen] = [learned?.m[code] ?? 0.5, learned?.u[code] ?? 0.5, learned?.strangers[code] ?? 0, learned?.seen[code]];
          const among = (j: number) => ({ h: rounded(learned?.kin[j]?.h[code] ?? 0.5), bits: rounded(learned?.kin[j]?.bits[code] ?? 0) });
          const [ofRelatives, ofBranches] = [among(relatives), among(branches)];
          const few = seen === undefined || seen.matches < 10 || (seen.others < 10 && i > 0);
          const trainedBy = seen === undefined || seen.matches < 1 ? 'prior' : few ? 'few' : 'data';
          const written = kind.levels[i]?.sql;
          return {
            level,
            m: rounded(m),
            u: rounded(u),
            h: ofRelatives.h,
            weight: rounded(trainedBy === 'prior' && code > 0 ? Math.min(most(code), told) : told),
            against_relatives: ofRelatives.bits,
            ...(branches < 0 ? {} : { b: ofBranches.h, against_branches: ofBranches.bits }),
            trained: trainedBy,
            ...(written === undefined ? {} : { sql: written }),
          };
        }),
      };
    }),
    together: trained.together.map(({ pair: [a, b], lifts }) => ({
      attributes: [attributes[a]?.name ?? '', attributes[b]?.name ?? ''] as const,
      bits: lifts.flatMap((row, i) =>
        row.flatMap((lift, j) => (lift !== 1 ? [{ levels: [rungOf(a, i), rungOf(b, j)] as const, bits: rounded(-Math.log2(lift)) }] : [])),
      ),
    })),
    prior: rounded(trained.prior),
    related: rounded(trained.kin[relatives]?.share ?? 0),
    ...(branches < 0 ? {} : { branches: rounded(trained.kin[branches]?.share ?? 0) }),
    ...(trained.against === null ? {} : { against: trained.against }),
    threshold: rounded(bits),
    review: rounded(shownFrom(bits)),
    one_per_source: [],
    blocking: chosen.map(({ rule, largest }) => ({ rule: rule.name, largest })),
  };
}

/** Numbers of a model are written with seven digits that count, so that a file says all there is. */
function rounded(x: number): number {
  return Number(x.toPrecision(7));
}
