import { z } from 'zod';
import { matchesWhole } from '../../engine/functions.js';
import { sql } from '../../sql/tag.js';
import { columnType } from './contract.js';

// One @, no blanks, and a domain with a dot: what every address has. Whether it is delivered, only mail can tell.
const address = '[^@\\s<>(),;:"\\[\\]]+@[^@\\s.<>(),;:"\\[\\]]+(\\.[^@\\s.<>(),;:"\\[\\]]+)+';

/** An e-mail address, in lower case. */
export const email = columnType({
  name: 'email',
  options: z.object({}),
  sqlType: () => 'VARCHAR',
  parse: (text) => ({ value: sql`CASE WHEN ${matchesWhole(text, address)} THEN lower(${text}) END` }),
});
