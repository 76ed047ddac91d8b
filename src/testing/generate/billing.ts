import { defineGenerator, type FileOfRecords } from './generator.js';
import { dateNotations, dayOf, digits, padded, timeOf, writtenDay, writtenMoney } from './notation.js';
import { keyed, permutation, type Random } from './random.js';
import { latinName } from './words/people.js';
import { csvLayout, csvRecord, jsonArrayLayout, jsonItem, withRepeats } from './write.js';

/** Three billing systems and a support desk in which only identifiers tell customers apart. */
export const billing = defineGenerator({
  name: 'billing',
  summary: 'Stripe, Salesforce, NetSuite and support: shared names and e-mails, so that only identifiers decide',
  customers: 1000,
  files: (seed, customers) => {
    const world = worldOf(seed, customers);
    return [stripe(world), salesforce(world), netsuite(world), support(world)];
  },
});

// Ten by ten: a hundred names, and the e-mails made from them, for all customers, so that neither identifies anybody.
const given = ['Ari', 'Blake', 'Cameron', 'Drew', 'Emery', 'Finley', 'Harper', 'Kai', 'Logan', 'Sasha'] as const;
const family = ['Baker', 'Carter', 'Evans', 'Foster', 'Green', 'Hughes', 'Mitchell', 'Parker', 'Turner', 'Walker'] as const;

const share = { repeated: 0.03, noAmount: 0.02, noAccount: 0.1, otherAccount: 0.05, noRevenue: 0.02, noStripe: 0.05 };
const paymentDays = 10_000;

/** One population under the identifiers of the three systems; customers are numbered from 0. */
interface World {
  readonly seed: number;
  readonly customers: number;
  readonly name: (customer: number) => string;
  readonly stripeId: (customer: number) => string;
  readonly salesforceId: (customer: number) => string;
  readonly netsuiteId: (customer: number) => string;
}

function worldOf(seed: number, customers: number): World {
  const width = Math.max(4, String(customers).length);
  const names = keyed(seed, 'billing name');
  const numbered = (prefix: string): ((customer: number) => string) => {
    const number = permutation(seed, `billing ${prefix}`, customers);
    return (customer) => prefix + padded(number(customer) + 1, width);
  };
  return {
    seed,
    customers,
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

function stripe({ seed, customers, name, stripeId, salesforceId }: World): FileOfRecords {
  const paid = customers * 10;
  const count = paid + Math.round(paid * share.noAmount);
  const rows = keyed(seed, 'billing payment');
  const accountRank = permutation(seed, 'billing payment without account', paid);
  const first = dayOf('2025-03-01');
  const payment = (index: number): string => {
    const random = rows(index);
    const customer = random.int(0, customers - 1);
    const wrong = random.chance(share.otherAccount) ? random.int(0, customers - 1) : customer;
    const euro = random.chance(0.5);
    const amount = writtenMoney(random.int(5000, 199_999), euro ? '€' : '$', random.chance(0.5));
    const day = index < paid ? Math.floor((index * paymentDays) / paid) : random.int(0, paymentDays - 1);
    const linked = index >= paid || accountRank(index) >= Math.round(paid * share.noAccount);
    return csvRecord([
      stripeId(customer),
      name(customer),
      linked ? salesforceId(wrong) : '',
      index < paid ? amount : '',
      euro ? 'EUR' : 'USD',
      writtenDay(first + day, random.pick(dateNotations)),
    ]);
  };
  return {
    name: 'stripe.csv',
    layout: csvLayout(['Customer_ID', 'Customer_Name', 'Metadata_SAL_ID', 'Amount', 'Currency', 'Date']),
    records: withRepeats(count, Math.round(count * share.repeated), permutation(seed, 'billing repeat 1', count), payment),
  };
}

function salesforce({ seed, customers, name, stripeId, salesforceId }: World): FileOfRecords {
  const rows = keyed(seed, 'billing account');
  const order = permutation(seed, 'billing account order', customers);
  const wrongRank = permutation(seed, 'billing wrong account', customers);
  const wrong = Math.max(1, Math.round(customers / 1000));
  const first = dayOf('2024-01-01');
  const account = (index: number): string => {
    const random = rows(index);
    const customer = order(index);
    const claimed = wrongRank(index) < wrong ? (customer + 1) % customers : customer;
    return csvRecord([
      salesforceId(customer),
      name(customer),
      stripeId(claimed),
      `${name(customer).replace(' ', '').toLowerCase()}@example.com`,
      `+${random.int(1, 99)} ${digits(random, 10)}`,
      writtenDay(first + Math.floor((index * 1000) / customers), 'iso'),
    ]);
  };
  const repeated = Math.round(customers * share.repeated);
  return {
    name: 'salesforce.csv',
    layout: csvLayout(['Account_ID', 'Account_Name', 'Stripe_ID', 'Email', 'Phone_Number', 'Closed_Contract_Date']),
    records: withRepeats(customers, repeated, permutation(seed, 'billing repeat 2', customers), account),
  };
}

function netsuite({ seed, customers, name, stripeId, netsuiteId }: World): FileOfRecords {
  const rows = keyed(seed, 'billing revenue');
  const order = permutation(seed, 'billing revenue order', customers);
  const stripeRank = permutation(seed, 'billing revenue without stripe', customers);
  const revenueRank = permutation(seed, 'billing revenue missing', customers);
  const first = dayOf('2025-03-01');
  const revenue = (index: number): string => {
    const customer = order(index);
    const known = revenueRank(index) >= Math.round(customers * share.noRevenue);
    return csvRecord([
      netsuiteId(customer),
      name(customer),
      stripeRank(index) < Math.round(customers * share.noStripe) ? '' : stripeId(customer),
      // The whole double, as a system writes it that keeps money in floating point: up to 14 decimals.
      known ? String(500 + 4500 * rows(index).fraction()) : '',
      writtenDay(first + Math.floor((index * 1000) / customers), 'slashed'),
    ]);
  };
  const repeated = Math.round(customers * share.repeated);
  return {
    name: 'netsuite.csv',
    layout: csvLayout(['Customer_ID', 'Customer_Name', 'Stripe_ID', 'Revenue', 'Date']),
    records: withRepeats(customers, repeated, permutation(seed, 'billing repeat 3', customers), revenue),
  };
}

function support({ seed, customers }: World): FileOfRecords {
  const rows = keyed(seed, 'billing ticket');
  const first = dayOf('2024-04-01');
  const ticket = (index: number): string => {
    const random = rows(index);
    const opened = random.int(0, 358);
    return jsonItem({
      Ticket_ID: uuid(random),
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
  };
  const count = Math.max(1, Math.round(customers / 10));
  return {
    name: 'customer_support_activity.json',
    layout: jsonArrayLayout,
    records: withRepeats(count, 0, (index) => index, ticket),
  };
}

function microseconds(day: number, random: Random): string {
  return `${writtenDay(day, 'iso')}T${timeOf(random)}.${padded(random.int(0, 999_999), 6)}`;
}

function uuid(random: Random): string {
  const hex = (count: number): string => Array.from({ length: count }, () => random.int(0, 15).toString(16)).join('');
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${random.pick(['8', '9', 'a', 'b'])}${hex(3)}-${hex(12)}`;
}
