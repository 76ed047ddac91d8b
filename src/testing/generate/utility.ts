import type { Fault, FileOfRecords, Plan, Row } from './data.js';
import type { DirtKind } from './dirt.js';
import { defineGenerator } from './generator.js';
import { padded } from './notation.js';
import { type People, peopleOf } from './people.js';
import { type PersonField, type PersonValues, recordOf } from './person-record.js';
import { keyed, permutation, type Random } from './random.js';
import { personsOf } from './records.js';
import { again } from './repeats.js';
import { csvLayout, csvRecord, type Layout } from './write.js';

/** The consumers of an electricity utility in one flat table, as csv and as the SQL that fills a PostgreSQL database with it. */
export const utility = defineGenerator({
  name: 'utility',
  summary: 'Consumers of a utility in one flat table, as csv and as a PostgreSQL fixture: names and addresses to take apart',
  customers: 1000,
  data: (plan) => {
    const people = peopleOf(plan.seed, plan.customers, plan.dirt);
    return { files: [csvFile(plan, people), sqlFile(plan, people)], truth: [personsOf(plan, people)] };
  },
});

/** The columns of the table of a utility. */
export const utilityColumns = [
  'consumer_id',
  'name',
  'address',
  'contact_number',
  'email',
  'account_number',
  'meter_number',
  'tariff_plan',
  'consumption_history',
  'payment_status',
] as const;

type Column = (typeof utilityColumns)[number];
type Cells = Readonly<Record<Column, string>>;

const fields: ReadonlySet<PersonField> = new Set<PersonField>([
  'given_name',
  'family_name',
  'email',
  'phone',
  'street',
  'city',
  'postcode',
]);
const regions = ['MH', 'TX', 'NV', 'KA', 'OR', 'GJ', 'WA', 'TN', 'AZ', 'DL', 'CO', 'WB'] as const;
const usual = {
  noId: 0.01,
  repeated: 0.02,
  conflicting: 0.005,
  oneName: 0.02,
  noAddress: 0.01,
  fourParts: 0.03,
  sixParts: 0.03,
  badEmail: 0.02,
  badPhone: 0.02,
  noHistory: 0.1,
  noMeter: 0.02,
  corrected: 0.02,
};

/** A consumer's row, what is wrong with it, and what an earlier delivery said of its payment. */
interface Consumer {
  readonly cells: Cells;
  readonly faults: readonly Fault[];
  readonly earlier: { readonly cells: Cells; readonly fault: Fault } | undefined;
}

function consumerOf({ seed, customers, dirt }: Plan, people: People): (index: number) => Consumer {
  const record = keyed(seed, 'utility consumer');
  const meter = permutation(seed, 'utility meter', customers);
  return (index) => {
    const random = record(index);
    const person = people.person(index);
    const { values, faults } = recordOf(people, person, random, dirt, fields, 0.5);
    const noted: Fault[] = faults.map((fault) => ({ ...fault, field: names[fault.field] ?? fault.field }));
    const put = (field: Column, kind: DirtKind, share: number, written: string, now: string): string => {
      if (!random.chance(share * dirt[kind]) || written === now) return now;
      noted.push({ field, kind, written, clean: now });
      return written;
    };
    const id = String(index + 1);
    const region = regions[person.address.townRank % regions.length] ?? 'MH';
    const whole = `${values.given_name} ${values.family_name}`.trim();
    const unit = flat(random);
    const parts = [unquoted(values.street), unit, values.city, region, values.postcode];
    const due = random.weighted([
      ['paid', 80],
      ['due', 14],
      ['overdue', 6],
    ]);
    const base = random.int(40, 900);
    const history = [0, 0, 0].map(() => Math.round(base * (0.8 + 0.4 * random.fraction()))).join(',');
    const cells: Cells = {
      consumer_id: put('consumer_id', 'missing', usual.noId, '', id),
      name: put('name', 'invalid', usual.oneName, values.given_name || values.family_name, whole),
      address: addressed(parts, put),
      contact_number: put('contact_number', 'invalid', usual.badPhone, '12', values.phone),
      email: put('email', 'invalid', usual.badEmail, 'bad-email', values.email),
      account_number: `A${padded(index + 1, 6)}`,
      meter_number: put('meter_number', 'missing', usual.noMeter, '', `M${padded(meter(index) + 1, 6)}`),
      tariff_plan: random.weighted([
        ['RES', 85],
        ['COM', 12],
        ['IND', 3],
      ]),
      consumption_history: put('consumption_history', 'missing', usual.noHistory, '', history),
      payment_status: due,
    };
    const { given, family, address } = person;
    // Of a cell that is put together from several fields, the truth has the whole.
    const clean: Readonly<Record<string, string>> = {
      name: `${given.written} ${family.written}`,
      address: [unquoted(address.line), unit, address.town, region, address.postcode].join(', '),
    };
    const written: Readonly<Record<string, string>> = cells;
    const settled = noted.map((fault) => ({
      ...fault,
      written: written[fault.field] ?? fault.written,
      clean: clean[fault.field] ?? fault.clean,
    }));
    const before = due === 'due' ? 'paid' : 'due';
    if (!random.chance(usual.corrected * dirt.corrected)) return { cells, faults: settled, earlier: undefined };
    const fault: Fault = { field: 'payment_status', kind: 'corrected', written: before, clean: due };
    return { cells, faults: settled, earlier: { cells: { ...cells, payment_status: before }, fault } };
  };
}

