import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Assertion, IdentifierLimits } from '../../src/identity/cluster.js';
import { cluster } from '../../src/identity/cluster.js';

const unique: IdentifierLimits = { unique: 'entity', maxRecords: 10 };

/** `crm:A own crm=A`, `pay:P says crm=A ×3`: a small language for who says what. */
function resolve(words: readonly string[], limits: Readonly<Record<string, IdentifierLimits>>) {
  const names = [...new Set(words.map((w) => w.split(' ')[0] ?? ''))].sort();
  const identifiers = Object.keys(limits);
  const values: string[] = [];
  const sources = [...new Set(names.map((n) => n.split(':')[0] ?? ''))];
  const assertions = words.map((word): Assertion => {
    const [record = '', verb, pair = '', times] = word.split(' ');
    if (!values.includes(pair)) values.push(pair);
    const source = sources.indexOf(record.split(':')[0] ?? '');
    return {
      record: names.indexOf(record),
      identifier: identifiers.indexOf(pair.split('=')[0] ?? ''),
      value: values.indexOf(pair),
      source,
      stream: source,
      own: verb === 'own',
      weight: Number(times?.slice(1) ?? 1),
    };
  });
  const { clusterOf, decisions } = cluster(names.length, values.length, assertions, Object.values(limits));
  const groups = new Map<number, string[]>();
  for (const [i, name] of names.entries()) groups.set(clusterOf[i] ?? -1, [...(groups.get(clusterOf[i] ?? -1) ?? []), name]);
  return {
    groups: [...groups.values()].map((g) => g.join(' ')).sort(),
    decisions: Object.fromEntries(words.map((w, i) => [w, decisions[i]])),
  };
}

const systems = { crm: unique, pay: unique, erp: unique };

describe('clusters from identifiers', () => {
  it('links records that share an identifier', () => {
    const { groups } = resolve(['crm:A own crm=A', 'crm:A says pay=P', 'pay:P own pay=P', 'erp:E own erp=E', 'erp:E says pay=P'], systems);
    expect(groups).toEqual(['crm:A erp:E pay:P']);
  });

  it('follows the word of more observations, and says which lost', () => {
    const words = ['crm:A own crm=A', 'crm:B own crm=B', 'pay:P own pay=P', 'pay:P says crm=A x9', 'pay:P says crm=B x1'];
    const { groups, decisions } = resolve(words, systems);
    expect(groups).toEqual(['crm:A pay:P', 'crm:B']);
    expect(decisions['pay:P says crm=B x1']).toBe('outweighed');
  });

  it('corrects a record that is wrong about its own reference when the others say so', () => {
    // Two accounts claim payer P; the payments of P and Q say who they really belong to.
    const words = [
      'crm:A own crm=A',
      'crm:A says pay=P',
      'crm:B own crm=B',
      'crm:B says pay=P',
      'pay:P own pay=P',
      'pay:P says crm=A x4',
      'pay:Q own pay=Q',
      'pay:Q says crm=B x3',
    ];
    const { groups, decisions } = resolve(words, systems);
    expect(groups).toEqual(['crm:A pay:P', 'crm:B pay:Q']);
    expect(decisions['crm:B says pay=P']).toBe('outweighed');
  });

  it('decides nothing where equally strong words exclude each other', () => {
    const words = [
      'crm:A own crm=A',
      'crm:A says pay=P',
      'crm:B own crm=B',
      'crm:B says pay=P',
      'pay:P own pay=P',
      'erp:E own erp=E',
      'erp:E says pay=P',
    ];
    const { groups, decisions } = resolve(words, systems);
    expect(groups).toEqual(['crm:A', 'crm:B', 'erp:E pay:P']);
    expect(decisions['crm:A says pay=P']).toBe('undecided');
    expect(decisions['crm:B says pay=P']).toBe('undecided');
    expect(decisions['erp:E says pay=P']).toBe('linked');
  });

  it('takes no link of a chain of equal words whose ends exclude each other', () => {
    const limits = { crm: unique, box: { unique: undefined, maxRecords: 10 }, tag: { unique: undefined, maxRecords: 10 } };
    const words = ['crm:A own crm=A', 'crm:A says box=1', 'web:W says box=1', 'web:W says tag=2', 'crm:B own crm=B', 'crm:B says tag=2'];
    const { groups } = resolve(words, limits);
    expect(groups).toEqual(['crm:A', 'crm:B', 'web:W']);
  });

  it('gives no force to a value that too many records share', () => {
    const limits = { crm: unique, mail: { unique: undefined, maxRecords: 2 } };
    const words = [
      'crm:A own crm=A',
      'crm:A says mail=info',
      'crm:B own crm=B',
      'crm:B says mail=info',
      'crm:C own crm=C',
      'crm:C says mail=info',
    ];
    const { groups, decisions } = resolve(words, limits);
    expect(groups).toHaveLength(3);
    expect(decisions['crm:A says mail=info']).toBe('widely_shared');
  });

  it('allows one value per source where an identifier is unique in each source', () => {
    const limits = { id: { unique: undefined, maxRecords: 10 }, mail: { unique: 'source' as const, maxRecords: 10 } };
    const words = ['a:1 says id=x x5', 'a:1 says mail=m', 'a:2 says id=x x4', 'a:2 says mail=n', 'b:3 says id=x x3', 'b:3 says mail=o'];
    const { groups } = resolve(words, limits);
    expect(groups).toEqual(['a:1 b:3', 'a:2']);
  });
});

const word = fc.record({
  from: fc.constantFrom('crm:A', 'crm:B', 'crm:C', 'pay:P', 'pay:Q', 'erp:E', 'erp:F'),
  to: fc.constantFrom('crm=A', 'crm=B', 'crm=C', 'pay=P', 'pay=Q', 'pay=R', 'erp=E', 'erp=F'),
  weight: fc.integer({ min: 1, max: 4 }),
});
const owns = [
  'crm:A own crm=A',
  'crm:B own crm=B',
  'crm:C own crm=C',
  'pay:P own pay=P',
  'pay:Q own pay=Q',
  'erp:E own erp=E',
  'erp:F own erp=F',
];

describe('properties of clusters', () => {
  const said = fc
    .uniqueArray(word, { selector: (w) => `${w.from} ${w.to}`, maxLength: 14 })
    .map((words) => words.filter((w) => w.to !== w.from.replace(':', '=')).map((w) => `${w.from} says ${w.to} x${w.weight}`));

  it('never puts two ids of one system into one cluster', () => {
    fc.assert(
      fc.property(said, (words) => {
        for (const group of resolve([...owns, ...words], systems).groups) {
          const members = group.split(' ').map((m) => m.split(':')[0]);
          expect(new Set(members).size).toBe(members.length);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('gives the same answer in any order of words', () => {
    fc.assert(
      fc.property(
        said.chain((words) =>
          fc.tuple(fc.constant(words), fc.shuffledSubarray([...owns, ...words], { minLength: owns.length + words.length })),
        ),
        ([words, shuffled]) => {
          const [one, other] = [resolve([...owns, ...words], systems), resolve(shuffled, systems)];
          expect(other.groups).toEqual(one.groups);
          expect(other.decisions).toEqual(one.decisions);
        },
      ),
      { numRuns: 500 },
    );
  });
});
