import type { Fault, FileOfRecords, Row } from '../data.js';
import { timeOf, writtenDay } from '../notation.js';
import { type PersonField, recordOf } from '../person-record.js';
import { keyed, permutation, type Random } from '../random.js';
import { again } from '../repeats.js';
import { csvLayout, csvRecord } from '../write.js';
import { type Bank, type Customer, dayAmong, drawn, habits, ofAll, period, type State, salesforceId } from './bank.js';

const fields: ReadonlySet<PersonField> = new Set<PersonField>(['given_name', 'family_name', 'email', 'phone']);
const share = { twice: 0.02, noNumber: 0.15, repeated: 0.004, corrected: 0.015 };

/** Salesforce: contacts, cases and tasks, and the answers of its surveys. */
export function crm(bank: Bank): readonly FileOfRecords[] {
  return [contacts(bank), cases(bank), tasks(bank), surveys(bank)];
}

const fieldNames: Readonly<Record<string, string>> = { given_name: 'first_name', family_name: 'last_name' };

function contacts(bank: Bank): FileOfRecords {
  const { seed, customers, dirt, people } = bank;
  const record = keyed(seed, 'bank contact record');
  const rank = permutation(seed, 'bank contact twice', customers);
  const twice = Math.round(customers * Math.min(0.5, share.twice * dirt.repeated));
  const contact = (one: Customer, copy: number): Row => {
    const random = record(one.index * 2 + copy);
    const { values, faults } = recordOf(people, one.person, random, dirt, fields);
    const id = copy === 0 ? one.contactId : salesforceId('003', customers + one.index);
    const numbered = `${values.family_name} ${one.number}`.trim();
    const bare = random.chance(Math.min(0.9, share.noNumber * dirt.format));
    // A number that went through a spreadsheet: digits, and a decimal point that no phone number has.
    const phone = (number: string): string => (number.startsWith('+') ? `${number.slice(1)}.0` : number);
    const made = crmMoment(one.joined + copy * 100, random);
    const last = bare ? values.family_name : numbered;
    const cleanLast = `${one.person.family.written} ${one.number}`;
    const noted: Fault[] = faults.map((fault) => {
      const field = fieldNames[fault.field] ?? fault.field;
      return field === 'last_name' ? { ...fault, field, written: last, clean: cleanLast } : { ...fault, field };
    });
    if (bare) noted.push({ field: 'last_name', kind: 'format', written: last, clean: cleanLast });
    const line = (email: string, at: string): string =>
      csvRecord([
        made,
        `Segment: ${one.state}, Branch: ${one.territory}`,
        email,
        values.given_name,
        last,
        random.pick(['Existing Customer', 'Web', 'Referral', 'Branch']),
        at,
        phone(values.phone),
        id,
      ]);
    const row = {
      text: line(values.email, crmMoment(one.last, random)),
      id,
      number: one.index * 2 + copy,
      person: one.index,
      faults: noted,
    };
    const former = people.formerContact(one.person).email;
    if (!random.chance(share.corrected * dirt.corrected) || former === values.email) return row;
    const others = noted.filter(({ field }) => field !== 'email');
    const early: Fault[] = [...others, { field: 'email', kind: 'corrected', written: former, clean: values.email }];
    return { ...row, earlier: { text: line(former, made), faults: early } };
  };
  return {
    name: 'sf_contacts.csv',
    source: 'salesforce',
    stream: 'contacts',
    layout: csvLayout([
      'created_date',
      'description',
      'email',
      'first_name',
      'last_name',
      'lead_source',
      'modified_date',
      'phone',
      'sf_contact_id',
    ]),
    expected: customers + twice,
    rows: ofAll(bank, (one) => (rank(one.index) < twice ? [contact(one, 0), contact(one, 1)] : [contact(one, 0)])),
  };
}

/** By state: how many cases are closed, and how urgent they are. */
const urgency: Readonly<Record<State, { readonly closed: number; readonly priorities: readonly (readonly [string, number])[] }>> = {
  active: {
    closed: 0.75,
    priorities: [
      ['Low', 50],
      ['Medium', 40],
      ['High', 10],
    ],
  },
  at_risk: {
    closed: 0.45,
    priorities: [
      ['Low', 25],
      ['Medium', 45],
      ['High', 30],
    ],
  },
  churned: {
    closed: 0.3,
    priorities: [
      ['Low', 15],
      ['Medium', 35],
      ['High', 50],
    ],
  },
};

const subjects = [
  ['Card not delivered', 'Problem'],
  ['Transfer went to the wrong account', 'Problem'],
  ['Cannot sign in to the app', 'Problem'],
  ['Fee that nobody announced', 'Complaint'],
  ['Long wait at the counter', 'Complaint'],
  ['Rate of the fixed saver', 'Question'],
  ['Limit of the card abroad', 'Question'],
  ['New statement by post', 'Request'],
  ['Change of address', 'Request'],
  ['Closing an account', 'Request'],
] as const;

const mostCases = 8;

