import type { Fault, FileOfRecords, Plan, Row } from './data.js';
import type { DirtKind } from './dirt.js';
import { defineGenerator } from './generator.js';
import { dayOf, writtenDay } from './notation.js';
import { type People, type Person, peopleOf } from './people.js';
import { cleanValues, type PersonField, recordOf } from './person-record.js';
import { keyed, permutation, type Random } from './random.js';
import { personsOf } from './records.js';
import { again } from './repeats.js';
import { mistyped } from './typos.js';
import { companiesOf } from './words/companies.js';
import { csvLayout, csvRecord, type Layout } from './write.js';

/** One customer, four systems that each hold a part: two REST services as the JSON they serve, an ERP's csv and a desk's tickets. */
export const crm360 = defineGenerator({
  name: 'crm360',
  summary: 'Two REST services (users, posts), an ERP csv without e-mails and support tickets without numbers',
  customers: 208,
  data: (plan) => {
    const people = peopleOf(plan.seed, plan.customers, plan.dirt);
    return { files: [users(plan, people), posts(plan), erp(plan, people), tickets(plan, people)], truth: [personsOf(plan, people)] };
  },
});

/** A JSON array, indented by one. */
const indented: Layout = { before: '[\n', between: ',\n', after: '\n]\n' };
/** A JSON array with one object to a line. */
const lines: Layout = { before: '[', between: ',\n', after: ']\n' };

const indentedItem = (item: object): string => JSON.stringify(item, undefined, 1).replaceAll(/^/gm, ' ');

const shares = { erp: 0.58, posts: 1.2, tickets: 1.25, writers: 0.72, repeated: 0.01, corrected: 0.02 };
/** A clean system: a fifth of the dirt of others. */
const crmStrength = 0.2;
const crmFields: ReadonlySet<PersonField> = new Set<PersonField>(['given_name', 'family_name', 'email', 'phone', 'street', 'city']);
const erpFields: ReadonlySet<PersonField> = new Set<PersonField>(['given_name', 'family_name', 'street', 'city', 'postcode']);

const states = [
  ['Ohio', 'OH'],
  ['Oregon', 'OR'],
  ['Texas', 'TX'],
  ['Maine', 'ME'],
  ['Iowa', 'IA'],
  ['Utah', 'UT'],
  ['Nevada', 'NV'],
  ['Kansas', 'KS'],
  ['Georgia', 'GA'],
  ['Vermont', 'VT'],
] as const;

interface Place {
  readonly street: string;
  readonly city: string;
  readonly postcode: string;
  readonly country: string;
  readonly townRank: number;
}

const located = keyed(0, 'crm360 place');

/** An address as the service nests it. Coordinates are those of the house, wherever that may be. */
function addressJson({ street, city, postcode, country, townRank }: Place, number: number) {
  const random = located(number);
  const [state, stateCode] = states[townRank % states.length] ?? states[0];
  const coordinates = { lat: degrees(random, 90), lng: degrees(random, 180) };
  return { address: street, city, state, stateCode, postalCode: postcode, coordinates, country };
}

function degrees(random: Random, most: number): number {
  return Math.round((random.fraction() * 2 - 1) * most * 1e6) / 1e6;
}

function placeOf(person: Person): Place {
  const { line, town, townRank, postcode, land } = person.address;
  return { street: line, city: town, townRank, postcode, country: land.name };
}

const fieldNames: Readonly<Record<string, string>> = {
  given_name: 'firstName',
  family_name: 'lastName',
  street: 'address.address',
  city: 'address.city',
};

