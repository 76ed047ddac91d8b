import type { FileOfRecords } from '../generator.js';
import { momentOf } from '../notation.js';
import { keyed, permutation, type Random } from '../random.js';
import { csvLayout, csvRecord, withRepeats } from '../write.js';
import { raggedCsv, share, writtenDate, writtenEmail, writtenName } from './dirt.js';
import { type Customer, type Population, period } from './population.js';

const columns = ['contact_id', 'full_name', 'email', 'phone', 'company', 'city', 'country', 'billing_id', 'created', 'updated_at'] as const;

const rates = { repeated: 0.02, updated: 0.04, unlinked: 0.1, noPhone: 0.06, countryCode: 0.05 };

/** The CRM: one row a contact, then the repeated rows, then contacts that have moved, once more and newer. */
export function contacts(population: Population): FileOfRecords {
  return { name: 'crm_contacts.csv', layout: csvLayout(columns), records: records(population) };
}

function* records(population: Population): Generator<string> {
  const { seed, size } = population;
  const written = raggedCsv(seed, 'demo contact', size, { share: 0.002, kept: 4, index: 5, extra: 'Accounts Dept.' });
  const row = (index: number): string | undefined => {
    const contact = contactOf(population, index);
    return contact && written(index, [...contact.cells, contact.updatedAt]);
  };
  yield* withRepeats(size, Math.round(size * rates.repeated), permutation(seed, 'demo contact repeat', size), row);
  for (let index = 0; index < size; index += 1) {
    const moved = contactOf(population, index)?.moved;
    if (moved) yield csvRecord(moved);
  }
}

/** A contact's first row in two parts, and its later row if it has moved. */
interface Contact {
  readonly cells: readonly string[];
  readonly updatedAt: string;
  readonly moved: readonly string[] | undefined;
}

function contactOf(population: Population, index: number): Contact | undefined {
  const customer = population.customer(index);
  if (!customer.systems.crm) return undefined;
  const random = keyed(population.seed, 'demo contact')(index);
  const { country } = customer;
  // Contacts are numbered in the order in which they were made.
  const created = period.first + Math.floor((index * 800) / population.size) + random.int(0, 30);
  const updated = random.int(created, period.last - 40);
  const before = [
    customer.crmId,
    writtenName(`${customer.given.written} ${customer.family.written}`, random),
    writtenEmail(customer.email, random),
    random.chance(rates.noPhone) ? '' : customer.phone,
    companyOf(customer, random),
  ];
  const after = [
    random.chance(rates.countryCode) ? country.code : country.name,
    billingReference(population, customer, random),
    writtenDate(created, 'iso', random),
  ];
  const elsewhere = country.cities.filter((city) => city !== customer.city);
  const moved = random.chance(rates.updated)
    ? [...before, random.pick(elsewhere), ...after, momentOf(random.int(updated + 1, period.last), random)]
    : undefined;
  return { cells: [...before, customer.city, ...after], updatedAt: momentOf(updated, random), moved };
}

/** The company, now and then written so that a CSV file must quote it: with a comma, quotes or a line break. */
function companyOf({ company }: Customer, random: Random): string {
  if (company === undefined) return '';
  const { name } = company;
  return random.weighted([
    [writtenName(name, random), 92],
    [name.replace(/^(\S+ \S+) /, '$1, '), 5],
    [name.replace(/^\S+/, (stem) => `"${stem}"`), 2],
    [`${name}\nAccounts Payable`, 1],
  ]);
}

function billingReference(population: Population, customer: Customer, random: Random): string {
  if (!customer.systems.billing || random.chance(rates.unlinked)) return '';
  if (!random.chance(share.contradicting)) return customer.billingId;
  const other = population.draw(random, ({ index, systems }) => systems.billing && index !== customer.index);
  return (other ?? customer).billingId;
}
