import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';

/** What the client throws for a request that Stripe refused. */
const refusal = z.object({
  statusCode: z.number(),
  message: z.string().default(''),
  code: z.string().optional(),
  param: z.string().optional(),
  requestId: z.string().optional(),
});
type Refusal = z.output<typeof refusal>;

/** What was asked for: a path below `/v1/`, and the connected account if it is one. */
interface What {
  readonly what: string;
  readonly account: string | undefined;
}

/** Whether Stripe knows no such object. */
export function isMissing(thrown: unknown): boolean {
  return refusal.safeParse(thrown).data?.code === 'resource_missing';
}

/** What Stripe said, in our words: its own may quote a part of the key, or an id. Of them only names of permissions and parameters are told. */
export function stripeError(thrown: unknown, { what, account }: What): OnefoldError {
  // What the requests themselves met, such as a broken connection, is told already; the client wraps it.
  const detail: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'detail') : undefined;
  if (thrown instanceof OnefoldError) return thrown;
  if (detail instanceof OnefoldError) return detail;
  const { success, data } = refusal.safeParse(thrown);
  const list = /^\w+/.exec(what)?.[0] ?? 'this';
  if (!success) return new OnefoldError('SOURCE_BROKEN', `${list} could not be read: Stripe's client gave up`);
  const { code, message, hint } = told(data, list, account);
  const id = /^req_\w+$/.test(data.requestId ?? '') ? ` (request ${data.requestId})` : '';
  return new OnefoldError(code, `${message}${id}`, { hint });
}

function told({ statusCode, message, code, param }: Refusal, list: string, account: string | undefined) {
  if (statusCode === 401) {
    return code === 'api_key_expired'
      ? refused('the API key has expired', 'make a new key in the Stripe Dashboard, under Developers, API keys')
      : refused('Stripe does not know the API key', 'look at the secret: is it whole, and of this account and mode?');
  }
  if (code === 'secret_key_required')
    return refused(
      'the API key is a publishable one, which can read nothing',
      'a restricted key begins with `rk_`, a secret one with `sk_`',
    );
  if (statusCode === 403 && (code === 'account_invalid' || /does not have access to account/.test(message)))
    return refused(
      account === undefined ? 'the API key has no access to its account' : `the API key has no access to the account ${account}`,
      'is the account connected to this platform, and of the same mode (live or test) as the key?',
    );
  if (statusCode === 403) {
    const permission = /'(rak_\w+)'/.exec(message)?.[1];
    return refused(
      `the API key may not read ${list}${permission === undefined ? '' : `: it lacks the permission ${permission}`}`,
      list === 'events'
        ? 'let the key read events in the Stripe Dashboard, or say `changes: whole` (all is read every time) or `changes: created`'
        : 'edit the key in the Stripe Dashboard, under Developers, API keys, and let it read this',
    );
  }
  if (/API version/i.test(message))
    return broken('Stripe does not know the `api_version` that is asked for', 'look at the versions that Stripe documents');
  if (/cannot be expanded/.test(message))
    return broken(`${list} have no such field to \`expand\``, 'look at the fields that Stripe documents as expandable');
  const named = param !== undefined && /^[\w[\].]{1,60}$/.test(param) ? ` (the parameter \`${param}\`)` : '';
  return broken(
    `Stripe answered ${statusCode} when ${list} were asked for${named}`,
    'look at the options of the stream, and at `api_version`',
  );
}

function refused(message: string, hint: string) {
  return { code: 'SOURCE_REFUSED', message, hint } as const;
}

function broken(message: string, hint: string) {
  return { code: 'SOURCE_BROKEN', message, hint } as const;
}
