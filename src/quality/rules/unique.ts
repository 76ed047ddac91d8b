import { z } from 'zod';
import type { Sql } from '../../sql/tag.js';
import { id, join, sql } from '../../sql/tag.js';
import { ruleKind } from './contract.js';

/** No other row has the same value, or the same values together. Rows with a missing one are not compared. */
export const unique = ruleKind({
  name: 'unique',
  scope: 'table',
  options: z
    .object({ column: z.string().optional(), columns: z.array(z.string()).min(1).optional() })
    .refine((o) => (o.column === undefined) !== (o.columns === undefined), 'needs either `column` or `columns`'),
  references: (options) => ({ columns: namesOf(options) }),
  judge: (options) => {
    const names = namesOf(options);
    const columns: Sql[] = names.map((n) => id(n));
    return {
      broken: sql`(${join(
        columns.map((c) => sql`${c} IS NOT NULL`),
        ' AND ',
      )} AND count(*) OVER (PARTITION BY ${join(columns)}) > 1)`,
      reason: `${names.join(' and ')} not unique`,
    };
  },
});

function namesOf(options: { readonly column?: string | undefined; readonly columns?: readonly string[] | undefined }): readonly string[] {
  return options.columns ?? (options.column === undefined ? [] : [options.column]);
}
