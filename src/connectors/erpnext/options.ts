import { z } from 'zod';
import { secretRef } from '../../config/secrets.js';
import { httpSettings } from '../http/settings.js';
import { incrementalSettings } from '../incremental.js';

/** Where the site is, and whose eyes it is seen with. */
export const erpnextSource = httpSettings.omit({ auth: true }).extend({
  url: z.url({ protocol: /^https?$/ }).describe('Address of the site'),
  key: secretRef.describe('API key of a user, as `Generate Keys` on the page of the user gives it'),
  secret: secretRef.describe('API secret of that user'),
});

const field = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a field');
const scalar = z.union([z.string(), z.number(), z.null()]);
const operator = z.enum([
  '=',
  '!=',
  '>',
  '>=',
  '<',
  '<=',
  'like',
  'not like',
  'in',
  'not in',
  'between',
  'is',
  'descendants of',
  'not descendants of',
  'ancestors of',
  'not ancestors of',
]);

const { overlap, full_every } = incrementalSettings;

/** What is read of it. */
export const erpnextStream = z.strictObject({
  doctype: z.string().min(1).describe('Name of the DocType, such as `Sales Invoice`'),
  fields: z
    .array(field)
    .min(1)
    .optional()
    .describe('Fields to ask for and land; all if left out. `name` and `modified` always come with them'),
  filters: z
    .array(z.tuple([field, operator, z.union([scalar, z.array(scalar)])]))
    .default([])
    .describe('Conditions as Frappe has them, such as `["company", "=", "Apex"]`; all of them must hold'),
  children: z
    .record(
      field.refine((name) => name !== 'name' && name !== 'modified', 'is no child table'),
      z.string().min(1),
    )
    .default({})
    .describe('Child tables to land with their documents: field → DocType of its rows, such as `items: "Sales Invoice Item"`'),
  deleted: z
    .boolean()
    .default(true)
    .describe('Ask the log of deleted documents (`Deleted Document`), which the user must be allowed to read'),
  page_size: z.number().int().positive().default(500).describe('Documents to ask for at once'),
  overlap,
  full_every: full_every.describe(
    'Days after which all is read again, to see what neither `modified` nor the log of deleted documents tells of; never if left out',
  ),
});

export type ErpnextSource = z.output<typeof erpnextSource>;
export type ErpnextStream = z.output<typeof erpnextStream>;
