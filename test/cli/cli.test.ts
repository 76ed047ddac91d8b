import { access, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Said } from '../support/command_line.js';
import { main, onefold } from '../support/command_line.js';
import { newFolder, removeFolders } from '../support/project.js';

// The command line as a user meets it: the built package, one process a command, its exit code and both its streams.

const now = ['--as-of', '2025-07-01'];

/** The one JSON document on stdout. */
function document<T>(said: Said, shape: z.ZodType<T>): T {
  return shape.parse(JSON.parse(said.stdout));
}

const failure = z.object({ error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }) });
const run = z.object({
  run_id: z.string(),
  status: z.string(),
  published: z.boolean(),
  changed: z.array(z.string()),
  warnings: z.array(z.object({ name: z.string(), message: z.string() })),
});

async function newProject(): Promise<string> {
  const dir = join(await newFolder(), 'my-company');
  expect((await onefold(['init', dir])).code).toBe(0);
  return dir;
}

/** One without models: it starts faster, as no SQL is parsed. */
async function plainProject(): Promise<string> {
  const dir = await newProject();
  await rm(join(dir, 'models'), { recursive: true });
  return dir;
}

async function edit(path: string, change: (text: string) => string): Promise<void> {
  await writeFile(path, change(await readFile(path, 'utf8')));
}

beforeAll(() =>
  access(main).catch(() => {
    throw new Error('dist is not there: type `npm run build`');
  }),
);
afterAll(removeFolders);

describe('from nothing to an explained customer', () => {
  let dir: string;
  let published: readonly string[];
  beforeAll(async () => {
    dir = await newProject();
    published = ['--project', await plainProject(), '--store', join(dir, '.onefold'), '--json'];
  });

  test('init makes a project, and never writes over one', async () => {
    const again = await onefold(['init', dir, '--json']);
    expect(again.code).toBe(1);
    expect(document(again, failure).error.code).toBe('PATH_EXISTS');
  });

  test('init hides no project whose file has another format', async () => {
    const other = await newFolder();
    await writeFile(join(other, 'onefold.yaml'), 'name: mine\nsources: {}\n');
    const said = await onefold(['init', other, '--json']);
    expect(said.code).toBe(1);
    expect(document(said, failure).error).toMatchObject({ code: 'PATH_EXISTS', message: expect.stringContaining('onefold.yaml') });
    expect(await readdir(other)).toEqual(['onefold.yaml']);
  });

  test('validate says what the project has and writes nothing', async () => {
    const said = await onefold(['validate', '--project', dir]);
    expect(said).toMatchObject({ code: 0, stderr: '' });
    expect(said.stdout).toBe('my_company is valid: 2 streams, 2 tables, 1 entity, 1 model\n');
    await expect(access(join(dir, '.onefold'))).rejects.toThrow('ENOENT');
  });

  test('a query before the first build says that nothing is published', async () => {
    const said = await onefold(['query', 'SELECT 1', ...published]);
    expect(said.code).toBe(1);
    expect(document(said, failure).error).toMatchObject({ code: 'SNAPSHOT_NONE', hint: 'Type `onefold build` first.' });
  });

  test('ls names everything in the way of the data', async () => {
    const said = await onefold(['ls', '--project', dir, '--json']);
    const listed = document(said, z.array(z.object({ type: z.string(), name: z.string(), from: z.string() })));
    expect(listed.map((l) => l.type)).toEqual(['stream', 'stream', 'table', 'table', 'entity', 'model']);
    expect(listed).toContainEqual({ type: 'table', name: 'silver.orders', from: 'shop.orders' });
  });

  test('build publishes; its text goes to stdout and its progress to stderr', async () => {
    const said = await onefold(['build', '--project', dir, ...now]);
    expect(said.code).toBe(0);
    expect(said.stdout).toContain('6 records are 4 customers');
    expect(said.stdout).toContain('balanced: every row read is accounted for');
    expect(said.stdout).toMatch(/success r000001: published \d+ changed tables/);
    expect(said.stderr).toMatch(/silver {4}orders/);
  });

  test('query answers from the snapshot, as text and as JSON', async () => {
    const text = await onefold(['query', 'SELECT name FROM gold.customer ORDER BY name', '--project', dir]);
    expect(text.code).toBe(0);
    expect(text.stdout.split('\n').map((line) => line.trim())).toEqual([
      'name',
      'Ada Lovelace',
      'Alan Turing',
      'Grace Hopper',
      'Linus',
      '4 rows',
      '',
    ]);
    const json = await onefold([...published, 'query', 'SELECT amount FROM gold.revenue_by_customer ORDER BY amount']);
    expect(document(json, z.unknown())).toEqual([{ amount: '15.00' }, { amount: '1330.50' }, { amount: '2400.00' }]);
  });

  test('explain tells a customer by key, record and identifier, and a row in quarantine by its key', async () => {
    const explained = z.object({ key: z.string(), golden: z.array(z.object({ field: z.string(), value: z.string() })) });
    const explain = (what: string) => onefold(['explain', what, ...published]);
    const byRecord = document(await explain('shop.orders:S-10'), explained);
    expect(byRecord.golden).toContainEqual({ field: 'name', value: 'Ada Lovelace' });
    const [byIdentifier, byKey, aside] = await Promise.all([
      explain('C1'),
      explain(byRecord.key),
      onefold(['explain', 'O-5', '--project', dir]),
    ]);
    expect(document(byIdentifier, explained)).toEqual(byRecord);
    expect(document(byKey, explained)).toEqual(byRecord);
    expect(aside).toMatchObject({ code: 0, stdout: "orders O-5 is set aside (open, run r000001)\n  amount can't be read as money\n" });
  });

  test('what nobody knows is NOT_FOUND', async () => {
    const said = await onefold(['explain', 'nobody', ...published]);
    expect(said.code).toBe(1);
    expect(document(said, failure).error.code).toBe('NOT_FOUND');
  });

  test('a second build publishes nothing, and --json is one document without progress', async () => {
    const said = await onefold(['build', '--project', dir, '--json', ...now]);
    expect(said).toMatchObject({ code: 0, stderr: '' });
    expect(document(said, run)).toMatchObject({ run_id: 'r000002', status: 'success', published: false, changed: [] });
  });

  test('a query reads no file outside the snapshot and writes none', async () => {
    const target = join(dir, 'stolen.csv');
    const statements = [
      "SELECT * FROM read_csv('/etc/passwd')",
      `COPY (SELECT 1) TO '${target}'`,
      `ATTACH '${join(dir, 'other.duckdb')}' AS other`,
      'SET enable_external_access = true',
    ];
    const said = await Promise.all(statements.map((statement) => onefold(['query', statement, ...published])));
    for (const [i, one] of said.entries()) {
      expect({ statement: statements[i], code: one.code }).toEqual({ statement: statements[i], code: 1 });
      expect(document(one, failure).error.code).toBe('SQL_INVALID');
    }
    await expect(access(target)).rejects.toThrow('ENOENT');
  });

  test.each(['', ' ;', '/* nothing */'])('a query without a statement is 2: %j', async (text) => {
    const said = await onefold(['query', text, ...published]);
    expect(said.code).toBe(2);
    expect(document(said, failure).error).toMatchObject({ code: 'USAGE', message: 'there is no statement' });
  });
});

