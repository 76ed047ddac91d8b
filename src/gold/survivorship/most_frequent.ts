import { z } from 'zod';
import { sql } from '../../sql/tag.js';
import { strategy } from './contract.js';

/** The value that most observations have, over all records. */
export const mostFrequent = strategy({
  name: 'most_frequent',
  options: z.object({}),
  order: () => [sql`backing DESC`],
  describe: () => 'most frequent',
});
