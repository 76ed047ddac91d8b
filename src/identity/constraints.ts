import type { Decided } from './decisions.js';

/** What clustering must heed, by number. */
export interface Constraints {
  /** Nodes that are one. */
  readonly together: readonly (readonly number[])[];
  /** Parts that are never one: each decision with its parts. */
  readonly apart: readonly { readonly rule: string; readonly parts: readonly (readonly number[])[] }[];
}

export const unconstrained: Constraints = { together: [], apart: [] };

/** Whether a rule that two clusters break by being one is a decision. */
export function isDecision(rule: string): boolean {
  return rule.startsWith('d_');
}

/**
 * The constraints that decisions come to among the records that are there. A record that is not there still carries what was decided through it:
 * A = X and X = C make A and C one whether X is there or not.
 */
export function constraintsOf(decided: readonly Decided[], numberOf: (record: string) => number | undefined): Constraints {
  const groups = groupsOf(decided);
  const present = (records: readonly string[]): readonly number[] =>
    [...new Set(records.flatMap((r) => groups.get(r) ?? [r]))].flatMap((r) => numberOf(r) ?? []).sort((a, b) => a - b);
  return {
    together: [...new Set(groups.values())].map(present).filter((group) => group.length > 1),
    apart: decided
      .filter((d) => d.kind === 'different' || d.kind === 'split')
      .map((d) => ({ rule: d.id, parts: d.parts.map(present) }))
      .filter(({ parts }) => parts.filter((p) => p.length > 0).length > 1),
  };
}

/** Record → all records that decisions make one with it. */
function groupsOf(decided: readonly Decided[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const { kind, parts } of decided) {
    if (kind !== 'same') continue;
    for (const record of parts[0] ?? []) {
      const first = parts[0]?.[0] ?? record;
      const [into, from] = [groups.get(first) ?? [first], groups.get(record) ?? [record]];
      if (into === from) continue;
      const all = [...new Set([...into, ...from])];
      for (const member of all) groups.set(member, all);
    }
  }
  return groups;
}

/** What a key event is told to come from. */
export type CauseOf = (event: 'merged' | 'split', here: readonly string[], there: readonly string[]) => string | null;

/**
 * Which decision joined, or parted, two sets of records: one that is new first, then one that stood, then one that stands no longer.
 * @param before the decisions that the last resolution followed
 */
export function causes(decided: readonly Decided[], before: readonly Decided[]): CauseOf | null {
  if (decided.length === 0 && before.length === 0) return null;
  const [stood, stands] = [new Set(before.map((d) => d.id)), new Set(decided.map((d) => d.id))];
  const groups = [groupsOf(decided), groupsOf(before)] as const;
  const candidates = [
    ...decided.filter((d) => !stood.has(d.id)).map((d) => ({ decision: d, gone: false })),
    ...decided.filter((d) => stood.has(d.id)).map((d) => ({ decision: d, gone: false })),
    ...before.filter((d) => !stands.has(d.id)).map((d) => ({ decision: d, gone: true })),
  ];
  return (event, here, there) => {
    const [left, right] = [new Set(here), new Set(there)];
    for (const { decision, gone } of candidates) {
      const joins = (decision.kind === 'same') !== gone;
      if (decision.kind === 'value' || joins !== (event === 'merged')) continue;
      const parts = (decision.kind === 'same' ? (decision.parts[0] ?? []).map((r) => [r]) : decision.parts).map((part) =>
        decision.kind === 'same' ? part : part.flatMap((r) => groups[gone ? 1 : 0].get(r) ?? [r]),
      );
      const leftParts = parts.flatMap((p, i) => (p.some((r) => left.has(r)) ? [i] : []));
      const rightParts = parts.flatMap((p, i) => (p.some((r) => right.has(r)) ? [i] : []));
      if (!leftParts.some((i) => rightParts.some((j) => i !== j))) continue;
      return gone ? `decision ${decision.id} stands no longer` : `decision ${decision.id} of ${decision.by}: ${decision.why}`;
    }
    return null;
  };
}
