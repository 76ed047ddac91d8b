import { spawn } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Effects } from '../../src/index.js';
import { OnefoldError, realEffects } from '../../src/index.js';
import type { Sql } from '../../src/sql/tag.js';
import { sql } from '../../src/sql/tag.js';
import { expectBalanced } from '../support/accounts.js';
import type { Canonical } from '../support/canonical.js';
import { canonical, published, rowsOf } from '../support/canonical.js';
import { compiledTests } from '../support/compiled.js';
import type { Files } from '../support/project.js';
import { buildWell, csv, makeProject, newFolder, put, removeFolders } from '../support/project.js';

afterAll(removeFolders);

/** Two sources: payments come in files that are moved away, contacts in a file that is replaced. */
const config = {
  name: 'killed',
  sources: {
    bank: { connector: 'file', streams: { payments: { path: 'in/payments/*.csv', processed: 'done' } } },
    crm: { connector: 'file', streams: { contacts: { path: 'in/contacts.csv', mode: 'replace' } } },
  },
  tables: {
    payments: {
      from: 'bank.payments',
      key: 'content',
      columns: { payer: 'payer', amount: { from: 'amount', type: 'money' }, paid_on: { from: 'paid_on', type: 'date' } },
      rules: [
        { rule: 'not_null', column: 'payer' },
        { rule: 'relationship', column: 'payer', to: 'contacts.payer' },
      ],
      amounts: ['amount'],
    },
    contacts: { from: 'crm.contacts', key: 'id', columns: { id: 'id', name: 'name', payer: 'payer' } },
  },
  entities: {
    customer: {
      records: [
        { table: 'payments', id: 'payer', recency: 'paid_on', identifiers: { payer: 'payer' } },
        { table: 'contacts', id: 'id', identifiers: { contact: 'id', payer: 'payer' }, attributes: { name: 'name' } },
      ],
      identifiers: { payer: { unique: 'entity' }, contact: { unique: 'entity' } },
    },
  },
};
const models = {
  paid: `SELECT x.customer_key, sum(p.amount) AS paid FROM silver.payments p
JOIN gold.customer_crosswalk x ON x.source = 'bank' AND x.record_id = p.payer GROUP BY ALL`,
};
const payments = (rows: readonly (readonly string[])[]): string => csv(['payer', 'amount', 'paid_on'], rows);
const contacts = (rows: readonly (readonly string[])[]): string => csv(['id', 'name', 'payer'], rows);

const firstFiles: Files = {
  'in/payments/jan.csv': payments([
    ['P1', '10.50', '05/01/2025'],
    ['P2', '7', '06/01/2025'],
    ['', '1', '07/01/2025'],
    ['P9', '2', '07/01/2025'],
  ]),
  'in/contacts.csv': contacts([
    ['C1', 'Ann', 'P1'],
    ['C2', 'Bob', 'P2'],
    ['C3', 'Cid', ''],
  ]),
};
/** Proves how January's dates are read, gives Bob another name and another payer, and takes Cid away. */
const secondFiles: Files = {
  'in/payments/feb.csv': payments([
    ['P1', '3', '13/02/2025'],
    ['P9', '4', '14/02/2025'],
  ]),
  'in/contacts.csv': contacts([
    ['C1', 'Ann', 'P1'],
    ['C2', 'Bobby', 'P9'],
  ]),
};

interface Reference {
  /** The folder as it is before the build. */
  readonly before: string;
  /** Names of all durable acts of the build. */
  readonly acts: readonly string[];
  /** What may be seen at any moment: what was published before, and what is published in the end. */
  readonly visible: readonly (Canonical | null)[];
  readonly state: Canonical;
  readonly facts: Canonical;
}
let first: Reference;
let second: Reference;

beforeAll(async () => {
  const dir = await makeProject({ config, models, files: firstFiles });
  first = await undisturbed(dir, null);
  await put(dir, secondFiles);
  second = await undisturbed(dir, first.visible[1] ?? null);
});

async function undisturbed(dir: string, visibleBefore: Canonical | null): Promise<Reference> {
  const before = await copied(dir);
  const acts: string[] = [];
  expectBalanced(await buildWell(dir, { effects: recording(acts) }));
  const visible = [visibleBefore, await published(`${dir}/.onefold`)];
  return { before, acts, visible, state: await canonical(dir), facts: await factsOf(dir) };
}

function recording(names: string[]): Effects {
  return {
    ...realEffects(),
    commit: (name, act) => {
      names.push(name);
      return act();
    },
  };
}

async function copied(dir: string): Promise<string> {
  const to = await newFolder();
  await cp(dir, to, { recursive: true, preserveTimestamps: true });
  return to;
}

