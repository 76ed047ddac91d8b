import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import type { SourceRecord } from '../contract.js';
import { serviceCode, sourceError } from '../http/failure.js';
import type { Answer, RequestSpec } from '../http/message.js';
import { inItsWords } from './errors.js';
import type { Session } from './session.js';

/** A query as it is sent. */
export interface Query {
  /** What messages call it. */
  readonly name: string;
  readonly soql: string;
  /** Whether rows in the recycle bin are given too. */
  readonly deleted: boolean;
  /** The most records of an answer; the service may give fewer. */
  readonly batch: number;
}

/** One answer of a query. */
export interface Rows {
  readonly records: readonly SourceRecord[];
  /** How many rows the whole query has. */
  readonly total: number;
  /** Address of the rows that follow; null at the end. */
  readonly next: string | null;
  /** Calls of the API in these 24 hours, as the service says. */
  readonly calls: { readonly used: number; readonly allowed: number } | null;
}

const result = z.object({
  totalSize: z.number().int().min(0),
  done: z.boolean(),
  nextRecordsUrl: z.string().optional(),
  records: z.array(z.record(z.string(), z.unknown())),
});

/** The service takes 16 KB of address and headers together; a longer query goes in a body. */
const longestAddress = 8000;

/**
 * The rows of a query, answer by answer, from the first or from an address that an earlier answer gave.
 * @throws OnefoldError those of the client, in the service's words; `SOURCE_BROKEN` when answers contradict themselves
 */
export async function* rowsOf(session: Session, query: Query, from: string | null = null): AsyncGenerator<Rows, void> {
  const seen = new Set<string>();
  for (let next = from === null ? null : addressOf(query, from); ; ) {
    const rows = await ask(session, query, next === null ? first(session, query) : more(query, next));
    yield rows;
    if (rows.next === null) return;
    if (seen.has(rows.next)) throw broken(query, 'leads back to a page that was read');
    seen.add(rows.next);
    next = rows.next;
  }
}

function first({ data }: Session, { soql, deleted, batch }: Query): RequestSpec {
  const path = `${data}/${deleted ? 'queryAll' : 'query'}?q=${encodeURIComponent(soql).replaceAll('%20', '+').replaceAll('%2C', ',')}`;
  const headers = { 'sforce-query-options': `batchSize=${batch}` };
  if (path.length <= longestAddress) return { url: path, headers };
  const inner = { method: 'GET', url: path, httpHeaders: headers, referenceId: 'query' };
  return { method: 'POST', url: `${data}/composite`, idempotent: true, body: { json: { compositeRequest: [inner] } } };
}

function more({ batch }: Query, url: string): RequestSpec {
  return { url, headers: { 'sforce-query-options': `batchSize=${batch}` } };
}

async function ask({ http }: Session, query: Query, spec: RequestSpec): Promise<Rows> {
  const answer = await http.request(spec).catch((thrown: unknown) => {
    throw inItsWords(thrown, query.name);
  });
  const found = result.safeParse(unwrapped(answer, query));
  if (!found.success) throw broken(query, 'is answered with something that is no result of a query');
  const { records, totalSize: total, done, nextRecordsUrl } = found.data;
  if (done !== (nextRecordsUrl === undefined))
    throw broken(query, done ? 'is at its end and names a next page' : 'is not at its end and names no next page');
  return { records, total, next: nextRecordsUrl === undefined ? null : addressOf(query, nextRecordsUrl), calls: callsOf(answer) };
}

/** The answer that lies inside another, where the query was sent in a body. */
function unwrapped({ json, url }: Answer, { name }: Query): unknown {
  const outer = z.object({ compositeResponse: z.tuple([z.object({ httpStatusCode: z.number(), body: z.unknown() })]) }).safeParse(json);
  if (!outer.success) return json;
  const [{ httpStatusCode: status, body }] = outer.data.compositeResponse;
  if (status < 400) return body;
  throw inItsWords(sourceError({ kind: 'status', status, code: serviceCode(body) }, { method: 'POST', url: new URL(url) }, 1), name);
}

/** The path of the next rows. It is sent with the token, so it must lead nowhere else. */
function addressOf(query: Query, given: string): string {
  if (/^\/services\/data\/[\w.-]+\/[\w./-]+$/.test(given)) return given;
  throw broken(query, 'names a next page at an address that is none of its own');
}

function callsOf({ headers }: Answer): Rows['calls'] {
  const [, used, allowed] = /api-usage=(\d+)\/(\d+)/.exec(headers.get('sforce-limit-info') ?? '') ?? [];
  return used === undefined || allowed === undefined ? null : { used: Number(used), allowed: Number(allowed) };
}

/** An answer of Salesforce that can't be true. */
export function broken({ name }: Pick<Query, 'name'>, what: string): OnefoldError {
  return new OnefoldError('SOURCE_BROKEN', `${name} ${what}`, { hint: 'build again; if it stays so, ask the support of Salesforce' });
}
