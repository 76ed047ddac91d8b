import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import { rememberSecret } from '../../base/redact.js';
import type { ReadContext } from '../contract.js';
import type { Http } from '../http/client.js';
import { failureOf } from '../http/failure.js';
import { at } from '../http/json.js';
import type { Answer } from '../http/message.js';
import { httpOptionsOf, httpSettings } from '../http/settings.js';
import { clientOf } from '../http/shared.js';
import type { SheetsSource } from './options.js';

/** The spreadsheet, to be asked about. */
export interface Access {
  /** Ranges of cells, or the spreadsheet as a whole; null when Google does not know one of the ranges. @throws OnefoldError */
  readonly ask: (ranges: readonly string[], fields: string, lighter: boolean) => Promise<unknown>;
}

const scope = 'https://www.googleapis.com/auth/spreadsheets.readonly';

/** What counts of a key file. */
const keyFile = z.object({
  type: z.literal('service_account'),
  client_email: z.string().min(1),
  private_key: z.string().min(1),
  private_key_id: z.string().optional(),
  project_id: z.string().optional(),
  token_uri: z.url({ protocol: /^https?$/ }).default('https://oauth2.googleapis.com/token'),
});
type KeyFile = z.output<typeof keyFile>;

/** The spreadsheet of a source, asked about as its service account. @throws OnefoldError */
export async function accessOf(source: SheetsSource, context: ReadContext): Promise<Access> {
  const key = keyOf(await context.secret(source.credentials));
  const { spreadsheet, credentials, ...rest } = source;
  const options = httpOptionsOf(httpSettings.parse(rest));
  // Quotas are counted by the minute, and refusals don't say how long they last.
  const retries = { ...options.retries, baseMs: 2000 };
  const auth = {
    kind: 'oauth2',
    grant: 'jwt_bearer',
    token_url: key.token_uri,
    issuer: key.client_email,
    private_key: credentials,
    ...(key.private_key_id === undefined ? {} : { key_id: key.private_key_id }),
    claims: { scope },
  } as const;
  // The key that signs lies within the secret that the project refers to.
  const http = clientOf(() => ({ ...options, auth, retries }), { ...context, secret: async () => key.private_key });
  return { ask: (ranges, fields, lighter) => ask(http, key, spreadsheet, ranges, fields, lighter) };
}

/** @throws OnefoldError `CONFIG_INVALID` when the text is no key file of a service account; nothing of it is quoted */
function keyOf(text: string): KeyFile {
  const found = keyFile.safeParse(jsonOf(text)).data;
  if (found === undefined) {
    throw new OnefoldError('CONFIG_INVALID', 'the credentials of this source are no JSON key file of a Google service account', {
      hint: 'make a key of the kind JSON for a service account in the Google Cloud console, and refer to the whole file; a client of OAuth or a key for an API is none',
    });
  }
  rememberSecret(found.private_key);
  return found;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return null;
  }
}

async function ask(
  http: Http,
  key: KeyFile,
  spreadsheet: string,
  ranges: readonly string[],
  fields: string,
  lighter: boolean,
): Promise<unknown> {
  const query = new URLSearchParams({ fields });
  for (const range of ranges) query.append('ranges', range);
  const request = {
    url: `v4/spreadsheets/${spreadsheet}?${query.toString()}`,
    accept: [400, 403, 404],
    lighter,
    // Google compresses its answers only for those whose name says that they can read them.
    headers: { 'user-agent': 'onefold (gzip)' },
  };
  const answer = await http.request(request).catch((thrown: unknown) => {
    // A refusal without an answer of the source comes from the address for tokens.
    if (!(thrown instanceof OnefoldError) || thrown.code !== 'SOURCE_REFUSED' || failureOf(thrown) !== null) throw thrown;
    throw new OnefoldError('SOURCE_REFUSED', thrown.message, {
      hint: `look at the keys of ${key.client_email} in the Google Cloud console: was this one deleted? And is the clock of this machine right?`,
      cause: thrown,
    });
  });
  return answer.status === 200 ? answer.json : refusal(answer, key);
}

/** What an error of Google means; null when it does not know a range. @throws OnefoldError */
function refusal({ status, json }: Answer, { client_email: email, project_id: project }: KeyFile): null {
  const said = at(json, 'error.status');
  const reason = at(json, 'error.details.0.reason');
  const told = typeof said === 'string' && /^[A-Z_]{1,40}$/.test(said) ? `${status} (${said})` : String(status);
  if (status === 400 && said === 'INVALID_ARGUMENT') return null;
  if (status === 400 && said === 'FAILED_PRECONDITION') {
    throw new OnefoldError('SOURCE_BROKEN', `Google answered ${told}: the document is no Google spreadsheet`, {
      hint: 'a workbook that was put into Drive is read by nobody until it is saved as a Google spreadsheet (File, Save as Google Sheets); then declare the new id',
    });
  }
  if (status === 403 && reason === 'SERVICE_DISABLED') {
    throw new OnefoldError(
      'SOURCE_REFUSED',
      `the Google Sheets API is not enabled in the project${project === undefined ? '' : ` ${project}`}`,
      {
        hint: 'enable it at https://console.cloud.google.com/apis/library/sheets.googleapis.com, and try again some minutes later',
      },
    );
  }
  if (status === 403) {
    throw new OnefoldError('SOURCE_REFUSED', `Google answered ${told}: the service account may not read the spreadsheet`, {
      hint: `share the spreadsheet with ${email}, as a viewer`,
    });
  }
  if (status === 404) {
    throw new OnefoldError('SOURCE_BROKEN', `Google answered ${told}: there is no spreadsheet of this id`, {
      hint: 'look at `spreadsheet`: the id stands in the address between `/d/` and `/edit`',
    });
  }
  throw new OnefoldError('SOURCE_BROKEN', `Google answered ${told}`, { hint: 'look at the declared spreadsheet and range' });
}