describe('what goes wrong is said, with the exit code of its kind', () => {
  test('a command line that is not understood is 2', async () => {
    const unknown = await onefold(['bild']);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain("unknown command 'bild'");
    const others = [['query'], ['build', '--nonsense'], ['generate', 'nothing', '--json'], ['generate', 'demo', '--customers', 'many']];
    for (const said of await Promise.all(others.map((args) => onefold(args)))) expect(said.code).toBe(2);
    expect((await onefold(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each([
    [['bild'], "unknown command 'bild' (Did you mean build?)"],
    [['build', '--nonsense'], "unknown option '--nonsense'"],
    [['query'], "missing required argument 'sql'"],
    [['query', 'SELECT 1', '--limit', 'abc'], "option '--limit <rows>' argument 'abc' is invalid. must be a whole number."],
    [['query', 'SELECT 1', '--limit=-3'], "option '--limit <rows>' argument '-3' is invalid. must be a whole number."],
    [['decide'], 'a command is missing'],
  ])('what is not understood has a code, and is one JSON document if that is asked for: %j', async (words, message) => {
    const [said, asJson] = await Promise.all([onefold(words), onefold([...words, '--json'])]);
    expect(said).toMatchObject({ code: 2, stdout: '' });
    expect(said.stderr).toContain(`error USAGE: ${message}\nSee \`onefold help <command>\`.\n`);
    expect(asJson.code).toBe(2);
    expect(document(asJson, failure).error).toMatchObject({ code: 'USAGE', message });
  });

  test.each(['yesterday', '2025-02-30', '2025-02-30T12:00:00', '2025-13-01'])('a moment that is none is 2: %s', async (text) => {
    const said = await onefold(['build', '--project', await plainProject(), '--as-of', text, '--json']);
    expect(said.code).toBe(2);
    expect(document(said, failure).error.code).toBe('USAGE');
  });

  test('a folder without a project is 2', async () => {
    const said = await onefold(['validate', '--project', await newFolder(), '--json']);
    expect(said.code).toBe(2);
    expect(document(said, failure).error.code).toBe('CONFIG_NOT_FOUND');
  });

  test('all problems of a project file come together, each with a suggestion', async () => {
    const dir = await plainProject();
    await edit(join(dir, 'onefold.config.ts'), (text) =>
      text.replace("from: 'total',", "from: 'total', sclae: 2,").replace("key: 'order_id'", "key: 'ordr_id'"),
    );
    const said = await onefold(['validate', '--project', dir, '--json']);
    expect(said.code).toBe(2);
    const { error } = document(
      said,
      z.object({ error: z.object({ problems: z.array(z.object({ path: z.string(), message: z.string() })) }) }),
    );
    expect(error.problems).toEqual([
      { path: 'tables.orders.columns.amount.sclae', message: 'unknown option `sclae`; did you mean `scale`?' },
      { path: 'tables.orders.key', message: 'unknown column `ordr_id` in table `orders`; did you mean `order_id`?' },
    ]);
  });

  test('a source column that is not there is named with the nearest one', async () => {
    const dir = await plainProject();
    await edit(join(dir, 'onefold.config.ts'), (text) => text.replace("from: 'total'", "from: 'totl'"));
    for (const verb of ['validate', 'build']) {
      const said = await onefold([verb, '--project', dir, '--json']);
      expect(said.code).not.toBe(0);
      expect(document(said, failure).error.message).toContain('unknown column `totl` in stream `shop.orders`; did you mean `total`?');
      expect(said.stderr).toContain('error COLUMN_UNKNOWN');
    }
  });

  test('a missing file makes the run partial, which is 1, and what could be read is published', async () => {
    const dir = await plainProject();
    await rename(join(dir, 'data', 'orders.csv'), join(dir, 'orders.csv'));
    const said = await onefold(['build', '--project', dir, '--json', ...now]);
    expect(said.code).toBe(1);
    expect(document(said, run)).toMatchObject({
      status: 'partial',
      published: true,
      warnings: [{ name: 'shop.orders', message: 'no file at data/orders*.csv' }],
    });
  });

  test('a rule of severity fail stops the publication; readers keep the last snapshot', async () => {
    const dir = await plainProject();
    expect((await onefold(['build', '--project', dir, '--quiet', ...now])).code).toBe(0);
    await edit(join(dir, 'onefold.config.ts'), (text) =>
      text.replace(
        "rule: 'range',",
        "rule: 'range', column: 'amount', max: 2000, severity: 'fail', name: 'no giant orders' }, { rule: 'range',",
      ),
    );
    const said = await onefold(['build', '--project', dir, '--quiet', ...now]);
    expect(said.code).toBe(1);
    expect(said.stdout).toContain('failed r000002: orders.no giant orders: 1 rows break it');
    const rows = await onefold(['query', 'SELECT count(*)::INTEGER AS n FROM gold.customer', '--project', dir, '--json']);
    expect(document(rows, z.unknown())).toEqual([{ n: 4 }]);
  });
});

describe('the same on every terminal', () => {
  test('there are colours where they are forced, and none under NO_COLOR or without a terminal', async () => {
    const wrong = ['validate', '--project', await newFolder()];
    const red = '\u001b[31m';
    expect((await onefold(wrong, { env: { FORCE_COLOR: '1' } })).stderr).toContain(red);
    expect((await onefold(wrong, { env: { NO_COLOR: '1', FORCE_COLOR: '1' } })).stderr).not.toContain(red);
    expect((await onefold(wrong)).stderr).not.toContain(red);
  });

  test('a project written as YAML is the same project', async () => {
    const dir = join(await newFolder(), 'yaml');
    expect((await onefold(['init', dir, '--yaml'])).code).toBe(0);
    expect((await onefold(['validate', '--project', dir])).stdout).toBe('my_company is valid: 2 streams, 2 tables, 1 entity, 1 model\n');
  });

  test('generate writes the same data for the same seed', async () => {
    const [one, two] = [await newFolder(), await newFolder()];
    for (const out of [one, two])
      expect((await onefold(['generate', 'billing', '--out', out, '--seed', '7', '--customers', '20'])).code).toBe(0);
    expect(await readFile(join(two, 'stripe.csv'))).toEqual(await readFile(join(one, 'stripe.csv')));
  });

  test('generate replaces nothing unasked, and tells the truth and delivers in parts when asked', async () => {
    const out = await newFolder();
    const people = ['generate', 'people', '--out', out, '--customers', '20', '--batches', '2', '--truth', '--dirt', 'heavy', '--json'];
    const said = await onefold(people);
    expect(document(said, z.array(z.object({ path: z.string(), rows: z.number() }))).map(({ path }) => relative(out, path))).toEqual([
      'delivery_01/records.csv',
      'delivery_02/records.csv',
      'truth/persons.csv',
      'truth/records.csv',
      'truth/corruptions.csv',
    ]);
    expect((await onefold(people)).code).toBe(2);
    expect((await onefold([...people, '--force'])).stdout).toBe(said.stdout);
  });
});
