import { z } from 'zod';
import { sql } from '../../sql/tag.js';
import { strategy } from './contract.js';

/** The smallest or earliest value. */
export const min = strategy({
  name: 'min',
  options: z.object({}),
  order: () => [sql`value`],
  describe: () => 'smallest',
});
