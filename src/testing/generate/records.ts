import type { FileOfRecords, FileOfTruth, Plan, Row } from './data.js';
import { defineGenerator } from './generator.js';
import { dayOf, momentOf, padded } from './notation.js';
import { type People, type Person, peopleOf } from './people.js';
import { allFields, type PersonField, type PersonRecord, personColumns, personFields, personLine, recordOf } from './person-record.js';
import { keyed, permutation } from './random.js';
import { again } from './repeats.js';
import { personId } from './truth.js';
import { csvLayout, csvRecord } from './write.js';

/** Records of several systems over one population, in one file: what identity resolution is measured with. */
export const people = defineGenerator({
  name: 'people',
  summary: 'Records of five systems over one population with households, twins and namesakes: for identity resolution',
  customers: 1000,
  data: (plan) => {
    const population = peopleOf(plan.seed, plan.customers, plan.dirt);
    return { files: [recordFile(plan, population)], truth: [personsOf(plan, population)] };
  },
});

const columns = ['record_id', 'source', ...personFields, 'updated_at'] as const;
const systems = ['crm', 'shop', 'billing', 'support', 'loyalty'] as const;

/** How many records a person has, with the share of persons: 2.0 in the mean. */
const copies = [
  [1, 45],
  [2, 28],
  [3, 14],
  [4, 8],
  [5, 5],
] as const;
const mostCopies = 5;
const meanCopies = 2;
const share = { sameSystem: 0.1, repeated: 0.01, corrected: 0.02 };
/** The first record of a person was made with more care, or the others would not differ from it so much. */
const firstStrength = 0.6;

const period = { first: dayOf('2019-01-01'), last: dayOf('2025-12-31') };
const runs = 8;

/** What decides the records of one person: how many there are, and which system has each. */
interface Holdings {
  readonly count: number;
  readonly system: (copy: number) => string;
}

function recordFile({ seed, customers, dirt }: Plan, population: People): FileOfRecords {
  const holdings = keyed(seed, 'people records');
  const record = keyed(seed, 'people record');
  const number = permutation(seed, 'people record id', customers * mostCopies);
  const width = String(customers * mostCopies).length;

  const heldBy = (index: number): Holdings => {
    const random = holdings(index);
    const count = random.weighted(copies);
    const start = random.int(0, systems.length - 1);
    const doubled = random.chance(share.sameSystem);
    // A record more in the same system: a duplicate that the system has by itself.
    return { count, system: (copy) => systems[(start + (doubled && copy > 0 ? copy - 1 : copy)) % systems.length] ?? 'crm' };
  };

  const row = (person: Person, copy: number, system: string): Row => {
    const slot = person.index * mostCopies + copy;
    const random = record(slot);
    const { values, faults } = recordOf(population, person, random, dirt, allFields, copy === 0 ? firstStrength : 1);
    const old = faults.some(({ kind }) => kind === 'moved' || kind === 'married');
    const updated = old ? random.int(period.first, period.last - 1200) : random.int(period.first + 600, period.last);
    const id = `${system}-${padded(number(slot) + 1, width)}`;
    const cells = (moment: string, change?: readonly [PersonField, string]): string => {
      const written = [id, system];
      for (const field of personFields) written.push(change?.[0] === field ? change[1] : values[field]);
      written.push(moment);
      return csvRecord(written);
    };
    const moment = momentOf(updated, random);
    const corrected = random.chance(share.corrected * dirt.corrected);
    return {
      text: cells(moment),
      id,
      number: slot,
      person: person.index,
      faults,
      earlier: corrected
        ? earlierOf(population, person, { values, faults }, (change) => cells(momentOf(updated - 300, random), change))
        : undefined,
    };
  };

  // A pass for each record that a person may have, in blocks of neighbours, so that the members of a household, made together,
  // stand together in a pass while the records of a person stand far apart.
  function* rows(): Generator<Row> {
    const blocks = Math.ceil(customers / runs);
    for (let copy = 0; copy < mostCopies; copy += 1) {
      const order = permutation(seed, `people order ${copy}`, blocks);
      for (let block = 0; block < blocks; block += 1) {
        const start = order(block) * runs;
        const end = Math.min(start + runs, customers);
        for (let index = start; index < end; index += 1) {
          const { count, system } = heldBy(index);
          if (copy >= count) continue;
          const made = row(population.person(index), copy, system(copy));
          yield made;
          if (repeats(index * mostCopies + copy).chance(share.repeated * dirt.repeated)) yield again(made);
        }
      }
    }
  }
  const repeats = keyed(seed, 'people repeat');
  return {
    name: 'records.csv',
    source: 'people',
    stream: 'records',
    layout: csvLayout(columns),
    expected: Math.round(customers * meanCopies * (1 + share.repeated * dirt.repeated)),
    rows: rows(),
  };
}

/** What was delivered before a correction: the address before the last move. */
function earlierOf(
  population: People,
  person: Person,
  { values: { street }, faults }: PersonRecord,
  text: (change: readonly [PersonField, string]) => string,
): Row['earlier'] {
  const former = population.formerAddress(person).line;
  if (former === street) return undefined;
  const others = faults.filter(({ field }) => field !== 'street');
  return { text: text(['street', former]), faults: [...others, { field: 'street', kind: 'corrected', written: former, clean: street }] };
}

/** The persons as they are, one line each. */
export function personsOf({ customers }: Pick<Plan, 'customers'>, population: People): FileOfTruth {
  function* rows(): Generator<string> {
    for (let index = 0; index < customers; index += 1)
      yield csvRecord([personId(index, customers), ...personLine(population, population.person(index))]);
  }
  return { name: 'persons.csv', layout: csvLayout(personColumns), rows: rows() };
}
