import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { makeProject, put, removeFolders } from '../support/project.js';

// Secrets are planted in every place that they can be kept in, and a source is read by a connector that quotes them wherever it can:
// in statements, statements that fail, warnings, errors and crashes. Then everything that was printed and written is searched.

vi.mock('../../src/connectors/registry.js', async (original) => {
  const actual = await original<typeof import('../../src/connectors/registry.js')>();
  const { OnefoldError } = await import('../../src/base/errors.js');
  const { secretRef } = await import('../../src/config/secrets.js');
  const { sql } = await import('../../src/sql/tag.js');
  const options = z.object({ secrets: z.array(secretRef) });
  const stream = z.object({ how: z.enum(['statement', 'failing', 'failing_where', 'warning', 'refused', 'crash', 'syntax']) });
  type Read = Parameters<(typeof actual.connectors)[0]['read']>;
  const quoted = async ([{ source }, context]: Read): Promise<string> => {
    const found = await Promise.all(options.parse(source).secrets.map((ref) => context.secret(ref)));
    return found
      .flatMap((s) => [s, encodeURIComponent(s), btoa(`user:${s}`), JSON.stringify(s), JSON.stringify({ deep: JSON.stringify(s) })])
      .join(' | ');
  };
  const leaky = {
    name: 'leaky',
    options,
    stream,
    discover: async (...given: Read) => {
      if (given[0].stream['how'] === 'crash') throw new Error(`crashed with ${await quoted(given)}`);
      return null;
    },
    read: async function* (...given: Read) {
      const text = await quoted(given);
      const { engine } = given[1];
      const { how } = stream.parse(given[0].stream);
      if (how === 'statement') await engine.table(sql`SELECT ${text} AS told`);
      if (how === 'failing') await engine.run(sql`SELECT error(${text})`);
      if (how === 'failing_where') await engine.run(sql`SELECT CAST(${text} AS INTEGER)`);
      if (how === 'syntax') await engine.run(sql`SELECT 1 FROM nowhere WHERE x = ${text} AND y = ${text}`);
      if (how === 'refused') throw new OnefoldError('FILE_UNREADABLE', `refused: ${text}`, { hint: text, cause: new Error(text) });
      yield { kind: 'warning' as const, message: `warned: ${text}` };
    },
    check: async () => 'there',
    capabilities: () => ({ key: null, ordered: false }),
    settle: async () => {},
  };
  return { connectors: [...actual.connectors, leaky] };
});

const secrets = {
  env: "from-process/'x'+Zürich",
  dotenv: 'from dotenv "q" \\ 7',
  file: 'from-a-file-of-two-lines\nand-its-second-line',
  command: 'from&a=command?%20',
};

/** What must be nowhere: a part of each secret that no spelling but base64 changes, and what base64 makes of it. */
const traces = ['from-process', 'from dotenv', 'from%20dotenv', 'from-a-file-of', 'its-second-line', 'from&a', 'from%26a', 'command?%']
  .flatMap((part) => [
    part,
    ...[0, 1, 2].map((at) =>
      Buffer.from('x'.repeat(at) + part)
        .toString('base64')
        .slice(4, -4),
    ),
  ])
  .filter((trace) => trace.length >= 6);

let dir: string;

beforeAll(async () => {
  const source = {
    connector: 'leaky',
    secrets: [
      { env: 'LEAK_ENV' },
      { env: 'LEAK_DOTENV' },
      { file: 'key.pem' },
      { command: [process.execPath, '-e', "process.stdout.write(['from', 'a=command?%20'].join('&'))"] },
    ],
  };
  const hows = ['statement', 'failing', 'failing_where', 'warning', 'refused', 'syntax'];
  dir = await makeProject({
    config: {
      name: 'leaks',
      vars: { password: `$\{env.LEAK_PASSWORD}` },
      sources: { s: { ...source, streams: Object.fromEntries(hows.map((how) => [how, { how }])) } },
      targets: { crashing: { sources: { s: { streams: { crash: { how: 'crash' } } } }, store: '.onefold-crash' } },
      tables: { crash: { from: 's.statement', key: 'a', columns: { a: 'a' } } },
    },
    models: { told: "SELECT var('password') AS password, a FROM silver.crash WHERE a = error(var('password'))" },
  });
  await put(dir, {
    '.env': `LEAK_DOTENV='${secrets.dotenv}'\nLEAK_PASSWORD=from-process-by-interpolation\n`,
    'key.pem': secrets.file,
  });
  vi.stubEnv('LEAK_ENV', secrets.env);
  vi.stubEnv('NO_COLOR', '1');
});
afterAll(removeFolders);
afterEach(() => {
  vi.restoreAllMocks();
  process.removeAllListeners('SIGINT').removeAllListeners('SIGTERM');
});

/** Runs the command line in this process, where the leaking connector is known. */
async function onefold(...args: readonly string[]): Promise<{ readonly code: unknown; readonly said: string }> {
  let said = '';
  const hear = (text: unknown): boolean => {
    said += String(text);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(hear);
  vi.spyOn(process.stderr, 'write').mockImplementation(hear);
  vi.spyOn(process, 'on').mockReturnValue(process);
  vi.spyOn(process, 'exit').mockReturnValue(undefined as never);
  const { argv, exitCode } = process;
  process.argv = ['node', 'onefold', ...args, '--project', dir];
  vi.resetModules();
  try {
    await import('../../src/cli/main.js');
    return { code: process.exitCode, said };
  } finally {
    process.argv = argv;
    process.exitCode = exitCode;
  }
}

/** What stands around a trace, where there is one. */
function excerpt(said: string, trace: string): string {
  const at = said.indexOf(trace);
  return at < 0 ? '' : said.slice(Math.max(0, at - 60), at + 60);
}

async function expectNoTrace(): Promise<void> {
  const files = await readdir(dir, { recursive: true, withFileTypes: true });
  for (const file of files.filter((f) => f.isFile() && f.parentPath.includes('.onefold'))) {
    const held = await readFile(join(file.parentPath, file.name), 'latin1');
    for (const trace of traces) expect(held.includes(Buffer.from(trace).toString('latin1')), `${trace} in ${file.name}`).toBe(false);
  }
}

describe.each([[['--verbose']], [['--json', '--verbose']], [[]]])('with %j', (flags) => {
  test.each([
    [['build', '--profile']],
    [['validate']],
    [['validate', '--target', 'crashing']],
    [['build', '--target', 'crashing']],
    [['query', 'SELECT error FROM ops.runs', '--warehouse']],
    [['ls']],
    [['ls', '--lineage']],
    [['doctor']],
    [['plan']],
    [['retry']],
    [['test']],
    [['metric']],
    [['metric', 'told', '--sql']],
    [['profile']],
    [['profile', '--values']],
    [['state']],
    [['state', 'set', 's.statement', '{}']],
    [['state', 'reset', 's.statement']],
    [['rollback']],
    [['docs']],
    [['explain', 'crash.a']],
  ])('no secret is printed or kept by %j', async (command) => {
    const { said } = await onefold(...command, ...flags);
    for (const trace of traces) expect(excerpt(said, trace)).toBe('');
    if (command[0] === 'build' && !flags.includes('--json')) expect(said).toContain('***');
    await expectNoTrace();
  });
});

test('the search would find a secret: the statement that quotes it is shown, masked', async () => {
  const { said } = await onefold('build', '--verbose');
  expect(said).toMatch(/SELECT '\*\*\* \| /);
  expect(said).toContain('warned: ***');
  expect(said).toContain('refused: ***');
});