const names: Readonly<Record<string, Column>> = {
  given_name: 'name',
  family_name: 'name',
  street: 'address',
  city: 'address',
  postcode: 'address',
  phone: 'contact_number',
};

/** A street without a comma, which is what parts an address. */
function unquoted(street: PersonValues['street']): string {
  return street.replaceAll(',', '');
}

function flat(random: Random): string {
  return random.chance(0.4) ? `${random.pick(['Flat', 'Apt', 'Unit'])} ${random.int(1, 40)}` : '';
}

type Put = (field: Column, kind: DirtKind, share: number, written: string, now: string) => string;

/** Five parts with commas between; now and then four (the second left out) or six (a building more), or none at all. */
function addressed(parts: readonly string[], put: Put): string {
  const [line = '', second = '', ...rest] = parts;
  const five = parts.join(', ');
  const four = put('address', 'format', usual.fourParts, [line, ...rest].join(', '), five);
  const six = four === five ? put('address', 'format', usual.sixParts, [line, second, 'Bldg C', ...rest].join(', '), five) : four;
  return six === five ? put('address', 'missing', usual.noAddress, '', five) : six;
}

/** All rows: each consumer, then the ones that are there twice, identical or (a half-done transfer) on another tariff. */
function* consumers(plan: Plan, people: People, text: (cells: Cells) => string): Generator<Row> {
  const { seed, customers } = plan;
  const consumer = consumerOf(plan, people);
  const row = (index: number): Row => {
    const { cells, faults, earlier } = consumer(index);
    const first = earlier && { text: text(earlier.cells), faults: [...faults, earlier.fault] };
    return { text: text(cells), id: cells.consumer_id || undefined, number: index, person: index, faults, earlier: first };
  };
  for (let index = 0; index < customers; index += 1) yield row(index);
  const chosen = permutation(seed, 'utility repeat', customers);
  const { repeated, conflicting } = twice(plan);
  for (let at = 0; at < repeated; at += 1) yield again(row(chosen(at)));
  for (let at = repeated; at < repeated + conflicting; at += 1) {
    const index = chosen(at);
    const { cells, faults } = consumer(index);
    const tariff = cells.tariff_plan === 'RES' ? 'COM' : 'RES';
    const fault: Fault = { field: 'tariff_plan', kind: 'contradicting', written: tariff, clean: cells.tariff_plan };
    yield {
      text: text({ ...cells, tariff_plan: tariff }),
      id: cells.consumer_id || undefined,
      number: index,
      person: index,
      faults: [...faults, fault],
    };
  }
}

function twice({ customers, dirt }: Plan): { readonly repeated: number; readonly conflicting: number } {
  const share = (of: number, factor: number): number => Math.round(customers * Math.min(0.4, of * factor));
  return { repeated: share(usual.repeated, dirt.repeated), conflicting: share(usual.conflicting, dirt.contradicting) };
}

function csvFile(plan: Plan, people: People): FileOfRecords {
  const { repeated, conflicting } = twice(plan);
  return {
    name: 'consumer_data.csv',
    source: 'abc',
    stream: 'consumer_data',
    layout: csvLayout(utilityColumns),
    expected: plan.customers + repeated + conflicting,
    rows: consumers(plan, people, (cells) => csvRecord(utilityColumns.map((column) => cells[column]))),
  };
}

const sqlLayout: Layout = {
  before: `BEGIN;\nCREATE TABLE IF NOT EXISTS consumer_data (\n${utilityColumns.map((column) => `  ${column} text`).join(',\n')}\n);\n`,
  between: '',
  after: 'COMMIT;\n',
};

/** The same rows as statements; the truth speaks of the csv only. */
function sqlFile(plan: Plan, people: People): FileOfRecords {
  const value = (text: string): string => (text === '' ? 'NULL' : `'${text.replaceAll("'", "''")}'`);
  const statement = (cells: Cells): string =>
    `INSERT INTO consumer_data VALUES (${utilityColumns.map((column) => value(cells[column])).join(', ')});\n`;
  function* rows(): Generator<Row> {
    for (const { text, earlier } of consumers(plan, people, statement))
      yield { text, earlier: earlier && { text: earlier.text, faults: [] } };
  }
  return { ...csvFile(plan, people), name: 'consumer_data.sql', layout: sqlLayout, rows: rows() };
}
