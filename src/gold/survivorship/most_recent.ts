import { z } from 'zod';
import { sql } from '../../sql/tag.js';
import { strategy } from './contract.js';

/** The value seen last, by the declared recency. */
export const mostRecent = strategy({
  name: 'most_recent',
  options: z.object({}),
  order: () => [sql`recency DESC NULLS LAST`],
  describe: () => 'most recent',
});