function cases(bank: Bank): FileOfRecords {
  const { seed, customers, dirt } = bank;
  const facts = keyed(seed, 'bank case');
  function* rows(one: Customer): Generator<Row> {
    const random = facts(one.index);
    const count = drawn(random, habits[one.state].cases);
    for (let at = 0; at < count; at += 1) {
      const number = one.index * mostCases + at;
      const id = salesforceId('500', number);
      const opened = dayAmong(at, count, one, random);
      const closed = random.chance(urgency[one.state].closed);
      const [subject, type] = random.pick(subjects);
      const text = csvRecord([
        closed ? crmMoment(Math.min(opened + random.int(1, 21), period.last), random) : '',
        crmMoment(opened, random, closed ? 'morning' : 'day'),
        `Customer segment: ${one.state}. Created: ${writtenDay(opened, 'iso')}`,
        random.pick(['Phone', 'Email', 'Web']),
        random.weighted(urgency[one.state].priorities),
        id,
        one.contactId,
        closed ? 'Closed' : random.pick(['New', 'Working', 'Escalated']),
        subject,
        type,
      ]);
      const row = { text, id, number, person: one.index };
      yield row;
      if (random.chance(share.repeated * dirt.repeated)) yield again(row);
    }
  }
  return {
    name: 'sf_cases.csv',
    source: 'salesforce',
    stream: 'cases',
    layout: csvLayout([
      'closed_date',
      'created_date',
      'description',
      'origin',
      'priority',
      'sf_case_id',
      'sf_contact_id',
      'status',
      'subject',
      'type',
    ]),
    expected: customers * 2.3,
    rows: ofAll(bank, rows),
  };
}

const mostTasks = 4;

function tasks(bank: Bank): FileOfRecords {
  const facts = keyed(bank.seed, 'bank task');
  function* rows(one: Customer): Generator<Row> {
    const random = facts(one.index);
    const count = drawn(random, habits[one.state].tasks);
    for (let at = 0; at < count; at += 1) {
      const number = one.index * mostTasks + at;
      const id = salesforceId('00T', number);
      const text = csvRecord([
        writtenDay(dayAmong(at, count, one, random), 'iso'),
        `Customer segment: ${one.state}`,
        random.pick(['Low', 'Normal', 'High']),
        one.contactId,
        id,
        random.pick(['Not Started', 'In Progress', 'Completed']),
        random.pick(['Yearly review', 'Call back', 'Welcome letter', 'Offer a depot', 'Ask for feedback', 'Win back']),
      ]);
      yield { text, id, number, person: one.index };
    }
  }
  return {
    name: 'sf_tasks.csv',
    source: 'salesforce',
    stream: 'tasks',
    layout: csvLayout(['activity_date', 'description', 'priority', 'sf_contact_id', 'sf_task_id', 'status', 'subject']),
    expected: bank.customers * 2,
    rows: ofAll(bank, rows),
  };
}

/** By state: the scores from 1 to 5, with their weights. */
const scores: Readonly<Record<State, readonly (readonly [number, number])[]>> = {
  active: [
    [5, 45],
    [4, 38],
    [3, 12],
    [2, 4],
    [1, 1],
  ],
  at_risk: [
    [5, 6],
    [4, 20],
    [3, 40],
    [2, 24],
    [1, 10],
  ],
  churned: [
    [5, 2],
    [4, 6],
    [3, 18],
    [2, 34],
    [1, 40],
  ],
};

const mostSurveys = 4;

function surveys(bank: Bank): FileOfRecords {
  const facts = keyed(bank.seed, 'bank survey');
  const { missing, invalid } = bank.dirt;
  function* rows(one: Customer): Generator<Row> {
    const random = facts(one.index);
    const count = drawn(random, habits[one.state].surveys);
    for (let at = 0; at < count; at += 1) {
      const number = one.index * mostSurveys + at;
      const id = `SV${number + 1}`;
      const score = String(random.weighted(scores[one.state]));
      const kind = random.weighted<'missing' | 'invalid' | undefined>([
        [undefined, 95],
        ['missing', 4 * missing],
        ['invalid', invalid],
      ]);
      const written = kind === undefined ? score : kind === 'missing' ? '' : '9';
      const faults: Fault[] = kind === undefined ? [] : [{ field: 'score', kind, written, clean: score }];
      const day = writtenDay(dayAmong(at, count, one, random), 'iso');
      const text = csvRecord([id, one.contactId, day, random.pick(['Email', 'App', 'Branch']), written]);
      yield { text, id, number, person: one.index, faults };
    }
  }
  return {
    name: 'sf_surveys.csv',
    source: 'salesforce',
    stream: 'surveys',
    layout: csvLayout(['sf_survey_id', 'sf_contact_id', 'answered_date', 'channel', 'score']),
    expected: bank.customers * 1.9,
    rows: ofAll(bank, rows),
  };
}

/** A time as Salesforce writes it, with an offset that has no colon; `morning` leaves the evening to what comes after. */
function crmMoment(day: number, random: Random, part: 'day' | 'morning' = 'day'): string {
  const time = timeOf(random);
  return `${writtenDay(day, 'iso')}T${part === 'morning' ? `06${time.slice(2)}` : time}.000+0000`;
}
