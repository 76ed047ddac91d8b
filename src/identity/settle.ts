import type { Decided, DecisionEvent } from './decisions.js';
import { decidedOf } from './decisions.js';
import { forest } from './forest.js';

/** Why a decision does not count though nobody undid it: earlier ones say the opposite. */
export interface Contradiction {
  /** The decisions that it contradicts together. */
  readonly with: readonly string[];
  /** How they lead from one side to the other, in words. */
  readonly chain: string;
}

/** What events come to. */
export interface Settled {
  /** The decisions that count, in their order. */
  readonly decided: readonly Decided[];
  /** Event → the event that undid it. */
  readonly undone: ReadonlyMap<string, string>;
  /** Decision → what it contradicts. */
  readonly lost: ReadonlyMap<string, Contradiction>;
}

/**
 * What the events come to: nothing but the decisions that nobody undid, in their order, of two that contradict each other the earlier one. So
 * any history of decisions and undos equals the decisions that remain.
 */
export function settle(events: readonly DecisionEvent[]): Settled {
  const undone = undoneOf(events);
  const lost = new Map<string, Contradiction>();
  const decided: Decided[] = [];
  const graphs = new Map<string, ReturnType<typeof graph>>();
  for (const event of events) {
    if (event.decision === 'undo' || undone.has(event.id)) continue;
    const one = decidedOf(event);
    const of = graphs.get(one.entity) ?? graph();
    graphs.set(one.entity, of);
    const contradiction = of.add(one);
    if (contradiction === null) decided.push(one);
    else lost.set(one.id, contradiction);
  }
  return { decided, undone, lost };
}

/** Event → the event that undid it, and that nobody undid in turn. An undo names what it undoes by its digest, so none goes round in a circle. */
function undoneOf(events: readonly DecisionEvent[]): ReadonlyMap<string, string> {
  const undos = new Map<string, string[]>();
  for (const event of events) if (event.decision === 'undo') undos.set(event.undoes, [...(undos.get(event.undoes) ?? []), event.id]);
  const undoneBy = (id: string): string | undefined => undos.get(id)?.findLast((undo) => undoneBy(undo) === undefined);
  return new Map(
    events.flatMap(({ id }) => {
      const by = undoneBy(id);
      return by === undefined ? [] : [[id, by]];
    }),
  );
}

/** Which records decisions make one, and which they keep apart; a decision that contradicts them is not taken in. */
function graph(): { readonly add: (decided: Decided) => Contradiction | null } {
  const { find, join } = forest<string>();
  const links = new Map<string, { readonly to: string; readonly by: string }[]>();
  /** Root → decision that keeps it from others → the part that it is in. */
  const sides = new Map<string, Map<string, number>>();
  const apart = new Map<string, Decided>();

  const path = (from: string, to: string): readonly { readonly to: string; readonly by: string }[] => {
    const cameFrom = new Map<string, { readonly from: string; readonly by: string } | null>([[from, null]]);
    const queue = [from];
    for (const at of queue) {
      if (at === to) break;
      for (const link of links.get(at) ?? []) {
        if (cameFrom.has(link.to)) continue;
        cameFrom.set(link.to, { from: at, by: link.by });
        queue.push(link.to);
      }
    }
    const steps: { to: string; by: string }[] = [];
    for (let at = to, step = cameFrom.get(at); step !== undefined && step !== null; step = cameFrom.get(at)) {
      steps.unshift({ to: at, by: step.by });
      at = step.from;
    }
    return steps;
  };
  const told = (from: string, steps: readonly { readonly to: string; readonly by: string }[]): string =>
    `${from}${steps.map((s) => ` = ${s.to} (${s.by})`).join('')}`;

  const addSame = (decided: Decided, a: string, b: string): Contradiction | null => {
    const [x, y] = [find(a), find(b)];
    if (x !== y) {
      for (const [by, part] of sides.get(x) ?? []) {
        const other = sides.get(y)?.get(by);
        const against = apart.get(by);
        if (other === undefined || other === part || against === undefined) continue;
        const [left, right] = [against.parts[part]?.find((r) => find(r) === x) ?? a, against.parts[other]?.find((r) => find(r) === y) ?? b];
        const [there, on] = [path(left, a), path(b, right)];
        return {
          with: [...new Set([...there, ...on].map((s) => s.by)), by],
          chain: `${told(left, [...there, { to: b, by: decided.id }, ...on])}, but ${left} ≠ ${right} (${by})`,
        };
      }
      const [to, from] = (sides.get(x)?.size ?? 0) >= (sides.get(y)?.size ?? 0) ? [x, y] : [y, x];
      join(from, to);
      const mine = sides.get(to) ?? new Map<string, number>();
      for (const [by, part] of sides.get(from) ?? []) mine.set(by, part);
      sides.set(to, mine);
      sides.delete(from);
    }
    for (const [here, to] of [
      [a, b],
      [b, a],
    ] as const)
      links.set(here, [...(links.get(here) ?? []), { to, by: decided.id }]);
    return null;
  };

  const addApart = (decided: Decided): Contradiction | null => {
    const partOf = new Map<string, { readonly part: number; readonly record: string }>();
    for (const [part, records] of decided.parts.entries()) {
      for (const record of records) {
        const other = partOf.get(find(record));
        if (other !== undefined && other.part !== part) {
          const steps = path(other.record, record);
          return {
            with: [...new Set(steps.map((s) => s.by))],
            chain: `${told(other.record, steps)}, but ${other.record} ≠ ${record} (${decided.id})`,
          };
        }
        partOf.set(find(record), { part, record });
      }
    }
    for (const [root, { part }] of partOf) sides.set(root, (sides.get(root) ?? new Map<string, number>()).set(decided.id, part));
    apart.set(decided.id, decided);
    return null;
  };

  return {
    add: (decided) => {
      const [[a = '', b = a] = []] = decided.parts;
      if (decided.kind === 'same') return addSame(decided, a, b);
      return decided.kind === 'value' ? null : addApart(decided);
    },
  };
}

/** Decisions that nobody undid, though one that they rest on was; the last first. */
export function restless(events: readonly DecisionEvent[], { undone }: Settled): readonly string[] {
  return events
    .filter((event) => event.decision !== 'undo' && !undone.has(event.id) && event.rests_on.some((id) => undone.has(id)))
    .map(({ id }) => id)
    .reverse();
}
