import { createHash } from 'node:crypto';
import { digest } from '../../engine/functions.js';
import type { Sql } from '../../sql/tag.js';
import { id, sql } from '../../sql/tag.js';

/** Names that bronze gives meaning to; a source column of the same name gets a number behind it. */
const reserved = [
  '_source_system',
  '_stream',
  '_batch_id',
  '_segment_id',
  '_ingested_at',
  '_row_number',
  '_raw_hash',
  '_malformed',
  'file_row_number',
];

/**
 * Names for source columns that no engine confuses: a blank one is called by its place, and of two that differ only by
 * case or not at all the later gets a number.
 */
export function distinctNames(names: readonly string[]): readonly string[] {
  const taken = new Set(reserved);
  return names.map((raw, i) => {
    const base = raw.trim() === '' ? `column_${i + 1}` : raw.trim();
    let name = base;
    for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${base}_${n}`;
    taken.add(name.toLowerCase());
    return name;
  });
}

/** The digest of a row, every column as text. The names belong to it: under a corrected header the same values mean something else. */
export function rowDigest(columns: readonly string[]): Sql {
  const names = createHash('md5').update(JSON.stringify(columns)).digest('hex').slice(0, 12);
  return digest([sql`${names}`, ...columns.map((c) => id(c))]);
}
