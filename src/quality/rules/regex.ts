import { z } from 'zod';
import { matchesPart } from '../../engine/functions.js';
import { id, sql } from '../../sql/tag.js';
import { ruleKind } from './contract.js';

/** Some part of the text matches an RE2 pattern; `^` and `$` hold it to the whole. */
export const regex = ruleKind({
  name: 'regex',
  scope: 'row',
  options: z.object({ column: z.string(), pattern: z.string().min(1) }),
  references: ({ column }) => ({ columns: [column] }),
  judge: ({ column, pattern }) => ({ broken: sql`NOT ${matchesPart(id(column), pattern)}`, reason: `${column} does not match ${pattern}` }),
});
