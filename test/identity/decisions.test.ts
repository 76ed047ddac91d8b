import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Assertion, IdentifierLimits } from '../../src/identity/cluster.js';
import { cluster } from '../../src/identity/cluster.js';
import { constraintsOf } from '../../src/identity/constraints.js';
import type { DecisionEvent } from '../../src/identity/decisions.js';
import { lineOf, parseDecisions, withId } from '../../src/identity/decisions.js';
import { restless, settle } from '../../src/identity/settle.js';
import { link } from '../support/pairs.js';

let clock = 0;
const signed = () => ({ at: new Date(Date.UTC(2025, 0, 1) + clock++ * 1000).toISOString(), by: 'ann', why: 'seen' });
const about = { entity: 'customer', rests_on: [] };
const r = (name: string) => `crm.people:${name}`;
const same = (a: string, b: string, rests_on: string[] = []) =>
  withId({ ...signed(), ...about, rests_on, decision: 'same', records: [r(a), r(b)] });
const different = (a: string, b: string) => withId({ ...signed(), ...about, decision: 'different', records: [r(a), r(b)] });
const split = (...parts: string[][]) => withId({ ...signed(), ...about, decision: 'split', parts: parts.map((p) => p.map(r)) });
const undo = (event: DecisionEvent) => withId({ ...signed(), decision: 'undo', undoes: event.id });
const standing = (events: readonly DecisionEvent[]) => settle(events).decided.map((d) => d.id);

describe('the file', () => {
  test('is read back as it was written, in any ending of lines, and a line that is there twice counts once', () => {
    const events = [same('A', 'B'), different('A', 'C'), split(['A'], ['D', 'E'])];
    const text = events.map(lineOf).join('');
    expect(parseDecisions(text)).toEqual({ events, problems: [] });
    expect(parseDecisions(`\uFEFF\n${text.replaceAll('\n', '\r\n')}${text}`)).toEqual({ events, problems: [] });
  });

  test('says the same in any order of its lines, as a merge of branches leaves them', () => {
    const [ab, ac, bc] = [same('A', 'B'), different('A', 'C'), same('B', 'C')];
    const [first, second] = [undo(ab), undo(ac)];
    const events = [ab, ac, bc, first, second, undo(second)];
    const shuffled = fc.shuffledSubarray(events, { minLength: events.length });
    fc.assert(
      fc.property(shuffled, (lines) => {
        expect(parseDecisions(lines.map(lineOf).join('')).events).toEqual(events);
        expect(settle(lines).undone).toEqual(settle(events).undone);
      }),
    );
  });

  test('says every broken line by its number', () => {
    const good = lineOf(same('A', 'B'));
    const edited = good.replace('seen', 'not seen');
    const { problems } = parseDecisions(`${good}{"format":1\n\n${edited}<<<<<<< HEAD\n${good.replace('"same"', '"equal"')}`);
    expect(problems.map((p) => p.path)).toEqual(['line 2', 'line 4', 'line 5', 'line 6']);
    expect(problems.map((p) => p.message)).toEqual([
      'is no JSON object',
      expect.stringMatching(/^its id is not that of what it says/),
      expect.stringContaining('git'),
      expect.stringContaining('decision'),
    ]);
  });
});

describe('contradictions', () => {
  test('the later one is not followed, and the chain is named', () => {
    const [ab, bc, ac] = [same('A', 'B'), same('B', 'C'), different('A', 'C')];
    const { decided, lost } = settle([ab, bc, ac]);
    expect(decided.map((d) => d.id)).toEqual([ab.id, bc.id]);
    expect(lost.get(ac.id)).toEqual({
      with: [ab.id, bc.id],
      chain: `crm.people:A = crm.people:B (${ab.id}) = crm.people:C (${bc.id}), but crm.people:A ≠ crm.people:C (${ac.id})`,
    });
    const other = settle([ac, ab, bc]);
    expect(other.decided.map((d) => d.id)).toEqual([ac.id, ab.id]);
    expect(other.lost.get(bc.id)).toEqual({
      with: [ab.id, ac.id],
      chain: `crm.people:A = crm.people:B (${ab.id}) = crm.people:C (${bc.id}), but crm.people:A ≠ crm.people:C (${ac.id})`,
    });
  });

  test('count between parts of a split, through whatever is one with them, and between entities not at all', () => {
    const [parts, da, ec] = [split(['A', 'B'], ['C']), same('D', 'A'), same('E', 'C')];
    const de = same('D', 'E');
    expect(settle([parts, da, ec, de]).lost.get(de.id)?.with).toEqual([da.id, ec.id, parts.id]);
    expect(settle([parts, same('A', 'B')]).lost.size).toBe(0);
    const branch = withId({ ...signed(), entity: 'branch', rests_on: [], decision: 'same', records: [r('A'), r('C')] });
    expect(settle([parts, branch]).lost.size).toBe(0);
  });
});

const names = ['A', 'B', 'C', 'D', 'E'];
const pair = fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names)).filter(([a, b]) => a !== b);
const act = fc.oneof(
  { weight: 3, arbitrary: pair.map(([a, b]) => ({ kind: 'same' as const, a, b })) },
  { weight: 2, arbitrary: pair.map(([a, b]) => ({ kind: 'different' as const, a, b })) },
  { weight: 3, arbitrary: fc.nat(30).map((n) => ({ kind: 'undo' as const, n })) },
);
const history = fc.array(act, { maxLength: 25 }).map((acts) => {
  const events: DecisionEvent[] = [];
  for (const one of acts) {
    const target = one.kind === 'undo' ? events[one.n % Math.max(1, events.length)] : undefined;
    if (one.kind !== 'undo') events.push(one.kind === 'same' ? same(one.a, one.b) : different(one.a, one.b));
    else if (target !== undefined && !settle(events).undone.has(target.id)) events.push(undo(target));
  }
  return events;
});