/** What must be there once, however often a build was begun; nothing that a later build starts from may be missing. */
async function factsOf(dir: string): Promise<Canonical> {
  const files = (pattern: string): Sql => sql`SELECT parse_filename(file) AS file FROM glob(${`${dir}/${pattern}`}) g(file)`;
  return rowsOf(dir, {
    payments: sql`SELECT _raw_hash, count(*) AS n FROM bronze.bank__payments GROUP BY ALL`,
    contacts: sql`SELECT _raw_hash, count(*) AS n FROM bronze.crm__contacts GROUP BY ALL`,
    ledger: sql`SELECT name, line, sum(rows) AS n FROM ops.ledger WHERE scope = 'stream' AND line IN ('landed', 'rejected') GROUP BY ALL`,
    cursors: sql`SELECT source, stream, part, cursor::JSON ->> 'version' AS version FROM ops.cursors`,
    applied: sql`SELECT table_name, count(*) AS units, count(DISTINCT unit) AS different FROM ops.applied GROUP BY ALL`,
    retracted: sql`SELECT source, stream, row_number FROM ops.retractions`,
    proven: sql`SELECT table_name, column_name, reading, rows FROM ops.inference`,
    events: sql`SELECT * EXCLUDE (run_id) FROM identity.customer_events`,
    redirects: sql`SELECT * FROM gold.customer_redirects`,
    keys: sql`SELECT customer_key, record FROM gold.customer_crosswalk`,
    running: sql`SELECT run_id FROM ops.runs WHERE status = 'running'`,
    moved: files('done/*'),
    waiting: files('in/payments/*'),
    unknown: sql`SELECT file FROM glob(${`${dir}/.onefold/lake/**/*.*`}) g(file) WHERE NOT EXISTS (FROM ops.segments s WHERE ends_with(g.file, s.file))`,
  });
}

const compiled = compiledTests();

/** Builds in a process of its own that kills itself; returns how it ended and the act that it had come to. */
async function buildAndDie(dir: string, act: number, moment: string): Promise<{ readonly signal: string | null; readonly name: string }> {
  const running = spawn(process.execPath, [compiled('run/kill.child.js'), dir, String(act), moment]);
  let [name, said] = ['', ''];
  running.stdout.on('data', (text) => (name += String(text)));
  running.stderr.on('data', (text) => (said += String(text)));
  const signal = await new Promise<string | null>((done, fail) => {
    running.on('error', fail);
    running.on('close', (_code, how) => done(how));
  });
  if (signal === null) throw new Error(`the child ended by itself: ${said}`);
  return { signal, name };
}

/** What a reader sees now, or null when nothing is published. */
async function seen(dir: string): Promise<Canonical | null> {
  return published(`${dir}/.onefold`).catch((thrown: unknown) => {
    if (thrown instanceof OnefoldError && thrown.code === 'SNAPSHOT_NONE') return null;
    throw thrown;
  });
}

/** Kills a build at one act, builds again, and holds what is there against the undisturbed build. */
async function survives({ before, acts, visible, state, facts }: Reference, act: number, moment: string): Promise<void> {
  const dir = await copied(before);
  expect(await buildAndDie(dir, act, moment)).toEqual({ signal: 'SIGKILL', name: acts[act] });
  expect(visible).toContainEqual(await seen(dir));
  expectBalanced(await buildWell(dir));
  expect({ state: await canonical(dir), facts: await factsOf(dir) }).toEqual({ state, facts });
  await rm(dir, { recursive: true });
}

/** Every act, just before it and just after it; two processes at a time. */
async function survivesEverywhere(reference: Reference): Promise<void> {
  const points = reference.acts.flatMap((name, act) => ['before', 'after'].map((moment) => ({ name, act, moment })));
  const failures: string[] = [];
  const work = async (): Promise<void> => {
    for (let point = points.shift(); point !== undefined; point = points.shift()) {
      const { name, act, moment } = point;
      await survives(reference, act, moment).catch((thrown: unknown) => {
        failures.push(`killed ${moment} ${act} ${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      });
    }
  };
  await Promise.all([work(), work()]);
  expect(failures).toEqual([]);
}

describe('a process that is killed at any durable act loses nothing and doubles nothing', () => {
  test('the undisturbed builds do all kinds of acts', () => {
    const kinds = new Set([...first.acts, ...second.acts].map((name) => name.split(':')[0]));
    expect([...kinds].sort()).toEqual([
      'checks',
      'define',
      'entity',
      'landed',
      'lineage',
      'model',
      'move',
      'reads',
      'rules',
      'run',
      'segment',
      'snapshot',
      'table',
      'versions',
    ]);
  });

  test('in the first build', { timeout: 900_000 }, () => survivesEverywhere(first));

  test('in a build that moves, replaces, deletes, and reads old rows anew', { timeout: 900_000 }, () => survivesEverywhere(second));
});
