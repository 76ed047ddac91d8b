import type { Fault } from './faults.js';
import { openFaults } from './faults.js';
import type { SheetRow } from './google/cells.js';
import { areaOf, gridData, masked } from './google/cells.js';
import { openServiceAccount } from './google/token.js';
import type { Answered, Arrived, Asked } from './server.js';
import { serveJson } from './server.js';

export type { SheetCell, SheetFormat, SheetRow } from './google/cells.js';
export { asEntered } from './google/cells.js';

export interface GoogleSheetsOptions {
  /** Title of each sheet → its rows from row 1. */
  readonly sheets: Readonly<Record<string, readonly SheetRow[]>>;
  /** Empty rows and columns that the grid has at least; 1,000 and 26 if left out, as in a new sheet. */
  readonly grid?: { readonly rows: number; readonly columns: number };
  /** 60 readings a minute if left out; null for no limit. */
  readonly quota?: { readonly requests: number; readonly perMs: number } | null;
  /** How long a token is valid, in seconds. */
  readonly tokenLifetimeS?: number;
  readonly now?: () => Date;
  readonly faults?: readonly Fault[];
}

/** What can be wrong with the access to a spreadsheet. */
interface GoogleSheetsAccess {
  /** The spreadsheet is shared with the service account. */
  shared: boolean;
  /** The interface is enabled in the account's project. */
  enabled: boolean;
  /** The file is one of another office program, which the interface does not read. */
  office: boolean;
}

export interface GoogleSheets {
  readonly url: string;
  /** Id of the one spreadsheet there is. */
  readonly spreadsheet: string;
  /** The key file of the service account, as text. */
  readonly credentials: string;
  readonly email: string;
  readonly close: () => Promise<void>;
  /** All requests so far, those for tokens and the refused ones included. */
  readonly requests: readonly Arrived[];
  /** Gives a sheet these rows; one that is not there is added. */
  readonly hold: (title: string, rows: readonly SheetRow[]) => void;
  readonly rename: (title: string, to: string) => void;
  readonly access: GoogleSheetsAccess;
  /** The account's key is deleted. */
  readonly revokeKey: () => void;
  /** Switches these faults on in place of those before. */
  readonly faults: (faults: readonly Fault[]) => void;
}

interface Sheet {
  readonly id: number;
  title: string;
  rows: readonly SheetRow[];
}

const readScopes = ['spreadsheets', 'spreadsheets.readonly', 'drive', 'drive.readonly', 'drive.file'];

/**
 * Google Sheets as far as readers use it: `POST /token` (a service account's signed assertion), and `GET /v4/spreadsheets/<id>` with
 * `ranges`, `fields` and `includeGridData`. Cells behind the last one with something in it are cut off, ranges may end behind the grid but not
 * begin there, and reading too often is refused until the minute is over.
 */
