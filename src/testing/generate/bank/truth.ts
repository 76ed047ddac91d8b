import type { FileOfTruth } from '../data.js';
import { writtenDay } from '../notation.js';
import { personColumns, personLine } from '../person-record.js';
import { personId } from '../truth.js';
import { csvLayout, csvRecord } from '../write.js';
import { type Bank, ofAll } from './bank.js';

/** The customers as they are: the person, the state, the branch, and the last day of any activity. */
export function customerTruth(bank: Bank): FileOfTruth {
  const rows = ofAll(bank, ({ index, person, state, branch, last }) => [
    csvRecord([personId(index, bank.customers), ...personLine(bank.people, person), state, branch.id, writtenDay(last, 'iso')]),
  ]);
  return { name: 'persons.csv', layout: csvLayout([...personColumns, 'state', 'branch_id', 'last_activity']), rows };
}
