import type { BlockingRule } from './blocking.js';
import { candidateRules } from './blocking.js';
import type { MatchModel } from './model.js';
import { attributesOf } from './model.js';

/* Which pairs are compared where all is known that decides it: by a model that was learned, or because the records are few. */

/** The blocking rules of a model, each with the most records that a block may have. Rules that are no longer known are left out. */
export function rulesOf(model: MatchModel): readonly { readonly rule: BlockingRule; readonly largest: number }[] {
  const known = new Map(candidateRules(attributesOf(model)).map((rule) => [rule.name, rule]));
  return model.blocking.flatMap(({ rule: name, largest }) => {
    const rule = known.get(name);
    return rule === undefined ? [] : [{ rule, largest }];
  });
}

/** The most pairs to compare: as many as are declared, or as the number of records suggests. */
export function budgetOf(declared: number | null, records: number): number {
  return declared ?? Math.max(2_000_000, 10 * records);
}

/** Whether every record is compared with every other, as far as sources matter; a model that is given says itself what is compared. */
export function isEverythingCompared(declared: number | null, isGiven: boolean, records: number): boolean {
  return !isGiven && (records * (records - 1)) / 2 <= budgetOf(declared, records);
}
