import { z } from 'zod';
import { columnType } from './contract.js';

/** Text as it is. */
export const text = columnType({
  name: 'text',
  options: z.object({}),
  sqlType: () => 'VARCHAR',
  parse: (value) => ({ value }),
});
