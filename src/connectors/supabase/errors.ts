import { OnefoldError } from '../../base/errors.js';
import { didYouMean } from '../../base/suggest.js';
import type { Failure } from '../http/failure.js';
import { failureOf } from '../http/failure.js';
import type { Reader } from './access.js';
import type { SupabaseStream } from './options.js';
import type { Relation } from './schema.js';

/** What there is to say an error with. */
export interface Circumstances {
  readonly stream: SupabaseStream;
  readonly reader: Reader;
  readonly now: Date;
  /** The tables of the schema, where they may be known. */
  readonly relations: () => Promise<ReadonlyMap<string, Relation> | null>;
}

type Told = readonly [code: OnefoldError['code'], what: string, hint: string];

/**
 * An error of the client in the words of this source, if it is one of a kind that we know; the project's own words, which may hold
 * values of rows, are never taken.
 */
export async function explained(thrown: unknown, circumstances: Circumstances): Promise<unknown> {
  const failure = failureOf(thrown);
  if (!(thrown instanceof OnefoldError) || failure?.kind !== 'status') return thrown;
  const told = await tell(failure, circumstances);
  if (told === null) return thrown;
  const [code, what, hint] = told;
  const spelled = failure.code === null ? `${failure.status}` : failure.code;
  return new OnefoldError(code, `\`${circumstances.stream.table}\` could not be read: ${what} (${spelled})`, { hint, cause: thrown.cause });
}

async function tell(
  { status, code }: Failure & { kind: 'status' },
  { stream, reader, now, relations }: Circumstances,
): Promise<Told | null> {
  const { table, table_schema: schema } = stream;
  const role = reader.role === null ? 'the role of the key' : `\`${reader.role}\``;
  const where = schema === undefined ? 'the schema that the API exposes first' : `the schema \`${schema}\``;
  switch (code) {
    case '42501':
      return [
        'SOURCE_REFUSED',
        `${role} may not select from it`,
        `in the project: grant select on ${table} to the role, and usage on its schema`,
      ];
    case 'PGRST205':
    case '42P01': {
      const near = didYouMean(table, (await relations())?.keys() ?? []);
      const hint = 'is it new? The API learns of it when its schema cache is reloaded';
      return ['SOURCE_BROKEN', `${where} has no such table or view${near}`, hint];
    }
    case 'PGRST106':
      return ['SOURCE_BROKEN', `the API does not expose ${where}`, 'in the project: Settings, API, Exposed schemas'];
    case '42703': {
      const columns = (await relations())?.get(table)?.columns;
      const asked = [...(stream.columns ?? []), ...(stream.key ?? []), ...(stream.cursor ?? []), ...stream.filters.map((f) => f.column)];
      const missing = columns === undefined ? undefined : asked.find((name) => !columns.includes(name));
      const which = missing === undefined ? 'a column is named that it does not have' : `it has no column \`${missing}\``;
      return ['SOURCE_BROKEN', `${which}${missing === undefined ? '' : didYouMean(missing, columns ?? [])}`, namedIn];
    }
    case '22P02':
    case '22003':
    case '22007':
    case '22008':
      return ['SOURCE_BROKEN', 'a value does not fit the type of its column', 'look at `filters`; a `cursor` holds times or whole numbers'];
    case '42883':
      return [
        'SOURCE_BROKEN',
        'a column can be neither ordered nor compared',
        'look at the types of the columns in `key`, `cursor` and `filters`',
      ];
    case 'PGRST100':
    case 'PGRST200':
      return ['SOURCE_BROKEN', 'PostgREST does not understand what is asked for', 'look at `select`'];
    case '57014':
      return ['SOURCE_UNREACHABLE', 'the database ended the statement because it took too long', tooLong];
  }
  if (status === 540) return ['SOURCE_UNREACHABLE', 'the project is paused', 'restore it in the dashboard, then try again'];
  if (status !== 401) return null;
  const expired = reader.expires !== null && reader.expires <= now;
  if (expired) return ['SOURCE_REFUSED', `the token expired on ${reader.expires.toISOString().slice(0, 10)}`, 'put a new one in its place'];
  if (code === null)
    return ['SOURCE_REFUSED', 'the project does not know the key', 'take `api_key` from Settings, API Keys; is `url` of the same project?'];
  return ['SOURCE_REFUSED', 'the project does not take the token', 'was it signed by this project, and is it still valid?'];
}

const namedIn = 'look at `columns`, `select`, `key`, `cursor` and `filters`';
const tooLong =
  'ask for less with `page_size`, put an index on the columns of `key` and `cursor`, or raise statement_timeout for the role that reads';
