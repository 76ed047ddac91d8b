import type { FileOfRecords, FileOfTruth, Row } from '../data.js';
import type { DirtKind } from '../dirt.js';
import { dayOf, padded, writtenDay } from '../notation.js';
import { keyed } from '../random.js';
import { namesOf } from '../words/names.js';
import { csvLayout, csvRecord } from '../write.js';
import { type Bank, type Customer, dayAmong, drawn, habits, ofAll, type State } from './bank.js';

const texts: Readonly<Record<string, readonly string[]>> = {
  positive: [
    'Pleased with the new savings plan',
    'Recommended us to a colleague',
    'Asked about an investment product, wants a call in spring',
    'Thanked the counter for quick help',
    'Moved the salary account to us',
    'Renewed the home loan without negotiation',
  ],
  neutral: [
    'Updated the postal address',
    'Asked for a balance statement',
    'Routine review held by phone',
    'Picked up a new card',
    'Wanted opening hours of the branch',
  ],
  warning: [
    'Unhappy with the waiting time at the counter',
    'Compared our fees with those of others',
    'Asked what closing the account would cost',
    'Has not used the app for weeks, says it is slow',
    'Second call about the same fee',
    'Reduced the standing order to the savings account',
  ],
  negative: [
    'Closed the current account, cites fees',
    'Transferred the whole balance to another bank',
    'Complaint was never answered, is leaving',
    'Says a competitor has the better rate',
    'Returned all cards by post',
  ],
};

const noteTypes: Readonly<Record<State, readonly (readonly [string, number])[]>> = {
  active: [
    ['positive', 70],
    ['neutral', 30],
  ],
  at_risk: [
    ['warning', 78],
    ['neutral', 18],
    ['positive', 4],
  ],
  churned: [
    ['negative', 72],
    ['warning', 24],
    ['neutral', 4],
  ],
};

/** The two sheets: branches, and the notes that branches keep of customers. */
export function sheets(bank: Bank): readonly FileOfRecords[] {
  return [branchSheet(bank), noteSheet(bank)];
}

function branchSheet({ seed, branches }: Bank): FileOfRecords {
  const facts = keyed(seed, 'bank branch sheet');
  const { female, male, family } = namesOf('english');
  function* rows(): Generator<Row> {
    for (const [index, { id, name, region }] of branches.entries()) {
      const random = facts(index);
      const manager = `${random.pick([female, male]).draw(random).written} ${family.draw(random).written}`;
      const opened = writtenDay(random.int(dayOf('2009-01-01'), dayOf('2022-12-31')), 'iso');
      yield { text: csvRecord([id, name, manager, opened, String(random.int(35, 49) / 10), region, String(random.int(8, 30))]) };
    }
  }
  return {
    name: 'gs_branches.csv',
    source: 'sheets',
    stream: 'branches',
    layout: csvLayout(['branch_id', 'branch_name', 'manager_name', 'opened_date', 'performance_rating', 'region', 'staff_count']),
    expected: branches.length,
    rows: rows(),
  };
}

/** More than any customer has: the notes of a customer have numbers of their own. */
const mostNotes = 8;

function noteSheet(bank: Bank): FileOfRecords {
  const { seed, customers, dirt } = bank;
  const facts = keyed(seed, 'bank note');
  const width = Math.max(5, String(customers * mostNotes).length);
  function* notes(one: Customer): Generator<Row> {
    const random = facts(one.index);
    const count = drawn(random, habits[one.state].notes);
    for (let at = 0; at < count; at += 1) {
      const number = one.index * mostNotes + at;
      const type = random.weighted(noteTypes[one.state]);
      const { email } = one.person;
      const shape = random.weighted([
        ['clean', 90],
        ['missing', 2 * dirt.missing],
        ['upper', 5 * dirt.case],
        ['padded', 3 * dirt.case],
      ]);
      const written = shape === 'missing' ? '' : shape === 'upper' ? email.toUpperCase() : shape === 'padded' ? ` ${email}` : email;
      const kind: DirtKind = shape === 'missing' ? 'missing' : 'case';
      const id = `N${padded(number + 1, width)}`;
      const where = random.chance(0.85) ? one.branch.id : random.pick(bank.branches).id;
      const by = `${random.pick([...'ABCDEHJKLMNPRST'])}. ${namesOf('english').family.draw(random).written}`;
      const day = writtenDay(dayAmong(at, count, one, random), 'iso');
      const faults = written === email ? [] : [{ field: 'customer_email', kind, written, clean: email }];
      const text = csvRecord([where, by, written, day, id, random.pick(texts[type] ?? []), type]);
      yield { text, id, number, person: one.index, faults };
    }
  }
  return {
    name: 'gs_customer_notes.csv',
    source: 'sheets',
    stream: 'customer_notes',
    layout: csvLayout(['branch_id', 'created_by', 'customer_email', 'note_date', 'note_id', 'note_text', 'note_type']),
    expected: customers * 2.2,
    rows: ofAll(bank, notes),
  };
}

/** Every spelling of a branch that occurs, with the branch that is meant. */
export function branchTruth({ branches }: Bank): FileOfTruth {
  function* rows(): Generator<string> {
    for (const { id, name, spellings } of branches) {
      yield csvRecord([name, id, '']);
      for (const { text, kind } of spellings) yield csvRecord([text, id, kind]);
    }
  }
  return { name: 'branches.csv', layout: csvLayout(['spelling', 'branch_id', 'kind']), rows: rows() };
}
