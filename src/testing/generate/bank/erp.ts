import type { Fault, FileOfRecords, Row } from '../data.js';
import { dayOf, padded, timeOf, writtenDay } from '../notation.js';
import { type PersonField, recordOf } from '../person-record.js';
import { keyed, permutation, type Random } from '../random.js';
import { again } from '../repeats.js';
import { csvLayout, csvRecord } from '../write.js';
import { type Bank, type Customer, dayAmong, drawn, habits, ofAll } from './bank.js';

const fields: ReadonlySet<PersonField> = new Set<PersonField>(['given_name', 'family_name', 'gender', 'email', 'phone']);
const share = { twice: 0.015, repeatedInvoice: 0.005, otherCustomer: 0.003, corrected: 0.01 };

/** What the bank sells; the last two are demonstration goods that every such ERP is born with. */
const products = [
  ['PROD-CUR-001', 'Everyday Account', 'Services', 12],
  ['PROD-CUR-002', 'Student Account', 'Services', 0],
  ['PROD-SAV-001', 'Saver Flex', 'Services', 0],
  ['PROD-SAV-002', 'Saver Fixed 12', 'Services', 0],
  ['PROD-CRD-001', 'Blue Card', 'Services', 36],
  ['PROD-CRD-002', 'Silver Card', 'Services', 96],
  ['PROD-LOA-001', 'Car Loan', 'Services', 150],
  ['PROD-LOA-002', 'Home Loan', 'Services', 600],
  ['PROD-INV-001', 'Fund Depot', 'Services', 60],
  ['PROD-INS-001', 'Travel Cover', 'Services', 48],
  ['DEMO-001', 'Desk Lamp', 'Demo Item Group', 0],
  ['DEMO-002', 'Water Bottle', 'Demo Item Group', 0],
] as const;

/** The ERP: customers, items, territories and invoices, and the accounts of the core banking system behind it. */
export function erp(bank: Bank): readonly FileOfRecords[] {
  return [customers(bank), items(bank), territories(bank), invoices(bank), accounts(bank)];
}

/** The name that the ERP knows a customer by: as it wrote it, with the number that makes it unique. */
type Named = (one: Customer, copy: number) => { readonly row: Row; readonly name: string };

function namedOf(bank: Bank): Named {
  const record = keyed(bank.seed, 'bank erp customer');
  const { people, dirt } = bank;
  return (one, copy) => {
    const random = record(one.index * 2 + copy);
    const { person, branch, state } = one;
    const { values, faults } = recordOf(people, person, random, dirt, fields, 0.5);
    // A second record of the same person was made at a branch that did not look: it has a number of its own.
    const number = copy === 0 ? one.number : `${one.number}2`;
    const name = [values.given_name, values.family_name, number].filter((part) => part !== '').join(' ');
    const territory = copy === 0 ? one.territory : branch.name;
    const spelled = branch.spellings.find(({ text }) => text === territory);
    const cleanName = `${person.given.written} ${person.family.written} ${number}`;
    const noted: Fault[] = faults.map((fault) => {
      const field = fieldNames[fault.field] ?? fault.field;
      return field === 'customer_name' ? { ...fault, field, written: name, clean: cleanName } : { ...fault, field };
    });
    if (spelled !== undefined) noted.push({ field: 'territory', kind: spelled.kind, written: territory, clean: branch.name });
    const created = erpMoment(one.joined + copy * 200, random);
    const modified = erpMoment(one.last, random);
    const gender = values.gender === 'F' ? 'Female' : values.gender === 'M' ? 'Male' : values.gender;
    const line = (phone: string, at: string): string =>
      csvRecord([created, 'Individual', name, 'Individual', values.email, gender, phone, at, name, territory, state]);
    const row = { text: line(values.phone, modified), id: name, number: one.index * 2 + copy, person: one.index, faults: noted };
    if (!random.chance(share.corrected * dirt.corrected)) return { row, name };
    const former = people.formerContact(person).phone;
    if (former === values.phone) return { row, name };
    const others = noted.filter(({ field }) => field !== 'mobile_no');
    const early: Fault[] = [...others, { field: 'mobile_no', kind: 'corrected', written: former, clean: values.phone }];
    return { name, row: { ...row, earlier: { text: line(former, created), faults: early } } };
  };
}

const fieldNames: Readonly<Record<string, string>> = {
  given_name: 'customer_name',
  family_name: 'customer_name',
  email: 'email_id',
  phone: 'mobile_no',
};

function customers(bank: Bank): FileOfRecords {
  const named = namedOf(bank);
  const rank = permutation(bank.seed, 'bank erp twice', bank.customers);
  const twice = Math.round(bank.customers * Math.min(0.5, share.twice * bank.dirt.repeated));
  const rows = ofAll(bank, (one) => {
    const first = named(one, 0).row;
    return rank(one.index) < twice ? [first, named(one, 1).row] : [first];
  });
  return {
    name: 'erp_customers.csv',
    source: 'erpnext',
    stream: 'customers',
    layout: csvLayout([
      'creation',
      'customer_group',
      'customer_name',
      'customer_type',
      'email_id',
      'gender',
      'mobile_no',
      'modified',
      'name',
      'territory',
      'website',
    ]),
    expected: bank.customers + twice,
    rows,
  };
}

