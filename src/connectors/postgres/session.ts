import type { Client, ClientConfig } from 'pg';
import { messageOf, OnefoldError } from '../../base/errors.js';
import type { ReadContext, Scope } from '../contract.js';
import type { PostgresSource } from './options.js';

/** A connection inside one transaction that sees one state of the whole database and changes nothing. */
export interface Session {
  readonly client: Client;
  readonly copyTo: typeof import('pg-copy-streams').to;
}

/**
 * The session of a source, shared by its streams for the length of a run: all of them see the same moment.
 * @throws OnefoldError `DRIVER_MISSING`, `SECRET_MISSING`, `SOURCE_UNREACHABLE`, `SOURCE_REFUSED`
 */
export async function openSession(source: PostgresSource, context: ReadContext): Promise<Session> {
  const known = sessions.get(context.scope) ?? connect(source, context);
  sessions.set(context.scope, known);
  const session = await known;
  // A statement of another stream may have failed; what it left does not concern this one.
  await session.client.query('ROLLBACK TO SAVEPOINT calm');
  return session;
}

const sessions = new WeakMap<Scope, Promise<Session>>();

async function connect(source: PostgresSource, context: ReadContext): Promise<Session> {
  const { pg, copyTo } = await drivers();
  const client = new pg.Client(await configOf(source, context));
  // An error between statements would end the process; the next statement reports it.
  client.on('error', () => {});
  await client.connect().catch((cause: unknown) => {
    throw connectionError(cause, source);
  });
  context.scope.closing(() => client.end());
  for (const statement of [
    `SET datestyle = 'ISO, YMD'; SET intervalstyle = 'iso_8601'; SET timezone = 'UTC'; SET extra_float_digits = 1; SET bytea_output = 'hex'`,
    `SET statement_timeout = ${source.statement_timeout * 1000}`,
    'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
    'SAVEPOINT calm',
  ]) {
    await client.query(statement);
  }
  return { client, copyTo };
}

async function drivers() {
  try {
    const [pg, copy] = await Promise.all([import('pg'), import('pg-copy-streams')]);
    return { pg: pg.default, copyTo: copy.to };
  } catch (cause) {
    throw new OnefoldError('DRIVER_MISSING', 'the connector `postgres` needs the packages pg and pg-copy-streams', {
      cause,
      hint: 'Type `npm install pg pg-copy-streams`.',
    });
  }
}

async function configOf(source: PostgresSource, context: ReadContext): Promise<ClientConfig> {
  const given = {
    connectionString: source.url === undefined ? undefined : await context.secret(source.url),
    host: source.host,
    port: source.port,
    database: source.database,
    user: source.user,
    password: source.password === undefined ? undefined : await context.secret(source.password),
  };
  return {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    application_name: 'onefold',
    connectionTimeoutMillis: 15_000,
    keepAlive: true,
    ...(source.ssl === 'disable' ? {} : { ssl: { rejectUnauthorized: source.ssl === 'verify' } }),
  };
}

/** What the server said, in our words; its own text may hold values, so of the rest only the code is told. */
export function serverError(cause: unknown, what: string): OnefoldError {
  const code = codeOf(cause);
  const known: Readonly<Record<string, string>> = {
    '42P01': 'there is no such table or view',
    '42703': 'it names a column that is not there',
    '42501': 'the user may not read it',
    '42601': 'its SQL has a mistake',
    '57014': 'it took longer than `statement_timeout`',
  };
  return new OnefoldError(
    code === '42501' ? 'SOURCE_REFUSED' : 'SOURCE_BROKEN',
    `${what} could not be read: ${known[code] ?? `the server ended it (${code})`}`,
    {
      cause,
    },
  );
}

function connectionError(cause: unknown, { host, port }: PostgresSource): OnefoldError {
  const where = host === undefined ? 'the database' : `the database at ${host}:${port ?? 5432}`;
  const code = codeOf(cause);
  if (code.startsWith('28')) return new OnefoldError('SOURCE_REFUSED', `${where} refused the user or password`, { cause });
  if (code === '3D000') return new OnefoldError('SOURCE_REFUSED', `${where} is there, but not the one that is asked for`, { cause });
  return new OnefoldError('SOURCE_UNREACHABLE', `${where} can't be reached (${code === '' ? messageOf(cause).split('\n')[0] : code})`, {
    cause,
  });
}

function codeOf(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}
