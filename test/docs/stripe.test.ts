import { readFile } from 'node:fs/promises';
import ts from 'typescript';
import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import { sql } from '../../src/sql/tag.js';
import { startStripe } from '../../src/testing/index.js';
import { buildIn, makeProject, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';

afterAll(removeFolders);

/** What a script of a guide gives: what it hands to the function that it imports. */
async function given(script: string, imported: string): Promise<unknown> {
  const { outputText } = ts.transpileModule(script, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const hold: unknown[] = [];
  const take = (value: unknown) => {
    hold.push(value);
    return { port: 0 };
  };
  await new Function('require', 'exports', 'console', `return (async () => {${outputText}})()`)(
    () => ({ [imported]: take }),
    {},
    { log: () => {} },
  );
  return hold[0];
}

test('the project in the guide of Stripe runs against the emulator, and gives the amounts that the guide shows', async () => {
  const guide = await readFile(new URL('../../docs/guides/stripe.md', import.meta.url), 'utf8');
  const [project = '', emulator = ''] = [...guide.matchAll(/```ts\n(.*?)```/gs)].map(([, text = '']) => text);
  const records = z.array(z.record(z.string(), z.unknown()));
  const { tables } = z.object({ tables: z.record(z.string(), records) }).parse(await given(emulator, 'startStripe'));
  const stripe = await startStripe({ tables });
  process.env['STRIPE_PORT'] = String(stripe.port);
  process.env['STRIPE_API_KEY'] = 'sk_test_emulator';
  const config = z.record(z.string(), z.unknown()).parse(await given(project, 'defineProject'));
  const dir = await makeProject({ config });
  const result = await buildIn(dir);
  await stripe.close();
  expect([result.status, result.warnings]).toEqual(['success', []]);
  const shown = [...guide.matchAll(/^ (ch_\d) +(\S+) +(\w+)$/gm)].map(([, id, amount, currency]) =>
    JSON.stringify({ id, amount, currency }),
  );
  expect(shown).toHaveLength(3);
  expect(await rowsIn(dir, sql`SELECT id, amount::VARCHAR AS amount, currency FROM silver.charges`)).toEqual(shown);
});
