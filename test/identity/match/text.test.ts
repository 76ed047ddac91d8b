import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import { openDuckDb } from '../../../src/engine/duckdb/duckdb.js';
import { plain } from '../../../src/identity/match/text.js';
import { sql } from '../../../src/sql/tag.js';

const engine = await openDuckDb({ path: ':memory:' });
afterAll(() => engine.close());

/** Characters that may stand in a text and of which nothing is left. */
async function lost(these: (character: string) => boolean): Promise<readonly string[]> {
  const characters = Array.from({ length: 0x1fbff }, (_, i) => i)
    .filter((i) => i > 0 && (i < 0xd800 || i > 0xdfff))
    .map((i) => String.fromCodePoint(i))
    .filter(these);
  const rows = await engine.rows(
    sql`SELECT c FROM (SELECT unnest(${characters}::VARCHAR[]) AS c) WHERE ${plain(sql`c`)} IS NULL ORDER BY c`,
    z.object({ c: z.string() }),
  );
  return rows.map((r) => r.c);
}

test('no letter and no digit of any script is lost', async () => {
  expect(await lost((c) => /[\p{L}\p{N}]/u.test(c))).toEqual([]);
});

test('blanks, controls, punctuation and signs of Latin, Greek, Cyrillic, Arabic, Hebrew and eastern Asian texts stand between words', async () => {
  const there = (c: string): boolean => /[\p{Z}\p{Cc}\p{P}\p{Sc}\p{Sm}\p{Emoji_Presentation}]/u.test(c) && !/[\p{N}\p{L}]/u.test(c);
  const common = (c: string): boolean => {
    const i = c.codePointAt(0) ?? 0;
    return i < 0x370 || (i >= 0x590 && i < 0x660) || (i >= 0x2000 && i < 0x2070) || (i >= 0x3000 && i < 0x3040) || i > 0x1f000;
  };
  const characters = await lost(there);
  const kept = Array.from({ length: 0x1fbff }, (_, i) => i)
    .filter((i) => i > 0 && (i < 0xd800 || i > 0xdfff))
    .map((i) => String.fromCodePoint(i))
    .filter((c) => there(c) && common(c) && !characters.includes(c));
  expect(kept).toEqual([]);
});
