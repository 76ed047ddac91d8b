import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import type { OpenOptions } from '../../src/index.js';
import { build, OnefoldError, openProject, openReader, realEffects } from '../../src/index.js';
import { openStoreOf } from '../../src/run/project/open.js';
import { sql } from '../../src/sql/tag.js';
import type { Config, Files } from '../support/project.js';
import { asOf, buildWell, csv, makeProject, newFolder, put, removeFolders } from '../support/project.js';

afterAll(removeFolders);
afterEach(() => {
  vi.unstubAllEnvs();
});

const contacts = csv(['id', 'country'], [['C1', 'CH']]);
const base = {
  name: 'targeted',
  sources: { crm: { connector: 'file', streams: { contacts: { path: 'data/contacts.csv', mode: 'append' } } } },
  tables: { contacts: { from: 'crm.contacts', key: 'id', columns: { id: 'id', country: { from: 'country', default: 'CH' } } } },
};

/** A reference, spelled so that it is not mistaken for a template of TypeScript. */
const ref = (inner: string): string => `$\{${inner}}`;

async function project(config: Config, files: Files = {}, models: Readonly<Record<string, string>> = {}): Promise<string> {
  return makeProject({ config: { ...base, ...config }, files: { 'data/contacts.csv': contacts, ...files }, models });
}

async function problemsOf(dir: string, options: OpenOptions = {}): Promise<readonly string[]> {
  const thrown: unknown = await openProject(dir, options).catch((e: unknown) => e);
  if (!(thrown instanceof OnefoldError)) throw new Error('the project has no problems');
  expect(thrown.code).toBe('CONFIG_INVALID');
  return thrown.problems.map((p) => `${p.path}: ${p.message}`);
}

