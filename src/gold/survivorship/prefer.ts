import { z } from 'zod';
import { sql } from '../../sql/tag.js';
import { strategy } from './contract.js';

/** The value of the first source in a list that has one; sources that are not listed come last. */
export const prefer = strategy({
  name: 'prefer',
  options: z.object({ prefer: z.array(z.string()).min(1).describe('Sources, best first') }),
  sources: (options) => options.prefer,
  order: (options) => [sql`COALESCE(list_position(${options.prefer}::VARCHAR[], source), 1000000)`],
  describe: (options) => `prefer ${options.prefer.join(', ')}`,
});