function users({ seed, customers, dirt }: Plan, people: People): FileOfRecords {
  const record = keyed(seed, 'crm360 user');
  const company = companiesOf(seed);
  const companies = Math.max(5, Math.floor(customers / 4));
  const user = (index: number): Row => {
    const random = record(index);
    const person = people.person(index);
    const { values, faults } = recordOf(people, person, random, dirt, crmFields, crmStrength);
    const [year = '', month = '', day = ''] = writtenDay(person.birth, 'iso').split('-');
    const employer = company(random.int(0, companies - 1));
    const login = `${person.given.local}${index + 1}`;
    const title = random.pick(['Analyst', 'Engineer', 'Manager', 'Specialist', 'Director', 'Assistant']);
    const department = random.pick(['Engineering', 'Support', 'Sales', 'Marketing', 'Finance', 'Legal']);
    const item = (phone: string): string =>
      indentedItem({
        id: index + 1,
        firstName: values.given_name,
        lastName: values.family_name,
        maidenName: person.formerFamily?.written ?? '',
        age: Math.floor((dayOf('2026-01-01') - person.birth) / 365.2425),
        gender: person.gender === 'F' ? 'female' : 'male',
        email: values.email,
        phone,
        username: login,
        birthDate: `${year}-${Number(month)}-${Number(day)}`,
        image: `https://images.example/icon/${login}/128`,
        address: addressJson({ ...placeOf(person), street: values.street, city: values.city }, index),
        company: { department, name: employer.name, title, address: { city: employer.city, country: employer.country.name } },
        role: index < 5 ? 'admin' : 'user',
      });
    const noted = faults.map((fault) => ({ ...fault, field: fieldNames[fault.field] ?? fault.field }));
    const row = { text: item(values.phone), id: String(index + 1), number: index, person: index, faults: noted };
    const former = people.formerContact(person).phone;
    if (!random.chance(shares.corrected * dirt.corrected) || former === values.phone) return row;
    const others = noted.filter(({ field }) => field !== 'phone');
    return {
      ...row,
      earlier: { text: item(former), faults: [...others, { field: 'phone', kind: 'corrected', written: former, clean: values.phone }] },
    };
  };
  function* rows(): Generator<Row> {
    for (let index = 0; index < customers; index += 1) yield user(index);
  }
  return { name: 'users.json', source: 'crm', stream: 'users', layout: indented, expected: customers, rows: rows() };
}

const nouns = 'garden,river,engine,letter,window,market,bridge,lantern,harbour,kitchen,violin,mountain,ticket,winter,orchard,mirror'.split(
  ',',
);
const verbs = 'follows,repairs,forgets,paints,borrows,measures,answers,crosses,hides,counts,wakes,carries'.split(',');
const manners = 'slowly,at night,for the first time,without a word,twice a year,by the old road,in the rain,as agreed'.split(',');
const tags = 'history,travel,cooking,music,books,nature,work,love,crime,science,sport,family,money,city,art,health'.split(',');

function posts({ seed, customers }: Plan): FileOfRecords {
  const record = keyed(seed, 'crm360 post');
  const count = Math.max(1, Math.round(customers * shares.posts));
  function* rows(): Generator<Row> {
    for (let index = 0; index < count; index += 1) {
      const random = record(index);
      const author = random.int(0, customers - 1);
      const sentence = (): string => `The ${random.pick(nouns)} ${random.pick(verbs)} the ${random.pick(nouns)} ${random.pick(manners)}.`;
      const title = sentence().slice(0, -1);
      const text = indentedItem({
        id: index + 1,
        title,
        body: `${title}. ${Array.from({ length: random.int(2, 5) }, sentence).join(' ')}`,
        tags: [...new Set([random.pick(tags), random.pick(tags), random.pick(tags)])],
        reactions: { likes: random.int(0, 1400), dislikes: random.int(0, 50) },
        views: random.int(10, 5000),
        userId: author + 1,
      });
      yield { text, id: String(index + 1), number: index, person: author };
    }
  }
  return { name: 'posts.json', source: 'marketing', stream: 'posts', layout: indented, expected: count, rows: rows() };
}

/** By column: how often the ERP has nothing there, beyond what everybody forgets. */
const gaps = [
  ['full_name', 0.12],
  ['street', 0.02],
  ['city', 0.03],
  ['postal_code', 0.06],
  ['lat_lng', 0.017],
] as const;

