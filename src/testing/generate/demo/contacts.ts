import type { Fault, FileOfRecords, Row } from '../data.js';
import { momentOf } from '../notation.js';
import { keyed, permutation, type Random } from '../random.js';
import { withRepeats } from '../repeats.js';
import { csvLayout, csvRecord } from '../write.js';
import { Pen, raggedCsv, share } from './dirt.js';
import { type Customer, type Population, period } from './population.js';

const columns = ['contact_id', 'full_name', 'email', 'phone', 'company', 'city', 'country', 'billing_id', 'created', 'updated_at'] as const;

const rates = { repeated: 0.02, updated: 0.04, unlinked: 0.1, noPhone: 0.06, countryCode: 0.05 };

/** The CRM: one row a contact, then the repeated rows, then contacts that have moved, once more and newer. */
export function contacts(population: Population): FileOfRecords {
  return {
    name: 'crm_contacts.csv',
    source: 'crm',
    stream: 'contacts',
    layout: csvLayout(columns),
    expected: population.size,
    rows: rows(population),
  };
}

function* rows(population: Population): Generator<Row> {
  const { seed, size, dirt } = population;
  const written = raggedCsv(seed, 'demo contact', size, dirt, { share: 0.002, kept: 4, index: 5, extra: 'Accounts Dept.' });
  const row = (index: number): Row | undefined => {
    const contact = contactOf(population, index);
    if (contact === undefined) return undefined;
    const { cells, moved, ...truth } = contact;
    return { ...truth, ...written(index, [...cells, contact.updatedAt], contact.pen) };
  };
  const repeated = Math.round(size * Math.min(0.9, rates.repeated * dirt.repeated));
  yield* withRepeats(size, repeated, permutation(seed, 'demo contact repeat', size), row);
  for (let index = 0; index < size; index += 1) {
    const contact = contactOf(population, index);
    if (contact?.moved === undefined) continue;
    const { id, number, person, pen, moved } = contact;
    yield { id, number, person, text: csvRecord(moved), faults: [...pen.faults, cityBefore(contact, moved)] };
  }
}

/** The truth has one city of each contact: that of the first row. */
function cityBefore({ cells }: Contact, moved: readonly string[]): Fault {
  return { field: 'city', kind: 'moved', written: moved[5] ?? '', clean: cells[5] ?? '' };
}

/** A contact's first row in two parts, and its later row if it has moved. */
interface Contact extends Pick<Row, 'id' | 'number' | 'person'> {
  readonly pen: Pen;
  readonly cells: readonly string[];
  readonly updatedAt: string;
  readonly moved: readonly string[] | undefined;
}

function contactOf(population: Population, index: number): Contact | undefined {
  const customer = population.customer(index);
  if (!customer.systems.crm) return undefined;
  const random = keyed(population.seed, 'demo contact')(index);
  const pen = new Pen(population.dirt);
  const { missing, format, moved: moving } = population.dirt;
  const { country } = customer;
  // Contacts are numbered in the order in which they were made.
  const created = period.first + Math.floor((index * 800) / population.size) + random.int(0, 30);
  const updated = random.int(created, period.last - 40);
  const before = [
    customer.crmId,
    pen.name('full_name', `${customer.given.written} ${customer.family.written}`, random),
    pen.email('email', customer.email, random),
    pen.put('phone', 'missing', random.chance(rates.noPhone * missing) ? '' : customer.phone, customer.phone),
    companyOf(customer, pen, random),
  ];
  const after = [
    pen.put('country', 'format', random.chance(rates.countryCode * format) ? country.code : country.name, country.name),
    billingReference(population, customer, pen, random),
    pen.date('created', created, 'iso', random),
  ];
  const elsewhere = country.cities.filter((city) => city !== customer.city);
  const moved = random.chance(rates.updated * moving)
    ? [...before, random.pick(elsewhere), ...after, momentOf(random.int(updated + 1, period.last), random)]
    : undefined;
  const cells = [...before, customer.city, ...after];
  return { id: customer.crmId, number: index, person: index, pen, cells, updatedAt: momentOf(updated, random), moved };
}

/** The company, now and then written so that a CSV file must quote it: with a comma, quotes or a line break. */
function companyOf({ company }: Customer, pen: Pen, random: Random): string {
  if (company === undefined) return '';
  const { name } = company;
  const { format } = pen.dirt;
  // The name is written before it is known whether it is needed, so that what follows draws the same.
  const trial = new Pen(pen.dirt);
  const written = trial.name('company', name, random);
  const kind = random.weighted([
    ['plain', 92],
    ['comma', 5 * format],
    ['quoted', 2 * format],
    ['lines', format],
  ]);
  if (kind === 'plain') return pen.put('company', 'case', written, name);
  if (kind === 'comma') return pen.put('company', 'format', name.replace(/^(\S+ \S+) /, '$1, '), name);
  if (kind === 'quoted')
    return pen.put(
      'company',
      'format',
      name.replace(/^\S+/, (stem) => `"${stem}"`),
      name,
    );
  return pen.put('company', 'format', `${name}\nAccounts Payable`, name);
}

function billingReference(population: Population, customer: Customer, pen: Pen, random: Random): string {
  if (!customer.systems.billing) return '';
  const { billingId } = customer;
  if (random.chance(rates.unlinked * pen.dirt.missing)) return pen.put('billing_id', 'missing', '', billingId);
  if (!random.chance(share.contradicting * pen.dirt.contradicting)) return billingId;
  const other = population.draw(random, ({ index, systems }) => systems.billing && index !== customer.index);
  return pen.put('billing_id', 'contradicting', (other ?? customer).billingId, billingId);
}
