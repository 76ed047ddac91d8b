import type { AttributeKind } from '../kinds.js';
import { address } from './address.js';
import { category } from './category.js';
import { city } from './city.js';
import { code } from './code.js';
import { collection } from './collection.js';
import { company } from './company.js';
import { contact } from './contact.js';
import { coordinates } from './coordinates.js';
import { date } from './date.js';
import { degrees } from './degrees.js';
import { email } from './email.js';
import { employer } from './employer.js';
import { familyName } from './family_name.js';
import { freeText } from './free_text.js';
import { givenName } from './given_name.js';
import { houseNumber } from './house_number.js';
import { listName, listOf } from './listed.js';
import { fullName } from './name.js';
import { number } from './number.js';
import { pages } from './pages.js';
import { people } from './people.js';
import { phone } from './phone.js';
import { postcode } from './postcode.js';
import { website } from './website.js';
import { word } from './word.js';

/** Every kind of attribute: a file of its own and one line here. */
export const attributeKinds: readonly AttributeKind[] = [
  givenName,
  familyName,
  fullName,
  email,
  phone,
  date,
  address,
  houseNumber,
  city,
  postcode,
  company,
  employer,
  contact,
  freeText,
  people,
  collection,
  word,
  category,
  code,
  pages,
  website,
  number,
  coordinates,
  degrees,
];

/** A kind by its name; `email[]` is a list of e-mails. @throws RangeError for a name that no kind has */
export function attributeKind(name: string): AttributeKind {
  const kind = attributeKinds.find((k) => k.name === name || listName(k.name) === name);
  if (kind !== undefined && kind.name !== name) return listOf(kind);
  if (kind === undefined) throw new RangeError(`no kind of attribute is called ${name}`);
  return kind;
}

/** What means a kind alone, or as the last word (`name_last`), and nothing in front of others: `last_login`, `number_of_staff`. */
const neverInFront = new Set(['last', 'first', 'middle', 'ln', 'fn', 'given', 'family', 'number', 'code']);

/**
 * The kind that an attribute's name means, or else its last words, as in `home_phone`, or its first, as in `phone_home`; what only counts
 * (`address_2`, `fname_c1`), and the `c` of custom fields (`domain__c`), mean nothing. Null where none of it means a kind.
 */
export function kindByName(attribute: string): string | null {
  const said = attribute
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((part) => part !== '');
  const parts = said.length > 1 && /^(\p{L}?\d+|c)$/u.test(said.at(-1) ?? '') ? said.slice(0, -1) : said;
  const last = parts.map((_, from) => parts.slice(from).join('_'));
  const first = parts.slice(1).map((_, cut) => parts.slice(0, parts.length - cut - 1).join('_'));
  for (const some of [said.join('_'), ...last, ...first.filter((name) => !neverInFront.has(name))]) {
    const kind = kindCalled(some);
    if (kind !== null) return kind;
  }
  return null;
}

/** The kind that goes by just this name, with or without a number; null where none does. */
export function kindCalled(name: string): string | null {
  return attributeKinds.find((k) => k.aliases.includes(name) || k.aliases.includes(name.replace(/\d+$/, '')))?.name ?? null;
}
