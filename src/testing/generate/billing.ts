import type { FileOfRecords, FileOfTruth, Plan, Row } from './data.js';
import type { Dirt } from './dirt.js';
import { left, reference } from './faults.js';
import { defineGenerator } from './generator.js';
import { dateNotations, dayOf, digits, padded, timeOf, writtenDay, writtenMoney } from './notation.js';
import { keyed, permutation, type Random } from './random.js';
import { withRepeats } from './repeats.js';
import { personId } from './truth.js';
import { latinName } from './words/people.js';
import { csvLayout, csvRecord, jsonArrayLayout, jsonItem } from './write.js';

/** Three billing systems and a support desk in which only identifiers tell customers apart. */
export const billing = defineGenerator({
  name: 'billing',
  summary: 'Stripe, Salesforce, NetSuite and support: shared names and e-mails, so that only identifiers decide',
  customers: 1000,
  data: (plan) => {
    const world = worldOf(plan);
    return { files: [stripe(world), salesforce(world), netsuite(world), support(world)], truth: [persons(world)] };
  },
});

// Ten by ten: a hundred names, and the e-mails made from them, for all customers, so that neither identifies anybody.
const given = ['Ari', 'Blake', 'Cameron', 'Drew', 'Emery', 'Finley', 'Harper', 'Kai', 'Logan', 'Sasha'] as const;
const family = ['Baker', 'Carter', 'Evans', 'Foster', 'Green', 'Hughes', 'Mitchell', 'Parker', 'Turner', 'Walker'] as const;

const usual = { repeated: 0.03, noAmount: 0.02, noAccount: 0.1, otherAccount: 0.05, noRevenue: 0.02, noStripe: 0.05, wrongAccount: 0.001 };
const paymentDays = 10_000;

/** One population under the identifiers of the three systems; customers are numbered from 0. */
interface World {
  readonly seed: number;
  readonly customers: number;
  readonly share: typeof usual;
  readonly name: (customer: number) => string;
  readonly stripeId: (customer: number) => string;
  readonly salesforceId: (customer: number) => string;
  readonly netsuiteId: (customer: number) => string;
}

function shares({ missing, contradicting, repeated }: Dirt): typeof usual {
  const scaled = (share: number, factor: number): number => Math.min(0.9, share * factor);
  return {
    repeated: scaled(usual.repeated, repeated),
    noAmount: scaled(usual.noAmount, missing),
    noAccount: scaled(usual.noAccount, missing),
    otherAccount: scaled(usual.otherAccount, contradicting),
    noRevenue: scaled(usual.noRevenue, missing),
    noStripe: scaled(usual.noStripe, missing),
    wrongAccount: scaled(usual.wrongAccount, contradicting),
  };
}

function worldOf({ seed, customers, dirt }: Plan): World {
  const width = Math.max(4, String(customers).length);
  const names = keyed(seed, 'billing name');
  const numbered = (prefix: string): ((customer: number) => string) => {
    const number = permutation(seed, `billing ${prefix}`, customers);
    return (customer) => prefix + padded(number(customer) + 1, width);
  };
  return {
    seed,
    customers,
    share: shares(dirt),
    name: (customer) => {
      const random = names(customer);
      return `${random.pick(given)} ${random.pick(family)}`;
    },
    // Stripe numbers customers in order, so that any number beyond the last is known to nobody.
    stripeId: (customer) => `PAY${padded(customer + 1, width)}`,
    salesforceId: numbered('SAL'),
    netsuiteId: numbered('NET'),
  };
}

function stripe({ seed, customers, share, name, stripeId, salesforceId }: World): FileOfRecords {
  const paid = customers * 10;
  const count = paid + Math.round(paid * share.noAmount);
  const rows = keyed(seed, 'billing payment');
  const accountRank = permutation(seed, 'billing payment without account', paid);
  const first = dayOf('2025-03-01');
  const payment = (index: number): Row => {
    const random = rows(index);
    const customer = random.int(0, customers - 1);
    const wrong = random.chance(share.otherAccount) ? random.int(0, customers - 1) : customer;
    const euro = random.chance(0.5);
    const amount = writtenMoney(random.int(5000, 199_999), euro ? '€' : '$', random.chance(0.5));
    const day = index < paid ? Math.floor((index * paymentDays) / paid) : random.int(0, paymentDays - 1);
    const linked = index >= paid || accountRank(index) >= Math.round(paid * share.noAccount);
    const right = salesforceId(customer);
    const account = linked ? salesforceId(wrong) : '';
    const written = index < paid ? amount : '';
    const text = csvRecord([
      stripeId(customer),
      name(customer),
      account,
      written,
      euro ? 'EUR' : 'USD',
      writtenDay(first + day, random.pick(dateNotations)),
    ]);
    const faults = [...reference('Metadata_SAL_ID', account, right), ...left('Amount', written, amount)];
    return { text, id: stripeId(customer), number: customer, person: customer, faults };
  };
  return {
    name: 'stripe.csv',
    source: 'stripe',
    stream: 'payments',
    layout: csvLayout(['Customer_ID', 'Customer_Name', 'Metadata_SAL_ID', 'Amount', 'Currency', 'Date']),
    expected: count * (1 + share.repeated),
    rows: withRepeats(count, Math.round(count * share.repeated), permutation(seed, 'billing repeat 1', count), payment),
  };
}

