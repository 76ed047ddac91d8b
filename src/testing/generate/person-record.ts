import type { Fault } from './data.js';
import type { Dirt, DirtKind } from './dirt.js';
import { writtenDay } from './notation.js';
import type { People, Person } from './people.js';
import type { Random } from './random.js';
import { mistyped } from './typos.js';
import { nicknamesOf } from './words/nicknames.js';
import { withoutAccents } from './words/people.js';

/** What a system may know of a person, under these names. */
export const personFields = [
  'given_name',
  'family_name',
  'birth_date',
  'gender',
  'national_id',
  'email',
  'phone',
  'street',
  'city',
  'postcode',
  'country',
] as const;

/** One of them. */
export type PersonField = (typeof personFields)[number];

/** A person as a system has them. */
export type PersonValues = Record<PersonField, string>;

/** A person's record as some system wrote it, with everything that differs from the clean one. */
export interface PersonRecord {
  readonly values: Readonly<PersonValues>;
  readonly faults: readonly Fault[];
}

/** The usual shares of records (`missing`: by field) with each kind of dirt. */
const rates = {
  typo: 0.2,
  secondTypo: 0.2,
  nickname: 0.3,
  case: 0.1,
  format: 0.06,
  swapped: 0.012,
  swappedDate: 0.01,
  moved: 0.1,
  movedContact: 0.05,
  married: 0.35,
  shared: 0.03,
  invalid: 0.006,
  suffix: 0.4,
} as const;

const missing: readonly (readonly [PersonField, number])[] = [
  ['given_name', 0.01],
  ['family_name', 0.003],
  ['birth_date', 0.12],
  ['gender', 0.06],
  ['national_id', 0.45],
  ['email', 0.18],
  ['phone', 0.15],
  ['street', 0.05],
  ['city', 0.02],
  ['postcode', 0.05],
];

/** Where typing errors occur. */
const typed: readonly (readonly [PersonField, number])[] = [
  ['given_name', 18],
  ['family_name', 24],
  ['birth_date', 11],
  ['national_id', 4],
  ['email', 10],
  ['phone', 8],
  ['street', 17],
  ['city', 8],
];

const formatted = ['birth_date', 'gender', 'phone', 'street', 'postcode', 'country'] as const;
const cased = ['given_name', 'family_name', 'street', 'city'] as const;

/** A person as they are: ISO date, E.164 phone, two-letter country. */
export function cleanValues(people: People, person: Person): PersonValues {
  const { address } = person;
  return {
    given_name: person.given.written,
    family_name: person.family.written,
    birth_date: writtenDay(person.birth, 'iso'),
    gender: person.gender,
    national_id: people.nationalId(person.index),
    email: person.email,
    phone: person.phone,
    street: address.line,
    city: address.town,
    postcode: address.postcode,
    country: address.land.code,
  };
}

/** The columns of `truth/persons.csv` for persons of a population. */
export const personColumns = ['entity_id', 'household_id', ...personFields, 'suffix', 'former_family_name'] as const;

/** One line of it, without the identifier. */
export function personLine(people: People, person: Person): string[] {
  const values = cleanValues(people, person);
  return [`H${person.household + 1}`, ...personFields.map((field) => values[field]), person.suffix, person.formerFamily?.written ?? ''];
}

/** A record that is being spoiled; only the fields that its system has can be. */
class Draft {
  readonly faults: { field: PersonField; kind: DirtKind; written: string; clean: string }[] = [];
  readonly values: PersonValues;

  constructor(
    private readonly clean: PersonValues,
    private readonly fields: ReadonlySet<PersonField>,
  ) {
    this.values = { ...clean };
  }

  set(field: PersonField, kind: DirtKind, value: string): void {
    if (value === this.values[field] || !this.fields.has(field)) return;
    this.values[field] = value;
    this.faults.push({ field, kind, written: value, clean: this.clean[field] });
  }

  /** The record, every fault with what stands in the field in the end; faults that later ones undid are gone. */
  done(): PersonRecord {
    const { values, clean } = this;
    if (this.faults.length > 1) for (const fault of this.faults) fault.written = values[fault.field];
    return { values, faults: this.faults.filter(({ field }) => values[field] !== clean[field]) };
  }
}

