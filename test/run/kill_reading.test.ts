import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import { sql } from '../../src/sql/tag.js';
import { keyed } from '../../src/testing/generate/random.js';
import { expectBalanced } from '../support/accounts.js';
import { inWarehouse } from '../support/canonical.js';
import { compiledTests } from '../support/compiled.js';
import { closeServers, reply, serve } from '../support/http.js';
import { buildWell, makeProject, projectIn, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';

closeServers();
afterAll(removeFolders);
const compiled = compiledTests();

const kills = 50;
const records = Array.from({ length: 600 }, (_, i) => ({ id: i + 1, name: `Person ${i + 1}` }));

/** A process that is loaded and waits for the word to read. */
async function ready(dir: string): Promise<ChildProcessWithoutNullStreams> {
  const child = spawn(process.execPath, [compiled('run/kill_reading.child.js'), dir]);
  await once(child.stdout, 'data');
  return child;
}

/** Lets it read until so much is asked for, and for so many ms more, then kills it; returns whether it was still at work. */
async function killed(child: ChildProcessWithoutNullStreams, hasAsked: () => boolean, ms: number): Promise<boolean> {
  let signal: string | null | undefined;
  child.on('close', (_code, how) => {
    signal = how;
  });
  child.stdin.write('go\n');
  while (signal === undefined && !hasAsked()) await sleep(1);
  await sleep(ms);
  child.kill('SIGKILL');
  while (signal === undefined) await sleep(1);
  return signal === 'SIGKILL';
}

test(`a reading that is killed ${kills} times in a row, at any moment, ends with what an undisturbed one lands`, {
  timeout: 600_000,
}, async () => {
  let asked = 0;
  const { url } = await serve(({ url: at }, response) => {
    asked += 1;
    const [skip, limit] = [Number(at.searchParams.get('offset')), Number(at.searchParams.get('limit'))];
    reply(response, { rows: records.slice(skip, skip + limit), total: records.length });
  });
  const users = { path: 'users', records: 'rows', total: 'total', paging: { kind: 'offset', size: 10 }, key: ['id'] };
  const config = {
    name: 'killed',
    sources: { crm: { connector: 'rest', url, streams: { users } } },
    tables: { users: { from: 'crm.users', key: 'id', columns: { id: 'id', name: 'name' } } },
  };
  const calm = await makeProject({ config });
  await buildWell(calm);
  const bronze = (dir: string) =>
    rowsIn(dir, sql`SELECT id, name, _raw_hash, count(*)::INTEGER AS times FROM bronze.crm__users GROUP BY ALL`);
  const undisturbed = await bronze(calm);
  expect(undisturbed).toHaveLength(records.length);

  const dir = await makeProject({ config });
  const random = keyed(Number(process.env['ONEFOLD_TEST_SEED'] ?? 1), 'kills');
  let [next, atWork] = [ready(dir), 0];
  for (let n = 0; n < kills; n++) {
    const child = await next;
    // The next one loads while this one reads.
    if (n < kills - 1) next = ready(dir);
    // Before the first request, during any page, and after the last one.
    const [pages, ms] = [random(n).int(0, 12), random(n + kills).int(0, 60)];
    const from = asked;
    if (await killed(child, () => asked - from >= pages, ms)) atWork += 1;
  }
  expect(atWork).toBeGreaterThan(kills / 2);

  expectBalanced(await buildWell(dir));
  expect(await bronze(dir)).toEqual(undisturbed);
  const last = await buildWell(dir);
  expectBalanced(last);
  expect([last.status, await bronze(dir)]).toEqual(['success', undisturbed]);
  await inWarehouse(await projectIn(dir), async (engine) => {
    const sums = await engine.rows(
      sql`SELECT run_id, sum(rows) FILTER (line = 'read')::DOUBLE AS read, sum(rows) FILTER (line IN ('landed', 'rejected', 'known', 'discarded'))::DOUBLE AS became
        FROM ops.ledger WHERE scope = 'stream' GROUP BY run_id`,
      z.object({ run_id: z.string(), read: z.number(), became: z.number() }),
    );
    expect(sums.filter((s) => s.read !== s.became)).toEqual([]);
    expect(sums.length).toBeGreaterThan(5);
    const left = sql`SELECT (SELECT count(*) FROM ops.runs WHERE status = 'running')::DOUBLE AS running, (SELECT count(*) FROM ops.seen)::DOUBLE AS seen,
      (SELECT sum(rows) FROM ops.ledger WHERE scope = 'stream' AND line = 'landed')::DOUBLE AS landed`;
    expect(await engine.rows(left, z.unknown())).toEqual([{ running: 0, seen: 0, landed: records.length }]);
  });
});
