import type { Fault, Refusal } from './faults.js';
import { openFaults } from './faults.js';
import type { Listening } from './listening.js';
import type { Answered, Arrived, Asked } from './server.js';
import { serveJson } from './server.js';
import type { StripeAccount } from './stripe_account.js';
import { openAccount } from './stripe_account.js';
import { failure } from './stripe_list.js';
import type { StripeRecord } from './stripe_tables.js';

/** What a key may do: everything, unless its `permissions` (`rak_customer_read`) are listed. */
export interface StripeKey {
  readonly permissions?: readonly string[];
  readonly expired?: boolean;
}

export interface StripeOptions {
  /** Name of a list (`customers`) → its records. What lacks an `id` or `created` gets one. */
  readonly tables?: Readonly<Record<string, readonly StripeRecord[]>>;
  /** The same for each connected account, `acct_…`. */
  readonly connected?: Readonly<Record<string, Readonly<Record<string, readonly StripeRecord[]>>>>;
  /** Keys that are known; `sk_test_emulator` if left out. */
  readonly keys?: Readonly<Record<string, StripeKey>>;
  /** The clock, in milliseconds. */
  readonly now?: () => number;
}

export interface StripeEmulator extends StripeAccount, Listening {
  readonly host: string;
  readonly port: number;
  readonly requests: readonly Arrived[];
  readonly faults: (faults: readonly Fault[]) => void;
  /** A connected account. */
  readonly account: (id: string) => StripeAccount;
}

/**
 * The reading half of Stripe's API: lists newest first, ten rows if not asked for more and never over 100; `starting_after` and `ending_before`;
 * `created` and the other filters; `expand`; lists within records cut after ten; events of the last 30 days; secret and restricted keys, connected
 * accounts, and errors in the service's own words.
 */
export async function startStripe(options: StripeOptions = {}): Promise<StripeEmulator> {
  const now = options.now ?? Date.now;
  const keys = options.keys ?? { sk_test_emulator: {} };
  const own = openAccount(options.tables ?? {}, now);
  const connected = new Map(Object.entries(options.connected ?? {}).map(([id, tables]) => [id, openAccount(tables, now)]));
  const faults = openFaults();
  const spent = new Set<string>();
  let count = 0;

  const answer = (asked: Asked): Answered => {
    const key = keyOf(asked);
    if (asked.struck.expires) spent.add(key);
    const known = keys[key];
    if (key === '') return failure(401, { message: 'You did not provide an API key.' });
    if (key.startsWith('pk_'))
      return failure(403, { code: 'secret_key_required', message: 'This API call cannot be made with a publishable API key.' });
    if (known === undefined) return failure(401, { message: `Invalid API Key provided: ${masked(key)}` });
    if (known.expired === true || spent.has(key))
      return failure(401, { code: 'api_key_expired', message: `Expired API Key provided: ${masked(key)}` });
    const version = asked.headers['stripe-version'];
    if (version !== undefined && !/^\d{4}-\d{2}-\d{2}(\.\w+)?$/.test(String(version)))
      return failure(400, { message: `Invalid Stripe API version: ${version}` });
    const id = asked.headers['stripe-account'];
    const account = id === undefined ? own : connected.get(String(id));
    if (account === undefined)
      return failure(403, {
        code: 'account_invalid',
        message: `The provided key '${masked(key)}' does not have access to account '${id}' (or that account does not exist).`,
      });
    return account.answer(asked, (permission) =>
      known.permissions === undefined || known.permissions.includes(permission)
        ? null
        : failure(403, {
            message: `The provided key '${masked(key)}' does not have the required permissions for this endpoint on account '${id ?? 'acct_own'}'. Having the '${permission}' permission would allow this request to continue.`,
          }),
    );
  };

  const service = await serveJson(faults, refused, (asked) => {
    const { status, body } = answer(asked);
    return { status, body, headers: { Date: new Date(now()).toUTCString(), 'Request-Id': `req_${++count}` } };
  });
  const { hostname: host, port } = new URL(service.url);
  return {
    ...service,
    ...own.changes,
    host,
    port: Number(port),
    faults: faults.set,
    account: (id) => {
      const found = connected.get(id);
      if (found === undefined) throw new Error(`there is no account ${id}`);
      return found.changes;
    },
  };
}

function keyOf({ headers: { authorization = '' } }: Asked): string {
  const [scheme = '', text = ''] = authorization.split(' ');
  return scheme.toLowerCase() === 'basic' ? (Buffer.from(text, 'base64').toString().split(':')[0] ?? '') : text;
}

function masked(key: string): string {
  return `${key.slice(0, 8)}${'*'.repeat(12)}${key.slice(-4)}`;
}

function refused({ status }: Refusal): Answered {
  return status === 429
    ? failure(429, { code: 'rate_limit', message: 'Request rate limit exceeded.' })
    : failure(status, { message: 'Something went wrong on our side.' });
}
