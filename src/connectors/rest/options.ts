import { z } from 'zod';
import { collectionSettings, httpSettings } from '../http/settings.js';

/** Where the service is and how to get in. */
export const restSource = httpSettings;

/** What is read of it. */
export const restStream = collectionSettings.extend({
  key: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Fields that name a record; without it records are told apart by their content'),
  columns: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Fields to land; all if left out. Others are dropped on arrival, whatever the service sends'),
  cursor: z
    .strictObject({
      field: z.string().min(1).describe('Path of a field that grows with every change, such as `updated_at`: a time or a number'),
      parameter: z.string().min(1).describe('Parameter of the query that asks for records from this value on'),
    })
    .optional()
    .describe('How to ask for what changed; without it every run reads all records'),
  overlap: z
    .number()
    .min(0)
    .default(300)
    .describe('How far behind the cursor a run begins, in seconds for times and in units for numbers, since a change may be seen late'),
  full_every: z
    .number()
    .min(0)
    .optional()
    .describe('Days after which a stream with a cursor is read whole again, to see records that were deleted; never if left out'),
});

export type RestSource = z.output<typeof restSource>;
export type RestStream = z.output<typeof restStream>;
