import type { Matched } from './features.js';
import { mostAmongRelatives } from './kinds.js';
import { isOfPeople } from './looks.js';
import type { Prior } from './mixture.js';

/*
 * Who has much in common and is not one. Relatives share a household, a company, a place, and are called otherwise. Branches of one company are called the
 * same, have one website, perhaps one number, and are at several places.
 */

/**
 * Of each attribute, what it says of where a branch is: branches are told from one another by the most exact place that there is. Nothing where an entity has no
 * branches: people move, and what has no name, title or code of its own is no company.
 */
export function placesOfBranches(attributes: readonly Matched[]): readonly Prior['place'][] {
  const exactest = Math.max(...attributes.map(({ kind }) => kind.place ?? 0));
  const hasBranches =
    attributes.some(({ kind }) => kind.distinctive) && !attributes.some(({ kind }) => isOfPeople(kind.name.replace('[]', '')));
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
  return {
    relatives: attributes.map(({ kind }) => mostAmongRelatives(kind)),
    branches: places.includes('exact') ? places.map((place) => (place === 'exact' ? Number.POSITIVE_INFINITY : 0)) : null,
  };
}