/** All fields of a person. */
export const allFields: ReadonlySet<PersonField> = new Set(personFields);

/**
 * A person as a system came to write them. What happened to the person comes first (an old address, a name before a marriage),
 * then what the clerk did (nickname, swapped, left out), then what the keyboard did, then how the system writes.
 * `strength` scales all of it: a system that checks its entries has less.
 */
export function recordOf(
  people: People,
  person: Person,
  random: Random,
  dirt: Dirt,
  fields: ReadonlySet<PersonField> = allFields,
  strength = 1,
): PersonRecord {
  const draft = new Draft(cleanValues(people, person), fields);
  const happens = (kind: DirtKind, share: number): boolean => random.chance(share * dirt[kind] * strength);
  live(draft, people, person, happens);
  enter(draft, person, random, happens);
  if (happens('typo', rates.typo)) {
    mistype(draft, random);
    if (random.chance(rates.secondTypo)) mistype(draft, random);
  }
  write(draft, person, random, happens);
  return draft.done();
}

type Happens = (kind: DirtKind, share: number) => boolean;

function live(draft: Draft, people: People, person: Person, happens: Happens): void {
  if (happens('moved', rates.moved)) {
    const former = people.formerAddress(person);
    draft.set('street', 'moved', former.line);
    draft.set('city', 'moved', former.town);
    draft.set('postcode', 'moved', former.postcode);
  }
  if (happens('moved', rates.movedContact)) {
    const former = people.formerContact(person);
    draft.set('email', 'moved', former.email);
    draft.set('phone', 'moved', former.phone);
  }
  if (person.formerFamily !== undefined && happens('married', rates.married))
    draft.set('family_name', 'married', person.formerFamily.written);
  if (happens('shared', rates.shared)) draft.set('email', 'shared', person.shared.email);
  if (happens('shared', rates.shared)) draft.set('phone', 'shared', person.shared.phone);
}

function enter(draft: Draft, person: Person, random: Random, happens: Happens): void {
  const { values } = draft;
  const others = nicknamesOf(values.given_name);
  if (others.length > 0 && happens('nickname', rates.nickname)) draft.set('given_name', 'nickname', random.pick(others));
  if (happens('swapped', rates.swapped)) {
    const { given_name, family_name } = values;
    draft.set('given_name', 'swapped', family_name);
    draft.set('family_name', 'swapped', given_name);
  }
  if (happens('swapped', rates.swappedDate)) draft.set('birth_date', 'swapped', dayAndMonthSwapped(values.birth_date));
  if (person.suffix !== '' && happens('format', rates.suffix))
    draft.set('family_name', 'format', `${values.family_name} ${random.pick(['Jr.', 'Jr', 'junior', 'JR.'])}`);
  for (const [field, share] of missing) if (happens('missing', share)) draft.set(field, 'missing', '');
  if (happens('invalid', rates.invalid)) {
    const field = random.pick(['birth_date', 'email', 'phone', 'postcode'] as const);
    draft.set(field, 'invalid', random.pick(invalid[field]));
  }
}

const invalid = {
  birth_date: ['1900-01-01', '0000-00-00', '31/02/1980', '2099-12-31', 'unknown'],
  email: ['none', 'n/a', 'noemail', 'x@x', '@mail.example', 'test@test'],
  phone: ['0', '0000000000', '123456789', 'n/a', '+'],
  postcode: ['00000', '99999', '-', 'n/a'],
} as const;

/** `1980-03-05` as `1980-05-03`; a day after the 12th can't be taken for a month. */
function dayAndMonthSwapped(date: string): string {
  const [year = '', month = '', day = ''] = date.split('-');
  return Number(day) > 12 ? date : `${year}-${day}-${month}`;
}

function mistype(draft: Draft, random: Random): void {
  const field = random.weighted(typed);
  const value = draft.values[field];
  if (value !== '') draft.set(field, 'typo', field === 'birth_date' ? mistypedDate(value, random) : mistyped(value, random));
}

/** Another day of the month, another month, or a year that is off by one or by ten: a date of the calendar still. */
function mistypedDate(date: string, random: Random): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(date)) return date;
  const [year, month, day] = [Number(date.slice(0, 4)), date.slice(5, 7), date.slice(8)];
  const kind = random.int(0, 2);
  if (kind === 0) return `${year + random.pick([-10, -1, 1, 10])}-${month}-${day === '29' ? '28' : day}`;
  const two = (value: number): string => String(value).padStart(2, '0');
  if (kind === 1) return `${year}-${two(random.int(1, 12))}-${two(Math.min(28, Number(day)))}`;
  return `${year}-${month}-${two(random.int(1, 28))}`;
}