function erp({ seed, customers, dirt }: Plan, people: People): FileOfRecords {
  const record = keyed(seed, 'crm360 erp');
  const count = Math.max(1, Math.round(customers * shares.erp));
  const repeated = Math.round(count * Math.min(0.9, shares.repeated * dirt.repeated));
  const chosen = permutation(seed, 'crm360 erp repeat', count);
  const customer = (index: number): Row => {
    const random = record(index);
    const person = people.person(index);
    const { values, faults } = recordOf(people, person, random, dirt, erpFields, 0.5);
    const noted: Fault[] = faults.map((fault) => ({ ...fault, field: erpNames[fault.field] ?? fault.field }));
    const { coordinates } = addressJson(placeOf(person), index);
    const clean = {
      full_name: `${person.given.written} ${person.family.written}`,
      street: person.address.line,
      city: person.address.town,
      postal_code: person.address.postcode,
      lat_lng: `${coordinates.lat} : ${coordinates.lng}`,
    };
    const written = {
      full_name: `${values.given_name} ${values.family_name}`.trim(),
      street: values.street,
      city: values.city,
      postal_code: values.postcode,
      lat_lng: clean.lat_lng,
    };
    for (const [column, share] of gaps) {
      if (!random.chance(share * dirt.missing)) continue;
      written[column] = '';
      noted.push({ field: column, kind: 'missing', written: '', clean: clean[column] });
    }
    // Two letters and four digits: too few for all, so that some share one.
    const tax = String.fromCharCode(65 + random.int(0, 25), 65 + random.int(0, 25)) + random.int(1000, 9999);
    const id = String(index + 1);
    const cells = [id, written.full_name, written.street, written.city, written.postal_code, written.lat_lng, tax];
    const now: Readonly<Record<string, string>> = written;
    const right: Readonly<Record<string, string>> = clean;
    const settled = noted.map((fault) => ({
      ...fault,
      written: now[fault.field] ?? fault.written,
      clean: right[fault.field] ?? fault.clean,
    }));
    return { text: csvRecord(cells), id, number: index, person: index, faults: settled };
  };
  function* rows(): Generator<Row> {
    for (let index = 0; index < count; index += 1) yield customer(index);
    for (let at = 0; at < repeated; at += 1) yield again(customer(chosen(at)));
  }
  return {
    name: 'ERP_CSV_Data.csv',
    source: 'erp',
    stream: 'customers',
    layout: csvLayout(['cust_number', 'full_name', 'street', 'city', 'postal_code', 'lat_lng', 'tax_id']),
    expected: count + repeated,
    rows: rows(),
  };
}

const erpNames: Readonly<Record<string, string>> = { given_name: 'full_name', family_name: 'full_name', postcode: 'postal_code' };

function tickets({ seed, customers, dirt }: Plan, people: People): FileOfRecords {
  const record = keyed(seed, 'crm360 ticket');
  const count = Math.max(1, Math.round(customers * shares.tickets));
  const writers = Math.max(1, Math.round(customers * shares.writers));
  function* rows(): Generator<Row> {
    for (let index = 0; index < count; index += 1) {
      const random = record(index);
      const writer = random.int(0, writers - 1);
      const person = people.person(writer);
      const clean = cleanValues(people, person).email;
      const [kind, email] = addressed(clean, people.formerContact(person).email, dirt, random);
      const faults: Fault[] = email === clean ? [] : [{ field: 'email', kind, written: email, clean }];
      const [year, month, day] = writtenDay(random.int(dayOf('2023-01-01'), dayOf('2025-12-31')), 'iso').split('-');
      const known = <T>(field: string, share: number, value: T): T | null => {
        if (!random.chance(share * dirt.missing)) return value;
        faults.push({ field, kind: 'missing', written: '', clean: String(value) });
        return null;
      };
      const id = index + 1;
      const text = JSON.stringify({
        ticket_id: id,
        email,
        category: known('category', 0.019, random.pick(['general', 'billing', 'technical'])),
        status: known('status', 0.015, random.pick(['open', 'pending', 'closed'])),
        created_at: known('created_at', 0.019, `${month}/${day}/${year}`),
        priority: known('priority', 0.031, random.pick(['low', 'medium', 'high'])),
      });
      yield { text, id: String(id), number: index, person: writer, faults };
    }
  }
  return { name: 'Support_JSON_ticket_data.json', source: 'support', stream: 'tickets', layout: lines, expected: count, rows: rows() };
}

/** The address that a customer writes from, as the desk has it. */
function addressed(clean: string, former: string, dirt: Plan['dirt'], random: Random): readonly [DirtKind, string] {
  const kind = random.weighted<DirtKind | 'none'>([
    ['none', 92],
    ['case', 3 * dirt.case],
    ['moved', 3 * dirt.moved],
    ['typo', 2 * dirt.typo],
  ]);
  if (kind === 'none') return ['typo', clean];
  if (kind === 'case') return [kind, random.chance(0.5) ? clean.toUpperCase() : ` ${clean}`];
  return [kind, kind === 'moved' ? former : mistyped(clean, random)];
}
