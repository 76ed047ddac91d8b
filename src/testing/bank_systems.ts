import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, OnefoldError } from '../base/errors.js';
import type { CsvRecord } from './csv.js';
import { csvRecords } from './csv.js';
import type { Erpnext } from './emulators/erpnext.js';
import { startErpnext } from './emulators/erpnext.js';
import type { GoogleSheets, SheetRow } from './emulators/google_sheets.js';
import { asEntered, startGoogleSheets } from './emulators/google_sheets.js';
import type { Row } from './emulators/postgrest/query.js';
import type { PgType } from './emulators/postgrest/values.js';
import type { Salesforce } from './emulators/salesforce.js';
import { startSalesforce } from './emulators/salesforce.js';
import type { SupabaseService, SupabaseTable } from './emulators/supabase.js';
import { startSupabase } from './emulators/supabase.js';

/** The four systems of a bank, at work. */
export interface BankSystems {
  readonly erpnext: Erpnext;
  readonly salesforce: Salesforce;
  readonly supabase: SupabaseService;
  readonly sheets: GoogleSheets;
  /** What `examples/bank` reads of its environment: addresses and credentials. */
  readonly env: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

/**
 * Starts ERPNext, Salesforce, Supabase and Google Sheets with what a folder holds: the files that `onefold generate bank` writes, or others
 * of these names and columns. Lines with the same id are one record, as the last of them says: no system holds an id twice.
 * @throws OnefoldError FILE_UNREADABLE when a file is missing
 */
export async function startBank(folder: string): Promise<BankSystems> {
  const read = async (name: string): Promise<readonly CsvRecord[]> => {
    const path = join(folder, `${name}.csv`);
    const text = await readFile(path, 'utf8').catch((cause: unknown) => {
      throw new OnefoldError('FILE_UNREADABLE', `${path}: ${messageOf(cause)}`, { cause });
    });
    return csvRecords(text);
  };
  const documents = async (name: string, numbers: readonly string[] = []) => once(shaped(await read(name), numbers, Number), 'name');
  const records = async (name: string, fields: Fields) => ({ records: once(renamed(await read(name), fields), 'Id') });
  const table = async (name: string, types: Types): Promise<SupabaseTable> => {
    const json = Object.keys(types).filter((column) => types[column] === 'json');
    const rows = once(shaped(await read(name), json, JSON.parse), 'id');
    // In the order of the primary key, as its index has them: pages are sought in it.
    return { rows: [...rows].sort((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1)), key: ['id'], types };
  };

  // All is read before anything is started, so that a file that lacks leaves nothing running.
  const doctypes = {
    Customer: await documents('erp_customers'),
    Item: await documents('erp_items', ['standard_rate']),
    Territory: await documents('erp_territories'),
    'Sales Invoice': await documents('erp_sales_invoices', ['grand_total', 'docstatus']),
  };
  const objects = {
    Contact: await records('sf_contacts', contactFields),
    Case: await records('sf_cases', caseFields),
    Task: await records('sf_tasks', taskFields),
  };
  const tables = { app_sessions: await table('sb_sessions', sessionTypes), app_events: await table('sb_events', eventTypes) };
  // The name of the second has a blank behind it, as people leave them.
  const named = { branches: asSheet(await read('gs_branches')), 'customer_notes ': asSheet(await read('gs_customer_notes')) };
  const [erpnext, salesforce, supabase, sheets] = await Promise.all([
    startErpnext({ doctypes }),
    startSalesforce({ objects }),
    startSupabase({ tables }),
    startGoogleSheets({ sheets: named }),
  ]);
  return {
    erpnext,
    salesforce,
    supabase,
    sheets,
    env: {
      ONEFOLD_ERPNEXT_URL: erpnext.url,
      ONEFOLD_ERPNEXT_KEY: 'key',
      ONEFOLD_ERPNEXT_SECRET: 'secret',
      ONEFOLD_SALESFORCE_URL: salesforce.url,
      ONEFOLD_SALESFORCE_CLIENT_ID: 'client',
      ONEFOLD_SALESFORCE_CLIENT_SECRET: 'client-secret',
      ONEFOLD_SUPABASE_URL: supabase.url,
      ONEFOLD_SUPABASE_KEY: supabase.keys.secret,
      ONEFOLD_SHEETS_URL: sheets.url,
      ONEFOLD_SHEETS_ID: sheets.spreadsheet,
      ONEFOLD_SHEETS_CREDENTIALS: sheets.credentials,
    },
    close: async () => {
      await Promise.all([erpnext.close(), salesforce.close(), supabase.close(), sheets.close()]);
    },
  };
}

/** Field of Salesforce → column of the file. */
type Fields = Readonly<Record<string, string>>;
type Types = Readonly<Record<string, PgType>>;

const contactFields: Fields = {
  Id: 'sf_contact_id',
  FirstName: 'first_name',
  LastName: 'last_name',
  Email: 'email',
  Phone: 'phone',
  Description: 'description',
  LeadSource: 'lead_source',
  CreatedDate: 'created_date',
  LastModifiedDate: 'modified_date',
};
const caseFields: Fields = {
  Id: 'sf_case_id',
  ContactId: 'sf_contact_id',
  Subject: 'subject',
  Type: 'type',
  Priority: 'priority',
  Status: 'status',
  Origin: 'origin',
  Description: 'description',
  CreatedDate: 'created_date',
  ClosedDate: 'closed_date',
};
const taskFields: Fields = {
  Id: 'sf_task_id',
  WhoId: 'sf_contact_id',
  Subject: 'subject',
  Priority: 'priority',
  Status: 'status',
  ActivityDate: 'activity_date',
  Description: 'description',
};
const moment = 'timestamp with time zone';
const sessionTypes: Types = {
  id: 'uuid',
  user_email: 'text',
  session_start: moment,
  session_end: moment,
  device_type: 'text',
  app_version: 'text',
  platform: 'text',
  created_at: moment,
};
const eventTypes: Types = {
  id: 'uuid',
  session_id: 'uuid',
  user_email: 'text',
  event_type: 'text',
  event_timestamp: moment,
  event_data: 'json',
  created_at: moment,
};

function renamed(lines: readonly CsvRecord[], fields: Fields): readonly Row[] {
  return lines.map((line) => Object.fromEntries(Object.entries(fields).map(([field, column]) => [field, line[column] ?? null])));
}

/** Lines in which some columns are no texts. */
function shaped(lines: readonly CsvRecord[], columns: readonly string[], value: (text: string) => unknown): readonly Row[] {
  if (columns.length === 0) return lines;
  return lines.map((line) => {
    const parsed = columns.flatMap((column) => {
      const text = line[column] ?? null;
      return text === null ? [] : [[column, value(text)] as const];
    });
    return { ...line, ...Object.fromEntries(parsed) };
  });
}

function once(rows: readonly Row[], key: string): readonly Row[] {
  return [...new Map(rows.map((row) => [row[key], row])).values()];
}

function asSheet(lines: readonly CsvRecord[]): readonly SheetRow[] {
  const header = Object.keys(lines[0] ?? {});
  return [header, ...lines.map((line) => header.map((column) => asEntered(line[column] ?? '')))];
}
