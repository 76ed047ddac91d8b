import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { scaffoldData, scaffoldProject } from '../../src/cli/scaffold.js';
import { sql } from '../../src/sql/tag.js';
import { inWarehouse } from '../support/canonical.js';
import { buildWell, makeProject, projectIn, removeFolders } from '../support/project.js';

afterAll(removeFolders);

interface Documented {
  readonly table: string;
  readonly columns: readonly string[];
}

/** The names of the page, for the project that `init` makes. */
const spelled = (text: string): string =>
  text.replaceAll('<entity>', 'customer').replaceAll('<table>', 'orders').replaceAll('<source>', 'shop').replaceAll('<stream>', 'orders');

async function documented(): Promise<readonly Documented[]> {
  const page = await readFile(new URL('../../docs/reference/tables.md', import.meta.url), 'utf8');
  return page
    .split(/^## /m)
    .slice(1)
    .map((section) => ({
      table: spelled(/^`([^`]+)`/.exec(section)?.[1] ?? ''),
      columns: [...section.matchAll(/^\| `([^`]+)` \| ([^|]+) \|/gm)].map((m) => `${spelled(m[1] ?? '')} ${m[2]?.trim() ?? ''}`),
    }));
}

/** Tables that begin, or end, with columns of the project. */
const open = new Set([
  'bronze.shop__orders',
  'silver.orders',
  'gold.customer',
  'gold.customer_360',
  'gold.customer_history',
  'identity.customer_features',
]);
const internal =
  /^silver_rows\.|^ops\.(applied|inference|retractions|seen|store|tables)$|^identity\..*_(pairs|blocks|components|cuts|seen)$/;

let real: ReadonlyMap<string, readonly string[]>;
beforeAll(async () => {
  const customer = { ...scaffoldProject.entities?.['customer'], history: true, match: true };
  const dir = await makeProject({ config: { ...scaffoldProject, entities: { customer } }, files: scaffoldData });
  await buildWell(dir);
  const rows = await inWarehouse(await projectIn(dir), (engine) =>
    engine.rows(
      sql`SELECT schema_name || '.' || table_name AS name, list(column_name || ' ' || data_type ORDER BY column_index) AS columns
        FROM duckdb_columns() WHERE NOT internal GROUP BY 1 ORDER BY 1`,
      z.object({ name: z.string(), columns: z.array(z.string()) }),
    ),
  );
  real = new Map(rows.map((r) => [r.name, r.columns]));
});

test('the columns of the page are those of a built store, in order and with their types', async () => {
  for (const { table, columns } of await documented()) {
    const built = real.get(table);
    const expected = open.has(table) ? built?.filter((c) => columns.includes(c)) : built;
    expect({ table, columns }).toEqual({ table, columns: expected });
  }
});

test('every table of a built store is on the page, or internal', async () => {
  const known = new Set((await documented()).map((d) => d.table));
  const others = /^(bronze\.crm__contacts|silver\.contacts|quarantine\.contacts|gold\.revenue_by_customer)$/;
  expect([...real.keys()].filter((name) => !known.has(name) && !internal.test(name) && !others.test(name))).toEqual([]);
});
