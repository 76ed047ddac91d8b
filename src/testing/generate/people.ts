import type { Dirt } from './dirt.js';
import { dayOf, padded } from './notation.js';
import { type KeyedRandom, keyed, permutation, type Random } from './random.js';
import { type Land, lands } from './words/lands.js';
import { type Naming, namesOf } from './words/names.js';
import type { Word } from './words/people.js';

/** Where a person lives. `postcode` and `town` belong together, `line` is street and house number in the land's order. */
export interface Address {
  readonly land: Land;
  readonly line: string;
  readonly town: string;
  readonly townRank: number;
  readonly postcode: string;
}

/** The truth about one person, before any system writes it down. Days are counted from 1970-01-01. */
export interface Person {
  readonly index: number;
  /** The number of the household; its members have the address, and mostly the family name, in common. */
  readonly household: number;
  readonly gender: 'F' | 'M';
  readonly given: Word;
  readonly family: Word;
  /** The name before a marriage, if there was one. */
  readonly formerFamily: Word | undefined;
  /** `Jr.` for a son with the given name of his father, else empty. */
  readonly suffix: '' | 'Jr.';
  readonly birth: number;
  /** A mailbox of their own, or the household's. */
  readonly email: string;
  /** With plus and calling code (E.164): a mobile of their own, or the household's line. */
  readonly phone: string;
  readonly address: Address;
  /** What all members can be reached under. */
  readonly shared: { readonly email: string; readonly phone: string };
}

/** All persons of one seed: `person` is a pure function of the index (0 to size-1). */
export interface People {
  readonly seed: number;
  readonly size: number;
  readonly person: (index: number) => Person;
  /** Where a person lived before: the address of old records. */
  readonly formerAddress: (person: Person) => Address;
  /** What a person was reached under before. */
  readonly formerContact: (person: Person) => { readonly email: string; readonly phone: string };
  /** The number that a state gives: nine digits, of nobody else. */
  readonly nationalId: (index: number) => string;
}

/** Persons are numbered in blocks of so many, which their households fill. */
const block = 8;
const sizes = [
  [1, 34],
  [2, 31],
  [3, 15],
  [4, 13],
  [5, 5],
  [6, 2],
] as const;
const share = {
  partner: 0.82,
  sameName: 0.72,
  sameGender: 0.04,
  twins: 0.06,
  namesake: 0.15,
  householdMail: 0.06,
  householdPhone: 0.12,
  mixed: 0.06,
};
const domains = [
  ['mail.example', 34],
  ['post.example', 21],
  ['inbox.example', 14],
  ['webmail.example', 11],
  ['letters.example', 8],
  ['courier.example', 5],
  ['pigeon.example', 4],
  ['home.example', 3],
] as const;

const firstBirth = dayOf('1935-01-01');

interface Household {
  readonly first: number;
  readonly size: number;
  readonly land: Land;
  readonly naming: Naming;
  readonly family: Word;
  readonly address: Address;
  readonly email: string;
  readonly phone: string;
  readonly partner: boolean;
  /** Birth and gender of each member, by place. */
  readonly births: readonly number[];
  readonly genders: readonly ('F' | 'M')[];
  readonly namesake: boolean;
}

/** The population of one seed. `alike` of the dirt says how many twins and namesakes there are, `shared` how many mailboxes and phones serve several. */
export function peopleOf(seed: number, size: number, dirt: Dirt): People {
  const blocks = keyed(seed, 'people household sizes');
  const facts = keyed(seed, 'people household');
  const own = keyed(seed, 'people person');
  const namesakes = keyed(seed, 'people namesake');
  const mailbox = permutation(seed, 'people mailbox', size);
  const before = keyed(seed, 'people former address');
  const contactsBefore = keyed(seed, 'people former contact');
  let known: Household | undefined;

  const householdOf = (index: number): Household => {
    if (known !== undefined && index >= known.first && index < known.first + known.size) return known;
    const start = index - (index % block);
    const random = blocks(start / block);
    let first = start;
    let count = 0;
    do {
      first += count;
      count = Math.min(random.weighted(sizes), start + block - first);
    } while (first + count <= index);
    known = household(facts(first), first, Math.min(count, Math.max(1, size - first)), dirt);
    return known;
  };

  return {
    seed,
    size,
    person: (index) => {
      const home = householdOf(index);
      return personOf(home, index, mailbox(index) + 1, own(index), namesakes, dirt);
    },
    formerAddress: (person) => {
      const random = before(person.index);
      // Most people who move stay near: a third in the same town.
      const stays = random.chance(0.35) ? person.address : undefined;
      return addressOf(person.address.land, random, stays);
    },
    formerContact: (person) => {
      const random = contactsBefore(person.index);
      // A number that no present mailbox has, and that says nothing of the present one.
      const former = 2 * size - mailbox(person.index);
      return {
        email: mailboxOf(person.given, person.family, person.birth, former, random),
        phone: `+${person.address.land.dial}${person.address.land.mobile(random)}`,
      };
    },
    // A prime that divides no power of ten: neighbours get numbers that are far apart, and no two the same.
    nationalId: (index) => padded(((index + 1 + (seed % 1000)) * 611_953) % 1_000_000_007, 10),
  };
}