export async function startGoogleSheets(options: GoogleSheetsOptions): Promise<GoogleSheets> {
  const now = options.now ?? (() => new Date());
  const quota = options.quota === undefined ? { requests: 60, perMs: 60_000 } : options.quota;
  const account = openServiceAccount(options.tokenLifetimeS ?? 3599);
  const faults = openFaults(options.faults);
  const spreadsheet = '1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789_-demo';
  const access: GoogleSheetsAccess = { shared: true, enabled: true, office: false };
  const sheets: Sheet[] = Object.entries(options.sheets).map(([title, rows], i) => ({ id: i * 1_000_003, title, rows }));
  let window = { since: Number.NEGATIVE_INFINITY, used: 0 };

  const isSpent = (): boolean => {
    if (quota === null) return false;
    const time = now().getTime();
    if (time - window.since >= quota.perMs) window = { since: time, used: 0 };
    return ++window.used > quota.requests;
  };

  const answer = ({ method, url, headers, body, struck }: Asked): Answered => {
    if (method === 'POST' && url.pathname === '/token') return account.grant(body, `${service.url}/token`, now());
    if (struck.expires) account.expire();
    const scopes = account.scopesOf(headers.authorization, now());
    if (scopes === null) return refused(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
    if (isSpent()) {
      const limit = 'Read requests per minute per user';
      const what = `Quota exceeded for quota metric 'Read requests' and limit '${limit}' of service 'sheets.googleapis.com'.`;
      return refused(429, 'RESOURCE_EXHAUSTED', what, 'RATE_LIMIT_EXCEEDED');
    }
    if (!scopes.some((scope) => readScopes.includes(scope.replace(/^.*\//, ''))))
      return refused(403, 'PERMISSION_DENIED', 'Request had insufficient authentication scopes.', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT');
    if (!access.enabled) {
      const what = 'Google Sheets API has not been used in project 104857600 before or it is disabled.';
      return refused(403, 'PERMISSION_DENIED', what, 'SERVICE_DISABLED');
    }
    const [, id] = /^\/v4\/spreadsheets\/([^/:]+)$/.exec(decodeURIComponent(url.pathname)) ?? [];
    if (method !== 'GET' || id !== spreadsheet) return refused(404, 'NOT_FOUND', 'Requested entity was not found.');
    if (!access.shared) return refused(403, 'PERMISSION_DENIED', 'The caller does not have permission');
    if (access.office) return refused(400, 'FAILED_PRECONDITION', 'This operation is not supported for this document');
    return got(url.searchParams);
  };

  const got = (query: URLSearchParams): Answered => {
    const data = new Map<Sheet, Readonly<Record<string, unknown>>[]>();
    for (const range of query.getAll('ranges')) {
      const area = areaOf(range);
      const sheet = sheets.find(({ title }) => title === area?.title);
      if (area === null || sheet === undefined) return refused(400, 'INVALID_ARGUMENT', `Unable to parse range: ${range}`);
      const { rowCount, columnCount } = gridOf(sheet);
      if (area.rows[0] >= rowCount || area.columns[0] >= columnCount) {
        const limits = `Max rows: ${rowCount}, max columns: ${columnCount}`;
        return refused(400, 'INVALID_ARGUMENT', `Range (${range}) exceeds grid limits. ${limits}`);
      }
      data.set(sheet, [...(data.get(sheet) ?? []), gridData(sheet.rows, area)]);
    }
    const chosen = data.size === 0 ? sheets : sheets.filter((sheet) => data.has(sheet));
    const fields = query.get('fields');
    const whole = {
      spreadsheetId: spreadsheet,
      properties: { title: 'Onefold test', locale: 'en_GB', timeZone: 'Europe/Copenhagen' },
      sheets: chosen.map((sheet) => ({
        properties: {
          sheetId: sheet.id,
          title: sheet.title,
          index: sheets.indexOf(sheet),
          sheetType: 'GRID',
          gridProperties: gridOf(sheet),
        },
        ...(fields === null && query.get('includeGridData') !== 'true'
          ? {}
          : { data: data.get(sheet) ?? [gridData(sheet.rows, everything)] }),
      })),
    };
    return { status: 200, body: masked(whole, fields ?? '*') };
  };

  const gridOf = ({ rows }: Sheet) => ({
    rowCount: Math.max(rows.length, options.grid?.rows ?? 1000),
    columnCount: Math.max(options.grid?.columns ?? 26, ...rows.map((row) => row.length)),
  });

  const service = await serveJson(
    faults,
    ({ status }) => refused(status, status === 429 ? 'RESOURCE_EXHAUSTED' : 'INTERNAL', 'Error'),
    answer,
  );
  return {
    url: service.url,
    spreadsheet,
    credentials: account.keyFile(`${service.url}/token`),
    email: account.email,
    close: service.close,
    requests: service.requests,
    hold: (title, rows) => {
      const sheet = sheets.find((s) => s.title === title);
      if (sheet === undefined) sheets.push({ id: sheets.length * 1_000_003, title, rows });
      else sheet.rows = rows;
    },
    rename: (title, to) => {
      for (const sheet of sheets) if (sheet.title === title) sheet.title = to;
    },
    access,
    revokeKey: account.revoke,
    faults: faults.set,
  };
}

const everything = { title: '', rows: [0, Infinity], columns: [0, Infinity] } as const;

/** An error in the form that Google's interfaces share. */
function refused(code: number, status: string, message: string, reason?: string): Answered {
  const details =
    reason === undefined ? {} : { details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com' }] };
  return { status: code, body: { error: { code, message, status, ...details } } };
}
