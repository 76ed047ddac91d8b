import { z } from 'zod';
import { id, sql } from '../../sql/tag.js';
import { ruleKind } from './contract.js';

/** The date or moment is not after what the run calls now; judged anew at every build. */
export const notInFuture = ruleKind({
  name: 'not_in_future',
  scope: 'table',
  options: z.object({ column: z.string() }),
  references: ({ column }) => ({ columns: [column] }),
  judge: ({ column }, { asOf }) => ({ broken: sql`${id(column)} > ${asOf}`, reason: `${column} lies in the future` }),
});