function household(random: Random, first: number, size: number, dirt: Dirt): Household {
  const land = random.weighted(lands());
  const naming = random.weighted(land.peoples);
  const family = namesOf(naming).family.draw(random);
  const address = addressOf(land, random, undefined);
  const partner = size > 1 && random.chance(share.partner);
  const parents = partner ? 2 : 1;
  const children = size - parents;
  // Who has children here was born between 1935 and 1975; others between 1935 and 2006.
  const eldest = firstBirth + random.int(0, children > 0 ? 14_600 : 25_900);
  const gender = (): 'F' | 'M' => (random.chance(0.5) ? 'F' : 'M');
  const lead = gender();
  const births = [eldest];
  const genders = [lead];
  if (partner) {
    births.push(eldest + (random.int(-1500, 2200) || 1));
    genders.push(random.chance(share.sameGender) ? lead : lead === 'F' ? 'M' : 'F');
  }
  const twins = random.chance(share.twins * dirt.alike);
  let born = eldest + random.int(7300, 11_700);
  for (let child = 0; child < children; child += 1) {
    births.push(born);
    genders.push(gender());
    if (!(twins && child === 0)) born += random.int(400, 1900);
  }
  const namesake = lead === 'M' && children > 0 && genders[parents] === 'M' && random.chance(share.namesake * dirt.alike);
  const mailbox = `${random.pick(['family', 'casa', 'home', 'the'])}.${family.local}${first + 1}@${random.weighted(domains)}`;
  return {
    first,
    size,
    land,
    naming,
    family,
    address,
    email: mailbox,
    phone: `+${land.dial}${land.fixed(random, address.townRank)}`,
    partner,
    births,
    genders,
    namesake,
  };
}

function personOf(home: Household, index: number, mailbox: number, random: Random, namesakes: KeyedRandom, dirt: Dirt): Person {
  const place = index - home.first;
  const gender = home.genders[place] ?? 'F';
  const parents = home.partner ? 2 : 1;
  const naming = random.chance(share.mixed) ? random.weighted(home.land.peoples) : home.naming;
  const child = place >= parents;
  const drawn = givenOf(naming, gender, random);
  const named = place === 0 && home.namesake;
  // A father and a son of the same name: both take what the household draws.
  const given = named || (home.namesake && place === parents) ? givenOf(home.naming, gender, namesakes(home.first)) : drawn;
  const born = namesOf(naming).family.draw(random);
  const joined = place === 0 || child || random.chance(share.sameName);
  const family = inflected(joined ? home.family : born, gender);
  const { land, size, email: sharedMail, phone: sharedPhone } = home;
  const birth = home.births[place] ?? 0;
  const sharesMail = size > 1 && random.chance(share.householdMail * dirt.shared);
  const sharesPhone = size > 1 && random.chance(share.householdPhone * dirt.shared);
  return {
    index,
    household: home.first,
    gender,
    given,
    family,
    formerFamily: place === 1 && home.partner && joined ? inflected(born, gender) : undefined,
    suffix: home.namesake && place === parents ? 'Jr.' : '',
    birth,
    email: sharesMail ? sharedMail : mailboxOf(given, family, birth, mailbox, random),
    phone: sharesPhone ? sharedPhone : `+${land.dial}${land.mobile(random)}`,
    address: home.address,
    shared: home,
  };
}

function givenOf(naming: Naming, gender: 'F' | 'M', random: Random): Word {
  return namesOf(naming)[gender === 'F' ? 'female' : 'male'].draw(random);
}

/** The form that a woman has of a family name that has two. */
function inflected(family: Word, gender: 'F' | 'M'): Word {
  if (gender === 'M' || !/(ski|cki)$/.test(family.written)) return family;
  const [written, latin, local] = [family.written, family.latin, family.local].map((name) => name.replace(/i$/, 'a'));
  return { written: written ?? '', latin: latin ?? '', local: local ?? '' };
}

/** An address of the person alone: the name in one of the usual forms, made unique by a number. */
function mailboxOf(given: Word, family: Word, birth: number, number: number, random: Random): string {
  const first = given.local;
  const last = family.local;
  const form = random.int(0, 9);
  const name =
    form < 5
      ? `${first}.${last}${number}`
      : form < 7
        ? `${first.charAt(0)}${last}${number}`
        : form < 8
          ? `${last}_${first}${number}`
          : form < 9
            ? `${first}${1970 + Math.floor(birth / 365.25)}.${number}`
            : `${first}${last.charAt(0)}${number}`;
  return `${name}@${random.weighted(domains)}`;
}

function addressOf(land: Land, random: Random, near: Address | undefined): Address {
  const drawn = land.towns.rank(random);
  const townRank = near?.townRank ?? drawn;
  const letterOfHouse = random.chance(0.06) ? random.pick(['a', 'b', 'c']) : '';
  // House numbers fall off: most streets are short.
  const house = `${1 + Math.floor(180 * random.fraction() ** 2)}${letterOfHouse}`;
  return {
    land,
    line: land.line(land.streets.draw(random).written, house),
    town: land.towns.words[townRank]?.written ?? '',
    townRank,
    postcode: land.postcode(townRank, random.fraction()),
  };
}