function write(draft: Draft, person: Person, random: Random, happens: Happens): void {
  const { values } = draft;
  if (happens('case', rates.case)) {
    const shape = random.int(0, 9);
    // A system that knows capitals only writes all of a record in them; blanks and lost accents are of one field.
    const fields = shape < 5 ? cased : [random.pick(cased)];
    for (const field of fields) draft.set(field, 'case', cast(values[field], shape));
  }
  for (const field of formatted)
    if (values[field] !== '' && happens('format', rates.format))
      draft.set(field, 'format', reformatted(field, values[field], person, random));
}

function cast(value: string, shape: number): string {
  if (shape < 3) return value.toUpperCase();
  if (shape < 5) return value.toLowerCase();
  if (shape < 8) return withoutAccents(value);
  return shape === 8 ? ` ${value} ` : value.replace(/[ -]/, '  ');
}

function reformatted(field: (typeof formatted)[number], value: string, { address: { land } }: Person, random: Random): string {
  if (field === 'birth_date') return dateIn(value, random.int(0, 3));
  if (field === 'gender') return value === 'F' ? random.pick(['female', 'f', 'W', '2']) : random.pick(['male', 'm', 'H', '1']);
  if (field === 'country') return random.pick([land.name, land.name.toUpperCase(), land.code.toLowerCase()]);
  if (field === 'postcode') return random.chance(0.5) ? value.replaceAll(/[ -]/g, '') : `${land.code}-${value}`;
  return field === 'street' ? abbreviated(value) : nationally(value, land, random);
}

function dateIn(date: string, notation: number): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(date)) return date;
  const day = Date.parse(`${date}T00:00:00Z`) / 86_400_000;
  // A typing error may have made a day that the month does not have.
  if (Number.isNaN(day)) return date;
  if (notation === 0) return writtenDay(day, 'slashed');
  if (notation === 1) return writtenDay(day, 'long');
  return notation === 2 ? writtenDay(day, 'slashed').replaceAll('/', '.') : date.replaceAll('-', '');
}

const abbreviations: readonly (readonly [RegExp, string])[] = [
  [/ Street\b/, ' St'],
  [/ Avenue\b/, ' Ave'],
  [/ Road\b/, ' Rd'],
  [/ Drive\b/, ' Dr'],
  [/ Lane\b/, ' Ln'],
  [/ Court\b/, ' Ct'],
  [/ Boulevard\b/, ' Blvd'],
  [/straße\b/, 'str.'],
  [/straat\b/, 'str.'],
  [/gatan\b/, 'g.'],
  [/vägen\b/, 'v.'],
  [/\bCalle /, 'C/ '],
  [/\bAvenida /, 'Avda. '],
  [/\bavenue /, 'av. '],
  [/\brue /, 'r. '],
  [/\bPiazza /, 'P.za '],
  [/\bVia /, 'V. '],
  [/\bul\. /, ''],
];

/** A street with its kind cut short, or the number set off by a comma where there is nothing to cut. */
function abbreviated(street: string): string {
  for (const [long, short] of abbreviations) if (long.test(street)) return street.replace(long, short);
  return street.replace(/ (\d)/, ', $1').replace(/,,/, ',');
}

function nationally(phone: string, land: { readonly dial: string; readonly trunk: string }, random: Random): string {
  if (!phone.startsWith(`+${land.dial}`)) return phone;
  const number = phone.slice(land.dial.length + 1);
  const [area, rest] = [number.slice(0, 3), number.slice(3)];
  const form = random.int(0, 4);
  if (form === 0) return `+${land.dial} ${area} ${rest}`;
  if (form === 1) return `00${land.dial}${number}`;
  if (form === 2) return `${land.trunk}${area} ${rest.slice(0, 3)} ${rest.slice(3)}`;
  return form === 3 ? `(${land.trunk}${area}) ${rest.slice(0, 3)}-${rest.slice(3)}` : `${land.trunk}${number}`;
}
