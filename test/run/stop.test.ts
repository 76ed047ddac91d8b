import { spawn } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { build, openProject, realEffects } from '../../src/index.js';
import { sql } from '../../src/sql/tag.js';
import { main } from '../support/command_line.js';
import { asOf, buildWell, csv, makeProject, put, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';

beforeAll(() =>
  access(main).catch(() => {
    throw new Error('dist is not there: type `npm run build`');
  }),
);
afterAll(removeFolders);
// A busy machine is slow to start processes.
vi.setConfig({ testTimeout: 240_000 });

const config = {
  name: 'stopped',
  sources: { crm: { connector: 'file', streams: { contacts: { path: 'contacts.csv' } } } },
  tables: { contacts: { from: 'crm.contacts', key: 'id', columns: { id: 'id' } } },
};
const quick = 'SELECT count(*) AS n FROM silver.contacts';
const endless = `SELECT sum(a.i * b.i) AS n FROM (SELECT unnest(range(1000000)) AS i FROM silver.contacts) a, (SELECT unnest(range(1000000)) AS i FROM silver.contacts) b`;

/** A project whose model has been built once, and then never ends. */
async function project(): Promise<string> {
  const dir = await makeProject({ config, files: { 'contacts.csv': csv(['id'], [['C1']]) }, models: { heavy: quick } });
  await buildWell(dir);
  await put(dir, { 'models/heavy.sql': endless, 'contacts.csv': csv(['id'], [['C1'], ['C2']]) });
  return dir;
}

const runs = sql`SELECT run_id, status, published, error FROM ops.runs ORDER BY run_id`;

/** Waits until the run has begun with its models. */
async function atWork(dir: string, runId: string): Promise<void> {
  const events = join(dir, '.onefold', 'runs', runId, 'events.ndjson');
  for (let tries = 0; tries < 2400; tries++) {
    if ((await readFile(events, 'utf8').catch(() => '')).includes('"stage":"gold"')) return;
    await wait(50);
  }
  throw new Error('the run never came to its models');
}

/** Starts a build as a process, sends it signals when it is at work, and tells how it ended. */
async function signalled(dir: string, signals: readonly NodeJS.Signals[]) {
  const child = spawn(process.execPath, [main, 'build', '--project', dir], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const ended = new Promise<{ code: number | null; signal: string | null }>((done) =>
    child.on('close', (code, signal) => done({ code, signal })),
  );
  await atWork(dir, 'r000002');
  await wait(100);
  for (const signal of signals) {
    child.kill(signal);
    await wait(20);
  }
  return { ...(await ended), stdout, stderr };
}

describe.each<[NodeJS.Signals, number]>([
  ['SIGINT', 130],
  ['SIGTERM', 143],
])('a build that gets %s', (signal, code) => {
  test(`rolls back, records the run as failed, publishes nothing and ends with ${code}; the next build goes on`, async () => {
    const dir = await project();
    const said = await signalled(dir, [signal]);
    expect(said).toMatchObject({ code, signal: null });
    expect(said.stderr).toContain('stopping: what is not committed is rolled back');
    expect(said.stdout).toContain('failed r000002: the run was stopped before it was done; nothing was published');
    expect(await rowsIn(dir, runs)).toEqual([
      JSON.stringify({ run_id: 'r000001', status: 'success', published: true, error: null }),
      JSON.stringify({
        run_id: 'r000002',
        status: 'failed',
        published: false,
        error: 'the run was stopped before it was done; nothing was published',
      }),
    ]);
    const results: unknown = JSON.parse(await readFile(join(dir, '.onefold/runs/r000002/run_results.json'), 'utf8'));
    expect(results).toMatchObject({ status: 'failed', error: { code: 'INTERRUPTED' }, warnings: [] });
    // The table was committed before, the model is as it was.
    expect(await rowsIn(dir, sql`SELECT (SELECT count(*) FROM silver.contacts)::INTEGER AS c, n::INTEGER AS n FROM gold.heavy`)).toEqual([
      '{"c":2,"n":1}',
    ]);
    await put(dir, { 'models/heavy.sql': quick });
    expect((await buildWell(dir)).changed).toContain('gold.heavy');
  });
});

test('a signal that comes again ends the process at once, and the next start closes the run', async () => {
  const dir = await project();
  // Both are on their way before the first is heard of, so the second may also find the run unwinding.
  const said = await signalled(dir, ['SIGINT', 'SIGINT']);
  expect([said.signal, said.code]).toSatisfy((how) => JSON.stringify(how) === '["SIGINT",null]' || JSON.stringify(how) === '[null,130]');
  await put(dir, { 'models/heavy.sql': quick });
  await buildWell(dir);
  expect(await rowsIn(dir, sql`SELECT status FROM ops.runs`)).toEqual([
    '{"status":"failed"}',
    '{"status":"success"}',
    '{"status":"success"}',
  ]);
});

test('wherever a stop is asked for, the run is failed and the store sound, unless it has begun to publish', async () => {
  const dir = await makeProject({ config, files: { 'contacts.csv': csv(['id'], [['C1']]) }, models: { heavy: quick } });
  const acts: string[] = [];
  await build(await openProject(dir), {
    asOf,
    effects: {
      ...realEffects(),
      commit: (name, act) => {
        acts.push(name);
        return act();
      },
    },
  });
  const late = acts.indexOf('snapshot:manifest');
  expect(late).toBeGreaterThan(5);
  for (const [n, name] of acts.entries()) {
    // The first act is that the run begins; before it there is none to be failed. Of the others every fifth is enough, the last
    // before the publication and its first among them.
    if (n === 0 || (n % 5 !== late % 5 && n !== late - 1)) continue;
    const fresh = await makeProject({ config, files: { 'contacts.csv': csv(['id'], [['C1']]) }, models: { heavy: quick } });
    const controller = new AbortController();
    let done = 0;
    const stopping = await build(await openProject(fresh), {
      asOf,
      effects: {
        ...realEffects(),
        stop: controller.signal,
        commit: async (_, act) => {
          if (done++ === n) controller.abort();
          return act();
        },
      },
    });
    const expected = n < late ? ['failed', 'INTERRUPTED', false] : ['success', undefined, true];
    expect([name, stopping.status, stopping.error?.code, stopping.published]).toEqual([name, ...expected]);
    const next = await buildWell(fresh);
    expect([name, next.published]).toEqual([name, n < late]);
  }
});
