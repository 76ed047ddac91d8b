import { z } from 'zod';
import { secretRef } from '../../config/secrets.js';
import { httpSettings } from '../http/settings.js';

const name = z.string().min(1);

/** The id in the address of a spreadsheet, or the text itself when it is an id; null for anything else. */
function idOf(text: string): string | null {
  const trimmed = text.trim();
  // What lies below `d/e/` is a copy published to the web, which has no id.
  const found = /\/spreadsheets\/(?:u\/\d+\/)?d\/(?!e\/)([\w-]+)/.exec(trimmed)?.[1];
  return found ?? (/^[\w-]+$/.test(trimmed) ? trimmed : null);
}

/** Which spreadsheet, and who reads it. */
export const sheetsSource = z.strictObject({
  spreadsheet: z
    .string()
    .transform((text, context) => {
      const id = idOf(text);
      if (id === null) context.addIssue({ code: 'custom', message: 'must be the id of a spreadsheet, or its address in the browser' });
      return id ?? z.NEVER;
    })
    .describe('Id of the spreadsheet, or its address in the browser'),
  credentials: secretRef.describe('The whole JSON key file of a service account that the spreadsheet is shared with'),
  url: z
    .url({ protocol: /^https?$/ })
    .default('https://sheets.googleapis.com')
    .describe('Address of the interface'),
  timeout_s: httpSettings.shape.timeout_s.unwrap().default(180).describe('How long an answer may take to begin, and its body to go on'),
  budget: httpSettings.shape.budget.unwrap().default({ requests: 60, per_s: 60, concurrency: 4 }).describe('How many requests Google gets'),
  attempts: httpSettings.shape.attempts,
  patience_s: httpSettings.shape.patience_s,
  max_mb: httpSettings.shape.max_mb,
});

/** What is read of it. */
export const sheetsStream = z.strictObject({
  sheet: name.describe('Name of the sheet; case and surrounding blanks are forgiven'),
  header_row: z.int().min(1).optional().describe('Number of the row that names the columns; the first row that is not empty if left out'),
  range: z
    .string()
    .regex(/^[A-Za-z]{1,3}([1-9][0-9]{0,7})?:[A-Za-z]{1,3}([1-9][0-9]{0,7})?$/, 'must be two corners such as `B3:F200`, `B3:F` or `B:F`')
    .optional()
    .describe('The cells to read, such as `B3:F200`, `B3:F` or `B:F`; all if left out'),
  key: z.array(name).min(1).optional().describe('Columns that name a row; without it rows are told apart by their content'),
  columns: z.array(name).min(1).optional().describe('Columns to land; all if left out'),
  errors: z
    .enum(['null', 'text'])
    .default('null')
    .describe('What a formula that ended in an error becomes: null, with a warning, or its text, such as `#N/A`'),
  rows: z
    .int()
    .min(1)
    .default(5000)
    .describe('How many rows are asked for at once; a sheet with more is read in blocks, twice, to see that it did not change meanwhile'),
});

export type SheetsSource = z.output<typeof sheetsSource>;
export type SheetsStream = z.output<typeof sheetsStream>;
