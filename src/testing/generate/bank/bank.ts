import type { Plan } from '../data.js';
import { dayOf, padded } from '../notation.js';
import { type People, type Person, peopleOf } from '../people.js';
import { keyed, permutation, type Random } from '../random.js';
import { type Branch, branchesOf } from './branches.js';

/** The first day and the last that activity can have, as days since 1970-01-01. */
export const period = { first: dayOf('2023-01-01'), last: dayOf('2025-12-31') } as const;

/** What a customer has come to. */
export type State = 'active' | 'at_risk' | 'churned';

type Range = readonly [number, number];

/** What customers of a state do, each as the least and the most of it. Days are before the period's last. */
interface Habits {
  readonly cases: Range;
  readonly sessions: Range;
  readonly events: Range;
  readonly notes: Range;
  readonly invoices: Range;
  readonly tasks: Range;
  readonly accounts: Range;
  readonly surveys: Range;
  readonly silentDays: Range;
}

/** The habits by state. Churned customers stop 3 to 12 months before the end. */
export const habits: Readonly<Record<State, Habits>> = {
  active: {
    cases: [0, 2],
    sessions: [30, 60],
    events: [4, 10],
    notes: [0, 3],
    invoices: [16, 30],
    tasks: [1, 3],
    accounts: [2, 4],
    surveys: [1, 3],
    silentDays: [0, 20],
  },
  at_risk: {
    cases: [2, 5],
    sessions: [15, 30],
    events: [2, 5],
    notes: [2, 4],
    invoices: [8, 16],
    tasks: [1, 4],
    accounts: [1, 3],
    surveys: [1, 3],
    silentDays: [21, 80],
  },
  churned: {
    cases: [3, 8],
    sessions: [5, 15],
    events: [1, 3],
    notes: [2, 5],
    invoices: [4, 10],
    tasks: [0, 3],
    accounts: [1, 2],
    surveys: [0, 2],
    silentDays: [92, 365],
  },
};

const share = { active: 0.6, atRisk: 0.25 };

/** One customer: the person, and what decides their rows in all systems. */
export interface Customer {
  readonly index: number;
  readonly person: Person;
  readonly state: State;
  readonly branch: Branch;
  /** How the ERP spells the branch of this customer. */
  readonly territory: string;
  /** The number that follows the name in the ERP, which makes it unique there. */
  readonly number: string;
  readonly joined: number;
  /** The last day on which anything was heard of the customer. */
  readonly last: number;
  readonly contactId: string;
}

/** The bank of one plan; customers are functions of their index. */
export interface Bank extends Plan {
  readonly people: People;
  readonly branches: readonly Branch[];
  readonly customer: (index: number) => Customer;
}

/** Draws how many there are of something. */
export function drawn(random: Random, [least, most]: Range): number {
  return random.int(least, most);
}

/** The day of item `at` of `count` between a customer's first and last: in order, the last one on the last day. */
export function dayAmong(at: number, count: number, { joined, last }: Customer, random: Random): number {
  const from = Math.min(Math.max(joined, period.first), last);
  if (at === count - 1) return last;
  return from + Math.floor(((at + random.fraction()) * (last - from)) / count);
}

/** An identifier as Salesforce makes them: 18 characters, the first three of which tell the object. */
export function salesforceId(prefix: string, number: number): string {
  return `${prefix}OF${padded36(number, 10)}AAK`;
}

function padded36(value: number, width: number): string {
  return value.toString(36).toUpperCase().padStart(width, '0');
}

/** The bank of a plan. The shares of states hold to the customer. */
export function bankOf(plan: Plan): Bank {
  const { seed, customers, dirt } = plan;
  const people = peopleOf(seed, customers, dirt);
  const branches = branchesOf(seed, customers);
  const facts = keyed(seed, 'bank customer');
  const rank = permutation(seed, 'bank state', customers);
  const number = permutation(seed, 'bank number', customers);
  const contact = permutation(seed, 'bank contact', customers);
  const width = Math.max(3, String(customers).length);
  const active = Math.round(customers * share.active);
  const atRisk = active + Math.round(customers * share.atRisk);
  let known: Customer | undefined;
  const customer = (index: number): Customer => {
    if (known?.index === index) return known;
    const random = facts(index);
    const place = rank(index);
    const state = place < active ? 'active' : place < atRisk ? 'at_risk' : 'churned';
    const branch = random.pick(branches);
    const spelled = random.chance(Math.min(0.9, 0.3 * dirt.format));
    known = {
      index,
      person: people.person(index),
      state,
      branch,
      territory: spelled ? random.pick(branch.spellings).text : branch.name,
      number: padded(number(index) + 1, width),
      joined: random.int(dayOf('2016-01-01'), dayOf('2024-06-30')),
      last: period.last - drawn(random, habits[state].silentDays),
      contactId: salesforceId('003', contact(index)),
    };
    return known;
  };
  return { ...plan, people, branches, customer };
}

/** The same rows for every customer, customer by customer: nothing is kept. */
export function* ofAll<Made>({ customers, customer }: Bank, rows: (one: Customer) => Iterable<Made>): Generator<Made> {
  for (let index = 0; index < customers; index += 1) yield* rows(customer(index));
}
