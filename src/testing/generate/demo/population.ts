import type { Plan } from '../data.js';
import type { Dirt } from '../dirt.js';
import { dayOf, digits, padded } from '../notation.js';
import { keyed, permutation, type Random } from '../random.js';
import { type Company, companiesOf } from '../words/companies.js';
import { cultures, type Word } from '../words/people.js';
import { type Country, countries } from '../words/places.js';

/** The first day and the last that occur in any file, as days since 1970-01-01. */
export const period = { first: dayOf('2024-01-01'), last: dayOf('2026-06-30') } as const;

/** In which systems a customer is known. Support has everybody write in; `support` marks those known nowhere else. */
export interface Systems {
  readonly crm: boolean;
  readonly billing: boolean;
  readonly erp: boolean;
  readonly support: boolean;
}

/** The truth about one customer, before any system writes it down. Identifiers are as their own system writes them. */
export interface Customer {
  readonly index: number;
  readonly systems: Systems;
  readonly crmId: string;
  readonly billingId: string;
  readonly accountNo: string;
  readonly given: Word;
  readonly family: Word;
  readonly email: string;
  readonly phone: string;
  readonly company: Company | undefined;
  readonly city: string;
  readonly country: Country;
}

/** All customers of one seed. `customer` is a pure function of the index (0 to size-1): nothing is kept. */
export interface Population {
  readonly seed: number;
  readonly size: number;
  readonly dirt: Dirt;
  readonly customer: (index: number) => Customer;
  /** The identifier of a CRM contact by number, from 0; numbers from `size` on are nobody's. */
  readonly crmId: (number: number) => string;
  /** A random customer for whom `holds`; undefined when two hundred draws find none, as in a very small population. */
  readonly draw: (random: Random, holds: (customer: Customer) => boolean) => Customer | undefined;
}

const places: readonly (readonly [Systems, number])[] = [
  [{ crm: true, billing: true, erp: true, support: false }, 64],
  [{ crm: true, billing: true, erp: false, support: false }, 16],
  [{ crm: true, billing: false, erp: false, support: false }, 8],
  [{ crm: false, billing: true, erp: true, support: false }, 4],
  [{ crm: false, billing: true, erp: false, support: false }, 3],
  [{ crm: false, billing: false, erp: true, support: false }, 3],
  [{ crm: false, billing: false, erp: false, support: true }, 2],
];

const householdOf = 4;
const share = { household: 0.05, reseller: 0.05, employed: 0.6, migrant: 0.15 };
const freeMail = ['mail.example', 'post.example', 'inbox.example', 'webmail.example'] as const;

/** The population of one seed. */
export function populationOf({ seed, customers: size, dirt }: Plan): Population {
  const width = Math.max(5, String(size).length);
  const facts = keyed(seed, 'demo customer');
  const households = keyed(seed, 'demo household');
  const company = companiesOf(seed);
  const companies = Math.max(1, Math.floor(size / 5));
  const resellers = Math.max(1, Math.floor(size / 250));
  const billingNumber = permutation(seed, 'demo billing id', size);
  const accountNumber = permutation(seed, 'demo account no', size);
  const crmId = (number: number): string => `CRM-${padded(number + 1, width)}`;

  const customer = (index: number): Customer => {
    const random = facts(index);
    const household = households(Math.floor(index / householdOf));
    const shared = household.chance(share.household);
    const seat = residence(shared ? household : random);
    const person = personOf(seat.country, random);
    const family = shared ? personOf(seat.country, household).family : person.family;
    // The first companies are the resellers: one mailbox for the customers that each of them looks after.
    const reseller = !shared && random.chance(share.reseller) ? company(random.int(0, resellers - 1)) : undefined;
    const employer = !shared && random.chance(share.employed) ? company(random.int(0, companies - 1)) : undefined;
    const mailbox = `${person.given.local}.${family.local}`;
    const own = employer ? `${mailbox}@${employer.domain}` : `${mailbox}${index + 1}@${random.pick(freeMail)}`;
    const { country, city } = employer ?? seat;
    return {
      index,
      systems: random.weighted(places),
      crmId: crmId(index),
      billingId: `CUS-${padded(billingNumber(index) + 1, width)}`,
      accountNo: `ACC-${padded(accountNumber(index) + 1, width)}`,
      given: person.given,
      family,
      email: shared ? householdMail(family, index) : reseller ? `info@${reseller.domain}` : own,
      phone: phoneOf(country, random),
      company: employer,
      city,
      country,
    };
  };

  const draw: Population['draw'] = (random, holds) => {
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const drawn = customer(random.int(0, size - 1));
      if (holds(drawn)) return drawn;
    }
    return undefined;
  };
  return { seed, size, dirt, customer, crmId, draw };
}

function residence(random: Random): { readonly country: Country; readonly city: string } {
  const country = random.weighted(countries);
  return { country, city: random.pick(country.cities) };
}

function personOf(country: Country, random: Random): { readonly given: Word; readonly family: Word } {
  const everywhere = ['english', 'german', 'french', 'iberian', 'slavic', 'turkish', 'indian', 'african'] as const;
  const { given, family } = cultures[random.pick(random.chance(share.migrant) ? everywhere : country.cultures)];
  return { given: random.pick<Word>(given), family: random.pick<Word>(family) };
}

function householdMail(family: Word, index: number): string {
  return `family.${family.local}${Math.floor(index / householdOf) + 1}@${freeMail[0]}`;
}

function phoneOf({ dial }: Country, random: Random): string {
  const [area, number] = [digits(random, 2), digits(random, 7)];
  return random.weighted([
    [`+${dial} ${area} ${number}`, 6],
    [`00${dial}${area}${number}`, 2],
    [`(0${area}) ${number.slice(0, 3)}-${number.slice(3)}`, 1],
    [`0${area}/${number}`, 1],
  ]);
}
