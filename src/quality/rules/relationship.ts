import { z } from 'zod';
import { splitDotted } from '../../base/names.js';
import { id, sql } from '../../sql/tag.js';
import { ruleKind } from './contract.js';

/**
 * The value is found in a column of another table, among its current rows, those that table rules set aside too: so the
 * answer does not depend on the order in which tables are judged.
 */
export const relationship = ruleKind({
  name: 'relationship',
  scope: 'table',
  options: z.object({ column: z.string(), to: z.string().describe('`table.column`') }),
  references: ({ column, to }) => ({ columns: [column], targets: [to] }),
  judge: ({ column, to }) => {
    const [table, target] = splitDotted(to) ?? ['', ''];
    return {
      broken: sql`(${id(column)} IS NOT NULL AND ${id(column)}::VARCHAR NOT IN
        (SELECT ${id(target)}::VARCHAR FROM ${id('silver_rows', table)} WHERE ${id(target)} IS NOT NULL AND _deleted_at IS NULL))`,
      reason: `${column} is not found in ${to}`,
    };
  },
});
