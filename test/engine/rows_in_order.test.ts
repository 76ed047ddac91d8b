import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openDuckDb } from '../../src/engine/duckdb/duckdb.js';
import { copyToParquet, readParquet, rowsInOrder } from '../../src/engine/functions.js';
import { sql } from '../../src/sql/tag.js';
import { newFolder, removeFolders } from '../support/project.js';

afterAll(removeFolders);

test.each([0, 1, 20_000, 60_000, 150_000])('a table of %d rows is written in its order, whatever was deleted from it', async (rows) => {
  const file = join(await newFolder(), 't.parquet');
  // In a file, as tables are that are published.
  const engine = await openDuckDb({ path: join(await newFolder(), 't.duckdb') });
  await engine.run(sql`CREATE TABLE t AS SELECT hash(range) AS x FROM range(${rows}::BIGINT)`);
  for (const gone of [sql`FALSE`, sql`x % 3 = 0`, sql`rowid < ${rows}::BIGINT / 2`]) {
    await engine.run(sql`DELETE FROM t WHERE ${gone}`);
    await engine.run(copyToParquet(rowsInOrder(sql`t`, rows), file));
    const { rows: compared } =
      await engine.table(sql`SELECT count(*)::INTEGER AS n, COALESCE(count_if(w.x IS DISTINCT FROM t.x), 0)::INTEGER AS moved
      FROM (SELECT x, row_number() OVER (ORDER BY rowid) AS n FROM t) t
      FULL JOIN (SELECT x, file_row_number + 1 AS n FROM ${readParquet([file])}) w USING (n)`);
    const { rows: left } = await engine.table(sql`SELECT count(*)::INTEGER AS n FROM t`);
    expect(compared).toEqual([{ n: left[0]?.n, moved: 0 }]);
  }
  engine.close();
});
