import { z } from 'zod';
import { sql } from '../../sql/tag.js';
import { columnType } from './contract.js';

/** True or false, as the usual words and digits say; other words go through `map`. */
export const boolean = columnType({
  name: 'boolean',
  options: z.object({}),
  sqlType: () => 'BOOLEAN',
  parse: (text) => ({
    value: sql`CASE WHEN lower(${text}) IN ('true', 't', 'yes', 'y', '1', 'on') THEN TRUE
      WHEN lower(${text}) IN ('false', 'f', 'no', 'n', '0', 'off') THEN FALSE END`,
  }),
});
