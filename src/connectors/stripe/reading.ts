import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import { isObject } from '../http/json.js';
import type { Asked, Batch } from '../incremental.js';
import type { Api } from './api.js';
import type { Query, StripeList } from './lists.js';
import type { Page } from './page.js';
import { completed, pageOf, recordOf } from './page.js';

/** What is read, and how. */
export interface Wanted {
  readonly api: Api;
  /** Name of the list, as in its address. */
  readonly path: string;
  readonly list: StripeList;
  readonly expand: readonly string[];
  /** Types of the events that tell what changed; null where only what was created is asked for. */
  readonly events: readonly string[] | null;
}

/** How far a reading came: in the list, behind a record; or in the events, behind one of them. */
const place = z.object({
  /** When the reading began, by Stripe's clock: from then on the next one asks. */
  began: z.string().nullable(),
  of: z.enum(['list', 'events']),
  part: z.number(),
  after: z.string().nullable(),
  created: z.number().nullable(),
});
type Place = z.output<typeof place>;

const start: Place = { began: null, of: 'list', part: 0, after: null, created: null };

/** The pages of a stream. All of the list, or a stretch of it by the time of creation; or what the events since then tell of. */
export async function* batchesOf(wanted: Wanted, { since, until }: Asked, from: unknown): AsyncIterable<Batch> {
  const at = place.safeParse(from).data ?? start;
  const bounds = {
    ...(since === null ? {} : { 'created[gte]': secondsOf(since) }),
    ...(until === null ? {} : { 'created[lt]': secondsOf(until) }),
  };
  if (since === null || until !== null || wanted.events === null) yield* listed(wanted, bounds, at);
  else yield* changed({ ...wanted, events: wanted.events }, bounds, at);
}

/** A list, newest first. What is created meanwhile stands before the place that was reached, and is news for the next run. */
async function* listed({ api, path, list, expand }: Wanted, bounds: Query, from: Place): AsyncIterable<Batch> {
  let at = from;
  const inList = expand.length === 0 ? {} : { expand: expand.map((field) => `data.${field}`) };
  while (at.part < list.parts.length) {
    const query = { ...list.parts[at.part], ...bounds, ...inList };
    // A record that was deleted can't be asked behind; then the page begins with the second in which it was created.
    const page: Page | null =
      (await pageOf(api, path, query, at.after)) ??
      (at.created === null ? null : await pageOf(api, path, { ...query, 'created[lte]': at.created }, null));
    if (page === null) throw new OnefoldError('SOURCE_BROKEN', `Stripe no longer knows where the reading of ${path} stopped`);
    const last = page.rows.at(-1);
    const began = at.began ?? page.at?.toISOString() ?? null;
    at = page.more ? { ...at, began, after: last?.id ?? null, created: createdOf(last?.record) } : { ...start, began, part: at.part + 1 };
    const records = await Promise.all(page.rows.map(({ record }) => completed(api, record)));
    yield { records, place: at, totals: null, ...newest(began) };
  }
}

/**
 * What the events since then tell of, as it stands now. Not as the events show it: they are written in the API version of the account at
 * the time, expand nothing, and may be outdated by later ones. What is new comes a hundred at a time by the list, the rest one by one.
 */
async function* changed(
  { events: types, ...wanted }: Wanted & { readonly events: readonly string[] },
  bounds: Query,
  from: Place,
): AsyncIterable<Batch> {
  const { api, path, list, expand } = wanted;
  const pageOfEvents = async (after: string | null): Promise<Page> => {
    const page = await pageOf(api, 'events', { ...bounds, types }, after);
    if (page !== null) return page;
    throw new OnefoldError('SOURCE_BROKEN', `Stripe no longer knows where the reading of changes to ${path} stopped`);
  };
  let events = await pageOfEvents(from.of === 'events' ? from.after : null);
  const began = from.began ?? events.at?.toISOString() ?? null;
  const known = new Set<string>();
  if (from.of === 'list' && events.rows.length > 0)
    for await (const batch of listed({ ...wanted, events: null }, bounds, { ...from, began })) {
      for (const { id } of batch.records) if (typeof id === 'string') known.add(id);
      yield batch;
    }
  for (;;) {
    const ids = [...new Set(events.rows.flatMap(({ record }) => subjectOf(record, list.object) ?? []))].filter((id) => !known.has(id));
    for (const id of ids) known.add(id);
    const found = await Promise.all(
      ids.map(async (id) => {
        const record = await recordOf(api, path, id, expand.length === 0 ? {} : { expand });
        return record === null ? null : completed(api, record);
      }),
    );
    yield {
      // What belongs to a test clock is in no list; with it here, it would come by events and go with every full reading.
      records: found.flatMap((record) => (record === null || typeof record['test_clock'] === 'string' ? [] : [record])),
      gone: ids.flatMap((id, i) => (found[i] === null ? [[id]] : [])),
      place: { ...start, began, of: 'events', after: events.rows.at(-1)?.id ?? null } satisfies Place,
      totals: null,
      ...newest(began),
    };
    if (!events.more) return;
    events = await pageOfEvents(events.rows.at(-1)?.id ?? null);
  }
}

/** The id of the record that an event is about: of its object, or of the one that its object refers to. */
function subjectOf(event: Readonly<Record<string, unknown>>, object: string): string | null {
  const data = event['data'];
  const about = isObject(data) ? data['object'] : undefined;
  if (!isObject(about)) throw new OnefoldError('SOURCE_BROKEN', 'Stripe gave an event that is about nothing');
  const subject = about['object'] === object ? about : about[object];
  const id = isObject(subject) ? subject['id'] : subject;
  return typeof id === 'string' && id !== '' ? id : null;
}

/** When a record was created, in seconds since 1970. */
export function createdOf(record: Readonly<Record<string, unknown>> | undefined): number | null {
  const created = record?.['created'];
  return typeof created === 'number' ? created : null;
}

/** From where the next run asks; without a clock of Stripe's, from the last record that was created. */
function newest(began: string | null): Pick<Batch, 'newest'> {
  return began === null ? {} : { newest: began };
}

function secondsOf(time: string): number {
  return Math.floor(new Date(time).getTime() / 1000);
}
