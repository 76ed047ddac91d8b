import { z } from 'zod';
import { sql } from '../../sql/tag.js';
import { strategy } from './contract.js';

/** The value with the most characters. */
export const longest = strategy({
  name: 'longest',
  options: z.object({}),
  order: () => [sql`length(value::VARCHAR) DESC`],
  describe: () => 'longest',
});