function salesforce({ seed, customers, share, name, stripeId, salesforceId }: World): FileOfRecords {
  const rows = keyed(seed, 'billing account');
  const order = permutation(seed, 'billing account order', customers);
  const wrongRank = permutation(seed, 'billing wrong account', customers);
  const wrong = share.wrongAccount === 0 ? 0 : Math.max(1, Math.round(customers * share.wrongAccount));
  const first = dayOf('2024-01-01');
  const account = (index: number): Row => {
    const random = rows(index);
    const customer = order(index);
    const claimed = wrongRank(index) < wrong ? (customer + 1) % customers : customer;
    const text = csvRecord([
      salesforceId(customer),
      name(customer),
      stripeId(claimed),
      `${name(customer).replace(' ', '').toLowerCase()}@example.com`,
      `+${random.int(1, 99)} ${digits(random, 10)}`,
      writtenDay(first + Math.floor((index * 1000) / customers), 'iso'),
    ]);
    const faults = reference('Stripe_ID', stripeId(claimed), stripeId(customer));
    return { text, id: salesforceId(customer), number: customer, person: customer, faults };
  };
  const repeated = Math.round(customers * share.repeated);
  return {
    name: 'salesforce.csv',
    source: 'salesforce',
    stream: 'accounts',
    layout: csvLayout(['Account_ID', 'Account_Name', 'Stripe_ID', 'Email', 'Phone_Number', 'Closed_Contract_Date']),
    expected: customers + repeated,
    rows: withRepeats(customers, repeated, permutation(seed, 'billing repeat 2', customers), account),
  };
}

function netsuite({ seed, customers, share, name, stripeId, netsuiteId }: World): FileOfRecords {
  const rows = keyed(seed, 'billing revenue');
  const order = permutation(seed, 'billing revenue order', customers);
  const stripeRank = permutation(seed, 'billing revenue without stripe', customers);
  const revenueRank = permutation(seed, 'billing revenue missing', customers);
  const first = dayOf('2025-03-01');
  const revenue = (index: number): Row => {
    const customer = order(index);
    const known = revenueRank(index) >= Math.round(customers * share.noRevenue);
    const payer = stripeRank(index) < Math.round(customers * share.noStripe) ? '' : stripeId(customer);
    // The whole double, as a system writes it that keeps money in floating point: up to 14 decimals.
    const amount = String(500 + 4500 * rows(index).fraction());
    const text = csvRecord([
      netsuiteId(customer),
      name(customer),
      payer,
      known ? amount : '',
      writtenDay(first + Math.floor((index * 1000) / customers), 'slashed'),
    ]);
    const faults = [...reference('Stripe_ID', payer, stripeId(customer)), ...left('Revenue', known ? amount : '', amount)];
    return { text, id: netsuiteId(customer), number: customer, person: customer, faults };
  };
  const repeated = Math.round(customers * share.repeated);
  return {
    name: 'netsuite.csv',
    source: 'netsuite',
    stream: 'revenue',
    layout: csvLayout(['Customer_ID', 'Customer_Name', 'Stripe_ID', 'Revenue', 'Date']),
    expected: customers + repeated,
    rows: withRepeats(customers, repeated, permutation(seed, 'billing repeat 3', customers), revenue),
  };
}

function support({ seed, customers }: World): FileOfRecords {
  const rows = keyed(seed, 'billing ticket');
  const first = dayOf('2024-04-01');
  const ticket = (index: number): Row => {
    const random = rows(index);
    const opened = random.int(0, 358);
    const id = uuid(random);
    const text = jsonItem({
      Ticket_ID: id,
      // Beyond the last customer: no ticket refers to anybody that the other systems know.
      Customer_ID: `PAY${padded(random.int(customers + 1, customers * 10), 4)}`,
      Date_Opened: microseconds(first + opened, random),
      Date_Closed: random.chance(0.3) ? null : microseconds(first + random.int(opened + 1, 363), random),
      Interaction_Type: random.pick(['Refund Request', 'Bug Report', 'Usage Inquiry', 'Feature Request', 'Billing Issue', 'Complaint']),
      Channel: random.pick(['Email', 'Chat', 'Phone']),
      Status: random.weighted([
        ['Resolved', 47],
        ['In Progress', 35],
        ['Open', 18],
      ]),
      Satisfaction_score: random.int(1, 5),
      Support_Agent: latinName(random),
    });
    return { text, id, number: index };
  };
  const count = Math.max(1, Math.round(customers / 10));
  return {
    name: 'customer_support_activity.json',
    source: 'support',
    stream: 'tickets',
    layout: jsonArrayLayout,
    expected: count,
    rows: withRepeats(count, 0, (index) => index, ticket),
  };
}

function persons({ customers, name, stripeId, salesforceId, netsuiteId }: World): FileOfTruth {
  function* rows(): Generator<string> {
    for (let customer = 0; customer < customers; customer += 1)
      yield csvRecord([personId(customer, customers), name(customer), stripeId(customer), salesforceId(customer), netsuiteId(customer)]);
  }
  return { name: 'persons.csv', layout: csvLayout(['entity_id', 'name', 'stripe_id', 'salesforce_id', 'netsuite_id']), rows: rows() };
}

function microseconds(day: number, random: Random): string {
  return `${writtenDay(day, 'iso')}T${timeOf(random)}.${padded(random.int(0, 999_999), 6)}`;
}

function uuid(random: Random): string {
  const hex = (count: number): string => Array.from({ length: count }, () => random.int(0, 15).toString(16)).join('');
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${random.pick(['8', '9', 'a', 'b'])}${hex(3)}-${hex(12)}`;
}