function items({ seed }: Bank): FileOfRecords {
  const random = keyed(seed, 'bank item')(0);
  const rows = products.map(([code, name, group, rate]) => {
    const made = erpMoment(dayOf('2016-01-01'), random);
    return { text: csvRecord([made, name, code, group, name, made, code, rate.toFixed(1)]) };
  });
  const columns = ['creation', 'description', 'item_code', 'item_group', 'item_name', 'modified', 'name', 'standard_rate'];
  return { name: 'erp_items.csv', source: 'erpnext', stream: 'items', layout: csvLayout(columns), expected: rows.length, rows };
}

function territories({ seed, branches }: Bank): FileOfRecords {
  const random = keyed(seed, 'bank territory')(0);
  const root = 'All Territories';
  const names = [root, ...branches.map(({ name }) => name)];
  const rows = names.map((name) => {
    const made = erpMoment(dayOf('2016-01-01'), random);
    return { text: csvRecord([made, made, name, name === root ? '' : root, name]) };
  });
  const columns = ['creation', 'modified', 'name', 'parent_territory', 'territory_name'];
  return { name: 'erp_territories.csv', source: 'erpnext', stream: 'territories', layout: csvLayout(columns), expected: rows.length, rows };
}

const mostInvoices = 32;

function invoices(bank: Bank): FileOfRecords {
  const { seed, dirt, customers: size } = bank;
  const facts = keyed(seed, 'bank invoice');
  const named = namedOf(bank);
  function* rows(one: Customer): Generator<Row> {
    const random = facts(one.index);
    const count = drawn(random, habits[one.state].invoices);
    const { name } = named(one, 0);
    for (let at = 0; at < count; at += 1) {
      const number = one.index * mostInvoices + at;
      const id = `ACC-SINV-${padded(number + 1, 8)}`;
      const posted = dayAmong(at, count, one, random);
      const made = erpMoment(posted, random);
      const total = Math.max(5, Math.exp(6.6 + 1.5 * bell(random))).toFixed(2);
      const wrong = random.chance(share.otherCustomer * dirt.contradicting);
      const payer = wrong ? named(bank.customer(random.int(0, size - 1)), 0).name : name;
      const text = csvRecord([
        made,
        payer,
        name,
        '0',
        writtenDay(posted + random.int(28, 60), 'iso'),
        total,
        made,
        id,
        writtenDay(posted, 'iso'),
        'Draft',
        one.territory,
      ]);
      const faults: Fault[] = payer === name ? [] : [{ field: 'customer', kind: 'contradicting', written: payer, clean: name }];
      if (one.territory !== one.branch.name) faults.push(spelling(one));
      const row = { text, id, number, person: one.index, faults };
      yield row;
      if (random.chance(share.repeatedInvoice * dirt.repeated)) yield again(row);
    }
  }
  return {
    name: 'erp_sales_invoices.csv',
    source: 'erpnext',
    stream: 'sales_invoices',
    layout: csvLayout([
      'creation',
      'customer',
      'customer_name',
      'docstatus',
      'due_date',
      'grand_total',
      'modified',
      'name',
      'posting_date',
      'status',
      'territory',
    ]),
    expected: size * 18,
    rows: ofAll(bank, rows),
  };
}

function spelling({ territory, branch }: Customer): Fault {
  const kind = branch.spellings.find(({ text }) => text === territory)?.kind ?? 'format';
  return { field: 'territory', kind, written: territory, clean: branch.name };
}

/** By state: the middle of balances, in hundredths of the currency, and the share of accounts that are closed or asleep. */
const holdings = {
  active: { balance: 850_000, closed: 0.02, dormant: 0.03 },
  at_risk: { balance: 240_000, closed: 0.1, dormant: 0.3 },
  churned: { balance: 9000, closed: 0.65, dormant: 0.25 },
} as const;

const mostAccounts = 4;

function accounts(bank: Bank): FileOfRecords {
  const facts = keyed(bank.seed, 'bank account');
  const named = namedOf(bank);
  function* rows(one: Customer): Generator<Row> {
    const random = facts(one.index);
    const count = drawn(random, habits[one.state].accounts);
    const { name } = named(one, 0);
    const { balance, closed, dormant } = holdings[one.state];
    for (let at = 0; at < count; at += 1) {
      const number = one.index * mostAccounts + at;
      const [code] = at === 0 ? products[0] : (products[random.int(1, 9)] ?? products[0]);
      const ended = random.chance(closed);
      const status = ended ? 'Closed' : random.chance(dormant) ? 'Dormant' : 'Active';
      const held = ended ? 0 : balance * Math.exp(0.9 * bell(random));
      const opened = Math.min(one.joined + at * random.int(30, 500), one.last);
      const id = `AC${padded(number + 1, 9)}`;
      const text = csvRecord([
        id,
        name,
        code,
        writtenDay(opened, 'iso'),
        status,
        (Math.round(held) / 100).toFixed(2),
        'EUR',
        writtenDay(one.last, 'iso'),
      ]);
      yield { text, id, number, person: one.index };
    }
  }
  return {
    name: 'cb_accounts.csv',
    source: 'core',
    stream: 'accounts',
    layout: csvLayout(['account_id', 'customer', 'item_code', 'opened_date', 'status', 'balance', 'currency', 'last_movement_date']),
    expected: bank.customers * 2.4,
    rows: ofAll(bank, rows),
  };
}

/** A number of the normal distribution, near enough: mean 0, deviation 1, from -6 to 6 (the sum of twelve). */
function bell(random: Random): number {
  let sum = -6;
  for (let at = 0; at < 12; at += 1) sum += random.fraction();
  return sum;
}

function erpMoment(day: number, random: Random): string {
  return `${writtenDay(day, 'iso')} ${timeOf(random)}.${padded(random.int(0, 999_999), 6)}`;
}
