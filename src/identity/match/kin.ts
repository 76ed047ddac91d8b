import type { Matched } from './features.js';
import { mostAmongRelatives } from './kinds.js';
import { isOfPeople } from './looks.js';
import type { Prior } from './mixture.js';

/*
 * Who has much in common and is not one. Relatives share a household, a company, a place, and are called otherwise. Branches of one company are called the
 * same, have one website, perhaps one number, and are at several places.
 */

/** What is said of a place beside where it is. */
const ofPlaces: readonly string[] = ['category', 'house_number', 'number', 'word'];

/** Whether nothing but places is known, as of delivery points: what has much in common are neighbours. */
export function arePlaces(attributes: readonly Matched[]): boolean {
  return attributes.every(({ kind }) => kind.place !== undefined || ofPlaces.includes(kind.name));
}

/**
 * Of each attribute, what it says of where a branch is: branches are told from one another by the most exact place that there is, as neighbours are where places are all
 * that is known. Nothing where an entity has no branches: people move, what people have written is at no place, and what has no name, title or code of its own is no company.
 */
export function placesOfBranches(attributes: readonly Matched[]): readonly Prior['place'][] {
  const exactest = Math.max(...attributes.map(({ kind }) => kind.place ?? 0));
  const namesPeople = attributes
    .map(({ kind }) => kind.name.replace('[]', ''))
    .some((kind) => isOfPeople(kind) || kind === 'people' || kind === 'contact');
  const hasBranches = !namesPeople && (arePlaces(attributes) || attributes.some(({ kind }) => kind.distinctive));
  return attributes.map(({ kind }) =>
    hasBranches && kind.place !== undefined ? (kind.place === exactest ? 'exact' : 'rough') : undefined,
  );
}

/**
 * Of each attribute, bits up to which the rarity of a value that two have in common tells them from relatives, and from branches: none of what they share. Null
 * where an entity has no branches.
 */
export function mostAmong(attributes: readonly Matched[]): {
  readonly relatives: readonly number[];
  readonly branches: readonly number[] | null;
} {
  const places = placesOfBranches(attributes);
  const ofNeighbours = arePlaces(attributes);
  const among = ({ kind }: Matched): number => {
    const again = ofNeighbours ? kind.levels[0]?.ofNeighbours : undefined;
    return again === undefined ? Number.POSITIVE_INFINITY : -Math.log2(again);
  };
  return {
    relatives: attributes.map(({ kind }) => mostAmongRelatives(kind)),
    branches: places.includes('exact') ? attributes.map((a, k) => (places[k] === 'exact' ? among(a) : 0)) : null,
  };
}

/** What relatives have in common of what they don't share. */
export function ofRelatives(priors: readonly Prior[], u: readonly (readonly number[])[]): readonly (readonly number[])[] {
  return priors.map((prior, k) => prior.relatives ?? u[k] ?? []);
}

/** How two that are not one may have much in common, by attribute: `shared` is as the data shows, and all else as `unshared` says. */
export interface Kin {
  readonly name: 'relatives' | 'branches';
  readonly shared: readonly boolean[];
  /** What is usual before any data was seen, of what they share too. */
  readonly usual: readonly (readonly number[])[];
  readonly unshared: readonly (readonly number[])[];
  /** Whether more is known of what they don't share than what chance does, so that nothing is learned of it. */
  readonly known: readonly boolean[];
  /** Whether what is usual counts for no more pairs than there are true ones. */
  readonly bounded: boolean;
  /** So far on the way from what is usual of one entity to what chance does, what a session of training found is of this kin. */
  readonly mostAstray: number;
}

/** Relatives are at one place and called otherwise; branches of one company are called the same, and at several. */
export function kinOf(priors: readonly Prior[], u: readonly (readonly number[])[]): readonly Kin[] {
  const relatives: Kin = {
    name: 'relatives',
    shared: priors.map((p) => p.shared),
    usual: priors.map((p, k) => (p.shared ? p.m : (u[k] ?? []))),
    unshared: ofRelatives(priors, u),
    known: priors.map((p) => p.relatives !== undefined),
    bounded: false,
    mostAstray: 0.5,
  };
  const branches: Kin = {
    name: 'branches',
    shared: priors.map((p) => p.place !== 'exact'),
    usual: priors.map((p, k) => (p.place === undefined ? p.m : (u[k] ?? []))),
    unshared: priors.map((p, k) => p.neighbours ?? u[k] ?? []),
    known: priors.map((p) => p.neighbours !== undefined),
    // Else a few with one name, among the many who have a country and a word in common, would make every name one of branches.
    bounded: true,
    // Those in one town have words of their street in common too, and so look less like chance.
    mostAstray: 0.2,
  };
  return priors.some((p) => p.place === 'exact') ? [relatives, branches] : [relatives];
}

/** The attributes that they don't share, by number. */
export function ownOf({ shared }: Kin): readonly number[] {
  return shared.flatMap((is, k) => (is ? [] : [k]));
}