/** Records as clusters, under decisions, where all share one identifier value that would make them one, or none does. */
function clustered(events: readonly DecisionEvent[], evidence: 'none' | 'all' | 'own'): readonly string[] {
  const assertions: Assertion[] = names.map((_, record) => ({
    record,
    identifier: 0,
    value: 0,
    source: 0,
    stream: 0,
    own: evidence === 'own',
    weight: record + 1,
  }));
  const limits: IdentifierLimits[] = [{ unique: undefined, maxRecords: 100 }];
  const constraints = constraintsOf(settle(events).decided, (record) => names.map(r).indexOf(record));
  const { clusterOf } = cluster(names.length, 1, evidence === 'none' ? [] : assertions, limits, constraints);
  return names.map((_, i) => names[clusterOf[i] ?? i] ?? '');
}

describe('properties of decisions', () => {
  test('any history of decisions and undos comes to what the decisions that remain come to alone', () => {
    fc.assert(
      fc.property(history, (events) => {
        const { undone } = settle(events);
        const remaining = events.filter((e) => e.decision !== 'undo' && !undone.has(e.id));
        expect(standing(events)).toEqual(standing(remaining));
        for (const evidence of ['none', 'all', 'own'] as const) expect(clustered(events, evidence)).toEqual(clustered(remaining, evidence));
      }),
      { numRuns: 300 },
    );
  });

  test('decisions that stand hold in clusters, whatever identifiers say, and an undo of the last one brings back what was', () => {
    fc.assert(
      fc.property(history, fc.constantFrom('none' as const, 'all' as const, 'own' as const), (events, evidence) => {
        const of = clustered(events, evidence);
        const at = (record: string) => of[names.map(r).indexOf(record)];
        for (const { kind, parts } of settle(events).decided) {
          const [left, right] = kind === 'same' ? (parts[0] ?? []) : parts.flat();
          expect(at(left ?? '') === at(right ?? '')).toBe(kind === 'same');
        }
        const more = same('A', 'E');
        expect(clustered([...events, more, undo(more)], evidence)).toEqual(of);
      }),
      { numRuns: 300 },
    );
  });

  test('hold among pairs that attributes join, and take no record from those it is linked with', () => {
    const weights = fc.array(fc.integer({ min: -9000, max: 9000 }), { minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(history, weights, (events, drawn) => {
        const pairs = names.flatMap((_, l) => names.slice(l + 1).map((__, i) => ({ l, r: l + 1 + i })));
        const weighed = pairs.map((p, i) => ({ ...p, weight: drawn[i] ?? 0 }));
        const constraints = constraintsOf(settle(events).decided, (record) => names.map(r).indexOf(record));
        const { clusterOf, partOf, held } = cluster(names.length, 0, [], [], constraints);
        const blocs = new Map(constraints.together.flat().map((record) => [partOf[record] ?? record, clusterOf[record] ?? record]));
        const rules = new Map([...held].map(([root, values]) => [root, new Map([...values].map(([rule, v]) => [rule, String(v)]))]));
        const answer = link(weighed, { held: rules, largest: 200, blocs });
        const at = (record: number) => answer.clusterOf.get(record) ?? record;
        for (const { kind, parts } of settle(events).decided) {
          const [left = 0, right = 0] = (kind === 'same' ? (parts[0] ?? []) : parts.flat()).map((record) => names.map(r).indexOf(record));
          expect(at(left) === at(right)).toBe(kind === 'same');
        }
        if (settle(events).decided.some((d) => d.kind !== 'same')) return;
        const alone = link(weighed, { held: new Map(), largest: 200 });
        for (const { l, r: other } of weighed) if (alone.clusterOf.get(l) === alone.clusterOf.get(other)) expect(at(l)).toBe(at(other));
      }),
      { numRuns: 300 },
    );
  });

  test('the order in which a chain of merges is undone does not matter', () => {
    const [ab, bc, cd] = [same('A', 'B'), same('B', 'C'), same('C', 'D')];
    fc.assert(
      fc.property(fc.shuffledSubarray([ab, bc, cd], { minLength: 3 }), (order) => {
        const events: DecisionEvent[] = [ab, bc, cd];
        for (const [i, event] of order.entries()) {
          events.push(undo(event));
          expect(standing(events)).toEqual([ab, bc, cd].filter((e) => !order.slice(0, i + 1).includes(e)).map((e) => e.id));
        }
        expect(clustered(events, 'none')).toEqual(names);
      }),
    );
  });

  test('an undone undo brings the decision back, in its old place', () => {
    const [ab, ac] = [same('A', 'B'), different('A', 'B')];
    const first = undo(ab);
    expect(standing([ab, first, ac])).toEqual([ac.id]);
    expect(standing([ab, first, ac, undo(first)])).toEqual([ab.id]);
  });

  test('decisions that stand on one that does not are named, the last first', () => {
    const ab = same('A', 'B');
    const [abc, abd] = [same('B', 'C', [ab.id]), same('B', 'D', [ab.id])];
    const events = [ab, abc, abd];
    expect(restless(events, settle(events))).toEqual([]);
    const later = [...events, undo(ab)];
    expect(restless(later, settle(later))).toEqual([abd.id, abc.id]);
    const last = [...later, undo(abd)];
    expect(restless(last, settle(last))).toEqual([abc.id]);
  });
});
