import { z } from 'zod';
import { sql } from '../../sql/tag.js';
import { strategy } from './contract.js';

/** The largest or latest value. */
export const max = strategy({
  name: 'max',
  options: z.object({}),
  order: () => [sql`value DESC`],
  describe: () => 'largest',
});
