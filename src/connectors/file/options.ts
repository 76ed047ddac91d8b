import { z } from 'zod';

const oneCharacter = z.string().length(1, 'must be one character');

/** What a stream of files may say. */
export const fileStream = z.object({
  path: z.string().min(1).describe('A file or a glob (`*`, `?`, `**`, `[ab]`, `{a,b}`), relative to the project'),
  format: z.enum(['csv', 'json', 'ndjson']).optional().describe('From the ending of the file name if left out'),
  mode: z
    .enum(['append', 'replace'])
    .default('append')
    .describe('`append`: files only add rows; `replace`: a file is the whole truth about its rows, and a row that is gone is deleted'),
  delimiter: oneCharacter.optional().describe('csv: found in the first line if left out'),
  quote: z
    .union([oneCharacter, z.literal('')])
    .default('"')
    .describe('csv: empty for none'),
  header: z.boolean().default(true).describe('csv: whether the first line names the columns'),
  columns: z.array(z.string().min(1)).min(1).optional().describe('csv without header: the names of the columns'),
  encoding: z.enum(['utf-8', 'utf-16', 'latin-1']).default('utf-8').describe('csv'),
  records: z.string().optional().describe('json: path of the array that holds the records, such as `data.items`'),
  processed: z.string().optional().describe('Folder that a file is moved to once its rows are committed'),
});

export type FileStream = z.output<typeof fileStream>;
