import { setTimeout as pause } from 'node:timers/promises';
import type { AwsClient } from 'aws4fetch';
import { OnefoldError } from '../../../base/errors.js';
import type { ReadContext } from '../../contract.js';
import type { FileSource } from '../options.js';
import { answerOf } from './answers.js';

/** A bucket of an object store, and the right to ask it. */
export interface Store {
  readonly client: AwsClient;
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
}

/** Opens a bucket; nothing is asked yet. @throws OnefoldError `SECRET_MISSING` */
export async function openStore(source: FileSource, bucket: string, { secret }: ReadContext): Promise<Store> {
  const fromEnv = (env: string): Promise<string | undefined> => secret({ env }).catch(() => undefined);
  const region = source.region ?? (await fromEnv('AWS_REGION')) ?? (await fromEnv('AWS_DEFAULT_REGION')) ?? 'us-east-1';
  const token =
    source.session_token !== undefined
      ? await secret(source.session_token)
      : source.access_key_id === undefined
        ? await fromEnv('AWS_SESSION_TOKEN')
        : undefined;
  const { AwsClient: Client } = await import('aws4fetch');
  const client = new Client({
    accessKeyId: await secret(source.access_key_id ?? { env: 'AWS_ACCESS_KEY_ID' }),
    secretAccessKey: await secret(source.secret_access_key ?? { env: 'AWS_SECRET_ACCESS_KEY' }),
    ...(token === undefined ? {} : { sessionToken: token }),
    service: 's3',
    region,
    retries: 0,
  });
  const endpoint = (source.endpoint ?? `https://s3.${region}.amazonaws.com`).replace(/\/+$/, '');
  return { client, endpoint, region, bucket };
}

/** How often something is asked, how long one answer may stay silent, and the first pause before asking again, in milliseconds. */
const patience = { attempts: 5, silence: 60_000, firstPause: 100, longestPause: 20_000 };

/**
 * Asks for an object, or with a query for a listing of the bucket, and reads the answer. What may pass (an overloaded or silent
 * store, a connection that broke) is tried again, with longer and longer pauses; `alive` tells that bytes still come.
 * @throws OnefoldError `FILE_UNREADABLE`
 */
export async function request<T>(
  store: Store,
  what: { readonly key?: string; readonly query?: Readonly<Record<string, string>> },
  read: (response: Response, alive: () => void) => Promise<T>,
): Promise<T> {
  const key = (what.key ?? '').split('/').map(encoded).join('/');
  const url = `${store.endpoint}/${encoded(store.bucket)}${what.key === undefined ? '' : `/${key}`}?${new URLSearchParams(what.query)}`;
  const name = `s3://${store.bucket}${what.key === undefined ? '' : `/${what.key}`}`;
  for (let attempt = 1; ; attempt++) {
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(), patience.silence);
    let passing: string;
    let wait = 0;
    try {
      const signed = await store.client.sign(url.replace(/\?$/, ''), { signal: control.signal, redirect: 'manual' });
      const response = await fetch(signed);
      if (response.ok) return await read(response, () => timer.refresh());
      const answer = await response.text();
      if (response.status !== 429 && response.status < 500) throw refused(store, name, response, answer);
      passing = `answered ${response.status}`;
      wait = Number(response.headers.get('retry-after') ?? 0) * 1000 || 0;
    } catch (thrown) {
      if (thrown instanceof OnefoldError) throw thrown;
      passing = control.signal.aborted ? `was silent for ${patience.silence / 1000} seconds` : `could not be reached (${reasonOf(thrown)})`;
    } finally {
      clearTimeout(timer);
    }
    if (attempt === patience.attempts) {
      throw new OnefoldError('FILE_UNREADABLE', `${name}: the store at ${hostOf(store)} ${passing}, ${attempt} times`, {
        hint: 'Build again later; what was landed before stands.',
      });
    }
    const backoff = patience.firstPause * 2 ** (attempt - 1) * (1 + Math.random());
    await pause(Math.min(patience.longestPause, Math.max(wait, backoff)));
  }
}

/** What a store that will not give something is quoted with: its code, never its text, which may repeat what was sent. */
function refused(store: Store, name: string, response: Response, answer: string): OnefoldError {
  const code = codeOf(answer);
  const said = code === undefined ? String(response.status) : `${response.status} ${code}`;
  const elsewhere = response.headers.get('x-amz-bucket-region');
  if (
    response.status === 301 ||
    response.status === 307 ||
    code === 'AuthorizationHeaderMalformed' ||
    code === 'IllegalLocationConstraintException'
  ) {
    const there = elsewhere === null ? 'another region' : `region ${elsewhere}`;
    return new OnefoldError('FILE_UNREADABLE', `${name} is in ${there}, not in ${store.region} (${said})`, {
      hint: 'Mend `region` of the source.',
    });
  }
  if (response.status === 404) {
    return new OnefoldError(
      'FILE_UNREADABLE',
      code === 'NoSuchBucket' ? `there is no bucket s3://${store.bucket}` : `${name} is gone (${said})`,
    );
  }
  if (response.status === 401 || response.status === 403) {
    return new OnefoldError('FILE_UNREADABLE', `${name}: the store at ${hostOf(store)} refuses access (${said})`, {
      hint: 'Check the keys of the source, and that they may list the bucket and read its objects.',
    });
  }
  return new OnefoldError('FILE_UNREADABLE', `${name}: the store at ${hostOf(store)} refuses to answer (${said})`);
}

function codeOf(answer: string): string | undefined {
  try {
    const code = answerOf(answer).one('Code');
    return code !== undefined && /^[A-Za-z]{1,80}$/.test(code) ? code : undefined;
  } catch {
    return undefined;
  }
}

function hostOf(store: Store): string {
  return new URL(store.endpoint).host;
}

/** The code of a connection's failure, such as `ECONNREFUSED`. */
function reasonOf(thrown: unknown): string {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return 'the connection broke';
}

/** A part of a path as the signature wants it, which is stricter than what addresses need. */
function encoded(segment: string): string {
  return encodeURIComponent(segment).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
