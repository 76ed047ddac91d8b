import { z } from 'zod';
import { secretRef } from '../../config/secrets.js';
import { isEncoding } from './encoding.js';

const oneCharacter = z.string().length(1, 'must be one character');

/** What a source of files may say: only object stores need it. */
export const fileSource = z.object({
  endpoint: z.url().optional().describe('s3: address of the object store; the one of AWS for the region if left out'),
  region: z.string().min(1).optional().describe('s3: AWS_REGION of the environment if left out, or `us-east-1`'),
  access_key_id: secretRef.optional().describe('s3: AWS_ACCESS_KEY_ID of the environment if left out'),
  secret_access_key: secretRef.optional().describe('s3: AWS_SECRET_ACCESS_KEY of the environment if left out'),
  session_token: secretRef.optional().describe('s3: AWS_SESSION_TOKEN of the environment if left out and no key is given either'),
});

export type FileSource = z.output<typeof fileSource>;

/** What a stream of files may say. */
export const fileStream = z
  .object({
    path: z
      .string()
      .min(1)
      .describe(
        'A file or a glob (`*`, `?`, `**`, `[ab]`, `{a,b}`), relative to the project, or the same in an object store (`s3://bucket/…`)',
      ),
    format: z.enum(['csv', 'tsv', 'json', 'ndjson', 'parquet', 'xlsx']).optional().describe('From the ending of the file name if left out'),
    mode: z
      .enum(['append', 'replace'])
      .default('append')
      .describe('`append`: files only add rows; `replace`: a file is the whole truth about its rows, and a row that is gone is deleted'),
    may_be_empty: z
      .boolean()
      .default(false)
      .describe('A file with a header alone, or an empty list, is no warning; in mode `replace` all the rows that it had are deleted'),
    member: z.string().min(1).optional().describe('zip: glob of the members to read; all whose ending names a format if left out'),
    delimiter: oneCharacter.optional().describe('csv: found in the first line if left out; tsv: a tab'),
    quote: z
      .union([oneCharacter, z.literal('')])
      .default('"')
      .describe('csv: empty for none'),
    header: z.boolean().default(true).describe('csv, xlsx: whether the first line names the columns'),
    columns: z.array(z.string().min(1)).min(1).optional().describe('csv, xlsx without header: the names of the columns'),
    encoding: z
      .string()
      .default('utf-8')
      .refine(isEncoding, 'must be `utf-8`, `utf-16`, `latin-1`, `auto`, or another name of the Encoding Standard such as `windows-1252`')
      .describe(
        'csv, json: `auto` is UTF-8 where the whole file is valid UTF-8, else `windows-1252`; a byte order mark decides before anything else',
      ),
    records: z.string().optional().describe('json: path of the array that holds the records, such as `data.items`'),
    sheet: z
      .union([z.string().min(1), z.int().min(1)])
      .optional()
      .describe('xlsx: name of the sheet, or its position from 1; the first visible one if left out'),
    header_row: z
      .int()
      .min(1)
      .optional()
      .describe(
        'csv, xlsx: number of the line or row that names the columns, those above left out; the first that is not empty if left out',
      ),
    range: z
      .string()
      .regex(/^[A-Za-z]{1,3}[1-9][0-9]{0,6}:[A-Za-z]{1,3}[1-9][0-9]{0,6}$/, 'must be two corners such as `B3:F200`')
      .optional()
      .describe('xlsx: the cells to read, such as `B3:F200`'),
    processed: z.string().optional().describe('Folder that a file is moved to once its rows are committed'),
  })
  .refine((stream) => stream.processed === undefined || !isRemote(stream.path), {
    path: ['processed'],
    message: 'objects of a store stay where they are; leave `processed` out',
  });

export type FileStream = z.output<typeof fileStream>;

/** Whether a path names objects of a store rather than files here. */
export function isRemote(path: string): boolean {
  return /^s3:\/\//i.test(path);
}
