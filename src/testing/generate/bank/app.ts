import type { Fault, FileOfRecords, Row } from '../data.js';
import { padded, writtenDay } from '../notation.js';
import { keyed, type Random } from '../random.js';
import { csvLayout, csvRecord } from '../write.js';
import { type Bank, type Customer, dayAmong, drawn, habits, ofAll, type State } from './bank.js';

/** The app's database: sessions, and the events in them. */
export function app(bank: Bank): readonly FileOfRecords[] {
  return [sessionFile(bank), eventFile(bank)];
}

const mostSessions = 64;
const share = { formerEmail: 0.04, capital: 0.03 };

/** One session of a customer; seconds are counted from the midnight of its day. */
interface Session {
  readonly number: number;
  readonly id: string;
  readonly day: number;
  readonly start: number;
  readonly seconds: number;
  readonly events: number;
  readonly random: Random;
}

function* sessionsOf(bank: Bank, one: Customer): Generator<Session> {
  const { sessions, events } = habits[one.state];
  const count = drawn(keyed(bank.seed, 'bank sessions')(one.index), sessions);
  const facts = keyed(bank.seed, 'bank session');
  for (let at = 0; at < count; at += 1) {
    const number = one.index * mostSessions + at;
    const random = facts(number);
    const day = dayAmong(at, count, one, random);
    const start = 6 * 3600 + random.int(0, 16 * 3600);
    yield { number, id: uuid(random), day, start, seconds: random.int(60, 900), events: drawn(random, events), random };
  }
}

/** With which address the customer signs in, the same in every session: now and then one that no other system knows any more. */
function loginOf(bank: Bank, one: Customer): { readonly email: string; readonly faults: readonly Fault[] } {
  const random = keyed(bank.seed, 'bank login')(one.index);
  const clean = one.person.email;
  if (random.chance(share.formerEmail * bank.dirt.moved)) {
    const email = bank.people.formerContact(one.person).email;
    return { email, faults: [{ field: 'user_email', kind: 'moved', written: email, clean }] };
  }
  if (!random.chance(share.capital * bank.dirt.case)) return { email: clean, faults: [] };
  const email = clean.charAt(0).toUpperCase() + clean.slice(1);
  return { email, faults: [{ field: 'user_email', kind: 'case', written: email, clean }] };
}

function sessionFile(bank: Bank): FileOfRecords {
  function* rows(one: Customer): Generator<Row> {
    const { email, faults } = loginOf(bank, one);
    for (const { id, day, start, seconds, random } of sessionsOf(bank, one)) {
      const [device, platform] = random.weighted([
        [['iPhone', 'iOS'] as const, 40],
        [['Android Phone', 'Android'] as const, 42],
        [['iPad', 'iOS'] as const, 9],
        [['Android Tablet', 'Android'] as const, 9],
      ]);
      const begun = moment(day, start);
      const text = csvRecord([
        random.pick(['4.2.0', '4.1.3', '4.1.0', '3.9.2', '3.8.0']),
        begun,
        device,
        id,
        platform,
        moment(day, start + seconds),
        begun,
        email,
      ]);
      yield { text, id, person: one.index, faults };
    }
  }
  return {
    name: 'sb_sessions.csv',
    source: 'supabase',
    stream: 'app_sessions',
    layout: csvLayout(['app_version', 'created_at', 'device_type', 'id', 'platform', 'session_end', 'session_start', 'user_email']),
    expected: bank.customers * 34,
    rows: ofAll(bank, rows),
  };
}

const doings: Readonly<Record<State, readonly (readonly [string, number])[]>> = {
  active: [
    ['view_balance', 35],
    ['view_transactions', 25],
    ['transfer_internal', 15],
    ['bill_payment', 15],
    ['deposit_check', 5],
    ['open_offer', 5],
  ],
  at_risk: [
    ['view_balance', 55],
    ['view_transactions', 30],
    ['transfer_internal', 6],
    ['bill_payment', 5],
    ['open_fees', 4],
  ],
  churned: [
    ['view_balance', 55],
    ['transfer_external', 25],
    ['open_fees', 12],
    ['view_transactions', 8],
  ],
};

function eventFile(bank: Bank): FileOfRecords {
  const facts = keyed(bank.seed, 'bank event');
  function* rows(one: Customer): Generator<Row> {
    const { email, faults } = loginOf(bank, one);
    for (const { number, id: session, day, start, seconds, events } of sessionsOf(bank, one)) {
      const random = facts(number);
      for (let at = 0; at < events; at += 1) {
        const time = moment(day, start + Math.floor(((at + random.fraction()) * seconds) / events));
        const id = uuid(random);
        const text = csvRecord([time, '{"source": "mobile_app"}', time, random.weighted(doings[one.state]), id, session, email]);
        yield { text, id, person: one.index, faults };
      }
    }
  }
  return {
    name: 'sb_events.csv',
    source: 'supabase',
    stream: 'app_events',
    layout: csvLayout(['created_at', 'event_data', 'event_timestamp', 'event_type', 'id', 'session_id', 'user_email']),
    expected: bank.customers * 210,
    rows: ofAll(bank, rows),
  };
}

function moment(day: number, second: number): string {
  const two = (value: number): string => padded(Math.floor(value), 2);
  return `${writtenDay(day, 'iso')}T${two(second / 3600)}:${two((second % 3600) / 60)}:${two(second % 60)}+00:00`;
}

/** A random UUID (version 4) from four draws. */
function uuid(random: Random): string {
  const [a, b, c, d] = [0, 0, 0, 0].map(() => random.int(0, 0xffff_ffff).toString(16).padStart(8, '0'));
  return `${a}-${b?.slice(0, 4)}-4${b?.slice(5)}-a${c?.slice(1, 4)}-${c?.slice(4)}${d}`;
}
