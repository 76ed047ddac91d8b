import { z } from 'zod';
import { collectionSettings, httpSettings } from '../http/settings.js';
import { incrementalSettings } from '../incremental.js';
import { placeholdersOf } from './placeholders.js';

/** Where the service is and how to get in. */
export const restSource = httpSettings;

const fieldName = z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'must be letters, digits and _, and start with a letter');

const forEach = z.strictObject({
  stream: z.string().min(1).describe('The other stream'),
  as: z
    .record(fieldName, z.string().min(1))
    .describe(
      'Name → column of the parent: `{name}` in path, query and body stands for its value, and records carry it as `_parent_<name>`',
    ),
  when: z
    .enum(['all', 'changed'])
    .default('all')
    .describe('`changed`: only for parents that came or changed since; all of them again after `full_every` days'),
});

const fields = collectionSettings.extend({
  ...incrementalSettings,
  cursor: z
    .strictObject({
      field: z.string().min(1).describe('Path of a field that grows with every change, such as `updated_at`: a time or a number'),
      parameter: z.string().min(1).describe('Parameter of the query that asks for records from this value on'),
      until: z
        .string()
        .min(1)
        .optional()
        .describe('Parameter of the query that asks for records before a value; for reading a stretch of time again'),
    })
    .optional()
    .describe('How to ask for what changed; without it every run reads all records'),
  for_each: forEach.optional().describe('Reads one collection for each record of another stream of this source'),
});

/** What is read of it. */
export const restStream = fields.superRefine((stream, ctx) => {
  const { for_each: each } = stream;
  if (each === undefined) return;
  const asked = placeholdersOf(stream);
  const add = (path: string[], message: string): void => void ctx.addIssue({ code: 'custom', path, message });
  if (stream.cursor !== undefined) add(['cursor'], 'a stream with `for_each` has no cursor of its own: say `when: changed` there');
  for (const name of asked.filter((n) => !Object.hasOwn(each.as, n))) add(['path'], `\`{${name}}\` is not named in \`for_each.as\``);
  if (!asked.some((name) => Object.hasOwn(each.as, name)))
    add(['path'], 'nothing of the parent is asked for: put `{name}` into the path, the query or the body');
});

export type RestSource = z.output<typeof restSource>;
export type RestStream = z.output<typeof restStream>;
export type ForEach = z.output<typeof forEach>;
