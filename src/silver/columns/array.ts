import { z } from 'zod';
import { eachTryCast, jsonItems, matchesWhole, presentItems, splitText, trimmedItems } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { sql } from '../../sql/tag.js';
import { columnType } from './contract.js';

/** Types of the items: SQL type, and the texts that are read as one. */
const items = {
  text: { type: 'VARCHAR', pattern: null },
  integer: { type: 'BIGINT', pattern: '[+-]?[0-9]{1,18}' },
  decimal: { type: 'DECIMAL(38, 18)', pattern: '[+-]?[0-9]{1,15}(\\.[0-9]{1,18})?' },
  boolean: { type: 'BOOLEAN', pattern: '(?i:true|false)' },
  date: { type: 'DATE', pattern: '[0-9]{4}-[0-9]{2}-[0-9]{2}' },
} as const;

/**
 * A list: of a JSON array, or of texts set off by `separator`. Items are trimmed, empty ones left out, their order and
 * repetitions kept. A list with an item that can't be read can't be read.
 */
export const array = columnType({
  name: 'array',
  options: z.object({
    of: z.enum(['text', 'integer', 'decimal', 'boolean', 'date']).default('text').describe('Type of the items'),
    separator: z.string().min(1).optional().describe('Between the items of a text that is no JSON array'),
  }),
  typeNote: '`VARCHAR[]`, or a list of the type that `of` names',
  sqlType: ({ of }) => `${items[of].type}[]`,
  parse: (text, { of, separator }, { keep }) => {
    const isJson = keep(sql`(starts_with(${text}, '[') AND json_valid(${text}))`);
    const split = separator === undefined ? sql`NULL` : splitText(text, separator);
    const texts = keep(presentItems(trimmedItems(sql`CASE WHEN ${isJson} THEN ${jsonItems(text)} ELSE ${split} END`)));
    return { value: typedItems(texts, items[of], keep) };
  },
});

function typedItems(
  texts: Sql,
  { type, pattern }: { readonly type: string; readonly pattern: string | null },
  keep: (value: Sql) => Sql,
): Sql {
  if (pattern === null) return texts;
  const typed = keep(
    sql`CASE WHEN list_bool_and(list_transform(${texts}, lambda x: ${matchesWhole(sql`x`, pattern)})) IS NOT FALSE THEN ${eachTryCast(texts, type)} END`,
  );
  return sql`CASE WHEN NOT list_contains(list_transform(${typed}, lambda x: x IS NULL), TRUE) THEN ${typed} END`;
}