describe('a target', () => {
  const targets = {
    dev: { store: '.onefold-dev', vars: { region: 'AT' } },
    prod: { engine: { threads: 1 }, sources: { crm: { streams: { contacts: { path: 'prod/*.csv' } } } } },
  };

  test('changes the store, the engine, the vars and single options of sources, and leaves the rest', async () => {
    const dir = await project({ vars: { region: 'CH', lag: 3 }, targets, engine: { memory_limit: '1GB' } });
    const plain = await openProject(dir);
    expect([plain.target, plain.vars, plain.store]).toEqual([undefined, { region: 'CH', lag: 3 }, join(dir, '.onefold')]);
    const dev = await openProject(dir, { target: 'dev' });
    expect([dev.target, dev.vars, dev.store]).toEqual(['dev', { region: 'AT', lag: 3 }, join(dir, '.onefold-dev')]);
    const prod = await openProject(dir, { target: 'prod' });
    expect(prod.streams[0]?.options).toEqual({ ...plain.streams[0]?.options, path: 'prod/*.csv' });
    expect(prod.engine).toEqual({ memory_limit: '1GB', threads: 1 });
    expect((await openStoreOf(dir, { target: 'dev' })).store).toBe(join(dir, '.onefold-dev'));
  });

  test('is the default one where none is named', async () => {
    const dir = await project({ targets, default_target: 'dev' });
    expect((await openProject(dir)).target).toBe('dev');
    expect((await openProject(dir, { target: 'prod' })).target).toBe('prod');
  });

  test('that is unknown is told with the one that was meant, also to commands that only look at the store', async () => {
    const dir = await project({ targets });
    expect(await problemsOf(dir, { target: 'pord' })).toEqual(['--target: unknown target `pord`; did you mean `prod`?']);
    await expect(openStoreOf(dir, { target: 'pord' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(await problemsOf(dir, { target: 'constructor' })).toHaveLength(1);
    expect(await problemsOf(await project({}), { target: 'prod' })).toEqual([
      '--target: unknown target `prod`; the project has no `targets`',
    ]);
    expect(await problemsOf(await project({ targets, default_target: 'tset' }))).toEqual([
      'default_target: unknown target `tset`; known: `dev`, `prod`',
    ]);
  });

  test('can change only sources that are there', async () => {
    const dir = await project({ targets: { prod: { sources: { cmr: { streams: {} } } } } });
    expect(await problemsOf(dir, { target: 'prod' })).toEqual(['targets.prod.sources.cmr: unknown source `cmr`; did you mean `crm`?']);
  });
});

describe('references', () => {
  test('are replaced in every text; one that is all of a text keeps the type of the var', async () => {
    vi.stubEnv('TEST_FOLDER', 'data');
    const dir = await project({
      vars: { threads: 2, file: 'contacts' },
      engine: { threads: ref('var.threads') },
      sources: { crm: { connector: 'file', streams: { contacts: { path: `${ref('env.TEST_FOLDER')}/${ref('var.file')}.csv` } } } },
      tables: {
        contacts: {
          ...base.tables.contacts,
          columns: { id: 'id', country: { from: 'country', default: ref('env.TEST_NOWHERE:-XX'), extract: `$${ref('x')}|a\\${ref('2')}` } },
        },
      },
    });
    const opened = await openProject(dir);
    expect(opened.engine.threads).toBe(2);
    expect(opened.streams[0]?.options['path']).toBe('data/contacts.csv');
    expect(opened.tables[0]?.columns[1]?.common).toMatchObject({ default: 'XX', extract: `${ref('x')}|a\\${ref('2')}` });
  });

  test('that lead nowhere are told together with all other problems, each once', async () => {
    const dir = await project({
      vars: { region: 'CH', other: ref('var.region') },
      engine: { threads: ref('var.thread') },
      sources: { crm: { connector: 'file', streams: { contacts: { path: ref('env.TEST_NOWHERE') } } } },
      tables: {
        contacts: { ...base.tables.contacts, recency: 'nothing', columns: { id: ref('vars.region'), country: ref('var.regoin') } },
      },
    });
    expect([...(await problemsOf(dir))].sort()).toEqual([
      `engine.threads: unknown var \`thread\`; known: \`region\`, \`other\``,
      `sources.crm.streams.contacts.path: environment variable \`TEST_NOWHERE\` is not set, nor in \`.env\`; \`${ref('env.TEST_NOWHERE:-…')}\` gives it a default`,
      `tables.contacts.columns.country: unknown var \`regoin\`; did you mean \`region\`?`,
      `tables.contacts.columns.id: a reference is \`${ref('var.name')}\` or \`${ref('env.NAME')}\`; a plain \`$\{\` is written \`$$\{\``,
      'tables.contacts.recency: unknown column `nothing` in table `contacts`; known: `id`, `country`',
      'vars.other: a var can refer to the environment, not to another var',
    ]);
  });

  test('in a source that a command does not need do not stop it', async () => {
    const sources = { crm: { connector: 'file', streams: { contacts: { path: ref('env.TEST_NOWHERE') } } } };
    const dir = await project({ sources, store: ref('env.TEST_STORE:-elsewhere') });
    expect((await openStoreOf(dir)).store).toBe(join(dir, 'elsewhere'));
  });
});

describe('vars given by the caller', () => {
  test('win over all others and are read as the type that the var has', async () => {
    const dir = await project({ vars: { region: 'CH', lag: 3, strict: true }, targets: { prod: { vars: { lag: 5 } } } });
    const opened = await openProject(dir, { target: 'prod', vars: { region: '12', lag: '7', strict: 'false' } });
    expect(opened.vars).toEqual({ region: '12', lag: 7, strict: false });
    expect(await problemsOf(dir, { vars: { lag: 'x', strict: '1', regon: 'AT', toString: 'x' } })).toEqual([
      '--var lag: must be a number, as `vars.lag` is one',
      '--var strict: must be a boolean, as `vars.strict` is one',
      '--var regon: unknown var `regon`; did you mean `region`?',
      '--var toString: unknown var `toString`; known: `region`, `lag`, `strict`',
    ]);
  });
});

describe('.env files', () => {
  const config = { store: `${ref('env.TEST_A:-a')}-${ref('env.TEST_B:-b')}-${ref('env.TEST_C:-c')}`, targets: { prod: {}, dev: {} } };

  test('count less than the file of the target, and that less than what is set', async () => {
    vi.stubEnv('TEST_C', 'process');
    const dir = await project(config, {
      '.env': '# all\nTEST_A=env\nTEST_B="env"\nTEST_C=env\n',
      '.env.prod': "export TEST_B='prod'\nTEST_C=prod\n",
    });
    expect((await openProject(dir)).store).toBe(join(dir, 'env-env-process'));
    expect((await openProject(dir, { target: 'prod' })).store).toBe(join(dir, 'env-prod-process'));
    expect(process.env['TEST_A']).toBeUndefined();
  });

  test('that can not be read are told', async () => {
    const dir = await project(config, { '.env/file': '' });
    await expect(openProject(dir)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('var() in a model', () => {
  const models = {
    regions: "SELECT c.id, var('region') AS region, var('lag') + 1 AS next, typeof(VAR( 'lag' )) AS kind FROM silver.contacts c",
  };
  const config = { vars: { region: 'CH', lag: 3, unused: 'x' } };

  async function region(dir: string): Promise<unknown> {
    const { engine } = await openReader(join(dir, '.onefold'));
    try {
      return (await engine.columns(sql`SELECT * FROM gold.regions`))['region'];
    } finally {
      engine.close();
    }
  }

  test('is the value of the var, and another value builds the models again while that of an unused var does not', async () => {
    const dir = await project(config, {}, models);
    await buildWell(dir);
    expect(await region(dir)).toEqual(['CH']);
    const again = async (vars: Readonly<Record<string, string>>) =>
      build(await openProject(dir, { vars }), { asOf, effects: realEffects() });
    expect((await again({ unused: 'y' })).published).toBe(false);
    expect((await again({ region: "A'T" })).changed).toEqual(['gold.regions']);
    expect(await region(dir)).toEqual(["A'T"]);
  });

  test('that is not one of the project, or not written out, is told', async () => {
    const dir = await project(
      config,
      {},
      { one: "SELECT var('regoin') AS r FROM silver.contacts", two: 'SELECT var(id) AS r FROM silver.contacts' },
    );
    expect(await problemsOf(dir)).toEqual([
      'models/one.sql: unknown var `regoin`; did you mean `region`?',
      "models/two.sql: `var` takes one name in quotes, as `var('region')`",
    ]);
  });

  test('is refused in a rule, which is part of what its table is', async () => {
    const rules = [{ rule: 'expression', sql: "country = var('region')" }];
    const dir = await project({ ...config, tables: { contacts: { ...base.tables.contacts, rules } } });
    expect(await problemsOf(dir)).toEqual([
      `tables.contacts.rules[0].sql: a rule asks for a var as \`${ref('var.region')}\`; \`var()\` is for models`,
    ]);
  });
});

test('a project file that can not be parsed is told by line and column, without a word of what stands there', async () => {
  const dir = await newFolder();
  await put(dir, { 'onefold.yaml': 'name: x\nsources:\n  crm: {password: hunter2-hunter2: x: y\n' });
  const thrown: unknown = await openProject(dir).catch((e: unknown) => e);
  expect(thrown).toMatchObject({ code: 'CONFIG_INVALID' });
  expect(String(thrown)).toMatch(/\(line \d+, column \d+\)/);
  expect(String(thrown)).not.toContain('hunter2');
});
