import type { Sql } from '../../sql/tag.js';

/** A feature of the attribute at hand on one side of a pair, or of the attribute of another kind; null where there is none. */
export type Side = (feature: string, kind?: string) => Sql;

/** One rung of a ladder: how alike two values are. The first whose condition holds counts. */
export interface Level {
  readonly name: string;
  readonly when: (left: Side, right: Side) => Sql;
  /** About how many of the pairs of one entity are expected here, before any data was seen. */
  readonly share: number;
  /** Likewise of the pairs of relatives, where these are more alike than chance has it: half of their name is the same. */
  readonly ofRelatives?: number;
  /** Likewise of the pairs of neighbours, where places are all that is known. */
  readonly ofNeighbours?: number;
  /** How many of the pairs that are here are of one entity, where nothing else is known of them and nothing was learned of the rung; left out where that is anybody's guess. */
  readonly areOne?: number;
  /** The condition as the project wrote it, where it did. */
  readonly sql?: string;
}

/** A value that records which may be the same have in common, so that they are compared. */
export interface BlockingKey {
  readonly name: string;
  /** Text, or null where the record has no such key; a list where it has several. */
  readonly of: (side: Side) => Sql;
  readonly list?: boolean;
  /** In what share of the pairs of one entity it is expected to be the same, where both have it, before any data was seen. */
  readonly agrees: number;
  /** Whether it says enough alone; others are only used two by two. */
  readonly alone: boolean;
}

/** Gives what stands for a piece of SQL in others, so that it is worked out once for all of them. */
export type Once = (piece: Sql) => Sql;

/** Where there is no place for it: the piece itself. */
export const eachTime: Once = (piece) => piece;

/** What kind of thing an attribute is: how its values are prepared, compared, and used to find candidates. */
export interface AttributeKind {
  readonly name: string;
  /** Names of attributes that mean this kind, where the project does not say. */
  readonly aliases: readonly string[];
  /** Columns made from a value (text, not null), once per distinct value. `norm` must be among them: null where nothing is left. */
  readonly features: (value: Sql, once: Once) => Readonly<Record<string, Sql>>;
  /** From most to least alike; the first is equality. What is on none of them disagrees. */
  readonly levels: readonly Level[];
  readonly keys: readonly BlockingKey[];
  /**
   * Whether agreement on a rare value says more than on a common one: the number of further records that are reckoned with
   * where the data shows none; null where all values are alike.
   */
  readonly rarity: number | null;
  /** `name`: what somebody is called. `of_names`: what many make of their names, as e-mail addresses are; namesakes have it nearly in common. */
  readonly naming?: 'name' | 'of_names';
  /**
   * Whether its values are there to tell one from another, as codes, titles and names of companies are, and not just as it comes, as names of people
   * are and what people have in common: then agreement on one may make two records one, though nothing else agrees.
   */
  readonly distinctive: boolean;
  /** Whether it was given once and for all, so that who is one has the same, but for slips. */
  readonly issued?: boolean;
  /** Whether people of one household or company, or what is at one place, often have it in common. */
  readonly shared: boolean;
  /** How exactly it says where something is, from 1 on: branches of one company are told from one another by the most exact that there is. */
  readonly place?: number;
  /** Whether values of one attribute often come with those of another by chance, as city, postcode and country do. */
  readonly correlated?: boolean;
}

/** Whether it is known beforehand of which pairs on its ladder most are of one entity. */
export function knowsOne({ levels }: AttributeKind): boolean {
  return levels.some(({ areOne }) => areOne !== undefined);
}

/**
 * Bits up to which the rarity of a value that two have in common tells them from relatives: none where these share it; where families use a value again,
 * as fathers and sons do of names, as many as that is seldom.
 */
export function mostAmongRelatives({ shared, levels }: AttributeKind): number {
  const again = levels[0]?.ofRelatives;
  return shared ? 0 : again === undefined ? Number.POSITIVE_INFINITY : -Math.log2(again);
}
