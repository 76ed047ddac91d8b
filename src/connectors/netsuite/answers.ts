import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import type { SourceRecord } from '../contract.js';
import type { Http } from '../http/client.js';
import { failureOf, wantsLess } from '../http/failure.js';

/** What NetSuite answers to a query. */
export interface Answer {
  readonly items: readonly SourceRecord[];
  readonly hasMore: boolean;
  /** Rows of the query, those of this answer included; null when NetSuite does not say. */
  readonly total: number | null;
}

const shape = z.object({
  items: z.array(z.record(z.string(), z.unknown())),
  hasMore: z.boolean(),
  totalResults: z.number().int().min(0).optional(),
});

/** Fewer rows than so many are not asked for, however long an answer takes. */
const fewest = 50;

/** One query at a time, and fewer rows an answer from the moment when one was too heavy. */
export interface Asking {
  readonly ask: (query: string) => Promise<Answer>;
}

/** @throws OnefoldError those of the client, and `SOURCE_BROKEN` when an answer is not of the documented form */
export function openAsking(http: Http, pageSize: number): Asking {
  let size = pageSize;
  return {
    ask: async (query) => {
      for (;;) {
        const lighter = size > fewest;
        try {
          const { json } = await http.request({
            method: 'POST',
            url: 'services/rest/query/v1/suiteql',
            query: { limit: size },
            headers: { prefer: 'transient' },
            body: { json: { q: query } },
            idempotent: true,
            lighter,
          });
          return understood(json);
        } catch (thrown) {
          const failure = failureOf(thrown);
          if (!lighter || failure === null || !wantsLess(failure)) throw explained(thrown);
          size = Math.max(fewest, Math.floor(size / 2));
        }
      }
    },
  };
}

function understood(json: unknown): Answer {
  const { success, data } = shape.safeParse(json);
  if (!success) {
    throw new OnefoldError('SOURCE_BROKEN', 'NetSuite answered a query with something that has no `items` and `hasMore`', {
      hint: 'is the address that of a NetSuite account?',
    });
  }
  const { items, hasMore, totalResults } = data;
  if (hasMore && items.length === 0) {
    throw new OnefoldError('SOURCE_BROKEN', 'NetSuite answered with no rows, and that more follow', { hint: 'read the stream again' });
  }
  return { items, hasMore, total: totalResults ?? null };
}

/** Whether NetSuite did not take a query: it says so alike of what is not there and of what the role may not see. */
export function isQueryRefused(thrown: unknown): boolean {
  const failure = failureOf(thrown);
  return failure?.kind === 'status' && failure.status === 400;
}

/** What went wrong, in the words of NetSuite's own settings. */
function explained(thrown: unknown): unknown {
  const failure = failureOf(thrown);
  if (failure === null || !(thrown instanceof OnefoldError)) return thrown;
  const told = (code: OnefoldError['code'], what: string, hint: string): OnefoldError =>
    new OnefoldError(code, what, { hint, cause: thrown.cause });
  if (failure.kind === 'network' && /ENOTFOUND|EAI_AGAIN/.test(failure.code)) {
    return told('SOURCE_UNREACHABLE', `${thrown.message}: no account answers there`, 'look at `account`, and at the network');
  }
  if (failure.kind !== 'status') return thrown;
  const code = failure.code === null ? '' : ` (${failure.code})`;
  if (failure.status === 401) {
    const why = Object.entries(refusals).find(([names]) => names.split(' ').includes(failure.code ?? ''))?.[1];
    const [what, hint] = why ?? ['NetSuite let nobody in', whoMayEnter];
    return told('SOURCE_REFUSED', `${what}${code}`, `${hint}; Setup > Users/Roles > View Login Audit Trail tells the reason`);
  }
  if (failure.status === 400) {
    return told(
      'SOURCE_BROKEN',
      `NetSuite does not take the query${code}: a table, a column or a condition in it is wrong, or the role may not see it`,
      '`onefold doctor` looks which; NetSuite answers alike in both cases, so look at the names and at the permissions of the role',
    );
  }
  if (failure.status === 403) {
    return told(
      'SOURCE_REFUSED',
      `NetSuite knows who asks, and refuses to answer${code}`,
      'the role needs the permissions REST Web Services and SuiteAnalytics Workbook, and the account the feature REST Web Services',
    );
  }
  if (failure.status === 404) return told('SOURCE_BROKEN', `${thrown.message}: no account answers there`, 'look at `account`');
  return thrown;
}

const whoMayEnter =
  'look at `account`, at the four parts of the token or the certificate, and whether user, role and integration are active';

/** What NetSuite says in `WWW-Authenticate`, and what it means. */
const refusals: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  'signature_invalid InvalidSignature signature_method_rejected': [
    'NetSuite found the signature wrong',
    '`consumer_secret` and `token_secret` must belong to `consumer_key` and `token`, without a blank or a line break around them',
  ],
  'timestamp_refused InvalidTimestamp': ['NetSuite found the time of the signature wrong', 'set the clock of this machine'],
  'consumer_key_unknown consumer_key_refused': [
    'NetSuite does not know the integration, or it is blocked',
    'look at `consumer_key`, at `account`, and at the state of the integration record',
  ],
  'token_rejected token_revoked permission_denied': [
    'NetSuite rejected the token',
    'look at `account` and `token`; the token may be revoked, or its user or role inactive, or the role lack Log in using Access Tokens',
  ],
};
