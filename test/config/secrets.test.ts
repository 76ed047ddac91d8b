import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { OnefoldError } from '../../src/base/errors.js';
import { redact } from '../../src/base/redact.js';
import type { SecretRef } from '../../src/config/secrets.js';
import { readSecret, secretRef } from '../../src/config/secrets.js';
import type { Catalog } from '../../src/config/spec.js';
import { chooseTarget } from '../../src/config/targets.js';
import { validateProject } from '../../src/config/validate.js';
import { catalog } from '../../src/run/project/catalog.js';
import { newFolder, put, removeFolders } from '../support/project.js';

afterAll(removeFolders);
afterEach(() => {
  vi.unstubAllEnvs();
});

async function read(ref: z.input<typeof secretRef>, dir: string, target?: string): Promise<string> {
  const parsed: SecretRef = secretRef.parse(ref);
  return readSecret(parsed, dir, target);
}

async function failure(ref: z.input<typeof secretRef>, dir: string): Promise<OnefoldError> {
  return read(ref, dir).then(
    () => Promise.reject(new Error('the secret was found')),
    (thrown: OnefoldError) => thrown,
  );
}

const node = (script: string): string[] => [process.execPath, '-e', script];

describe('a secret', () => {
  test('is read from the environment, and from .env files where nothing is set', async () => {
    const dir = await newFolder();
    await put(dir, { '.env': 'TEST_ONE=from-env-file\nTEST_TWO=from-env-file\n', '.env.prod': 'TEST_ONE=from-prod-file\n' });
    vi.stubEnv('TEST_TWO', 'from-process');
    expect(await read({ env: 'TEST_ONE' }, dir)).toBe('from-env-file');
    expect(await read({ env: 'TEST_ONE' }, dir, 'prod')).toBe('from-prod-file');
    expect(await read({ env: 'TEST_TWO' }, dir, 'prod')).toBe('from-process');
  });

  test('is read from a file, relative to the project', async () => {
    const dir = await newFolder();
    await put(dir, { 'secrets/key': '\n from-a-file \n' });
    expect(await read({ file: 'secrets/key' }, dir)).toBe('from-a-file');
  });

  test('is what a command prints, which runs in the project with its environment and meets no shell', async () => {
    const dir = await newFolder();
    await put(dir, { '.env': 'TEST_VAULT=vault-token\n', here: 'in-the-project' });
    expect(await read({ command: node('console.log("  from-a-command  ")') }, dir)).toBe('from-a-command');
    expect(await read({ command: node('console.log(process.env.TEST_VAULT)') }, dir)).toBe('vault-token');
    expect(await read({ command: node('console.log(require("fs").readFileSync("here","utf8"))') }, dir)).toBe('in-the-project');
    expect(await read({ command: [...node('console.log(process.argv[1])'), '$HOME; echo x'] }, dir)).toBe('$HOME; echo x');
  });

  test('is what a line of the shell prints where the shell is asked for', async () => {
    expect(await read({ command: 'printf shell-made | tr a-z A-Z', shell: true }, await newFolder())).toBe('SHELL-MADE');
  });

  test('is asked for once by a project, and again where it was not to be had', async () => {
    const dir = await newFolder();
    const ref: SecretRef = secretRef.parse({ file: 'key' });
    await expect(readSecret(ref, dir)).rejects.toMatchObject({ code: 'SECRET_MISSING' });
    await put(dir, { key: 'asked-for-once' });
    expect(await readSecret(ref, dir)).toBe('asked-for-once');
    await put(dir, { key: null });
    expect(await readSecret(ref, dir)).toBe('asked-for-once');
  });

  test('is masked from the moment it was read', async () => {
    const dir = await newFolder();
    await put(dir, { key: 'masked-from-now-on' });
    expect(redact('a masked-from-now-on b')).toBe('a masked-from-now-on b');
    await read({ file: 'key' }, dir);
    expect(redact('a masked-from-now-on b')).toBe('a *** b');
  });
});

describe('a secret that is not to be had', () => {
  test('is told by where it should be', async () => {
    const dir = await newFolder();
    expect(await failure({ env: 'TEST_NOWHERE' }, dir)).toMatchObject({
      code: 'SECRET_MISSING',
      message: 'the environment variable TEST_NOWHERE is not set',
    });
    expect(await failure({ file: 'none' }, dir)).toMatchObject({ message: "the file none can't be read or is empty" });
  });

  test.each<[string, string[], RegExp]>([
    ['ended with an error', node('console.log("leak-on-stdout"); console.error("leak-on-stderr"); process.exit(3)'), /ended with code 3$/],
    ['printed nothing', node('console.error("leak-on-stderr")'), /printed nothing$/],
    ['printed too much', node('console.log("leak-on-stdout".repeat(1e5))'), /printed more than a secret$/],
    ['was ended', node('console.log("leak-on-stdout"); process.kill(process.pid, "SIGKILL")'), /could not be run \(ended by a signal\)$/],
    [
      'is not there',
      ['no-such-program', '--token=leak-in-argument'],
      /^the command no-such-program that gives a secret could not be run \(not found\)$/,
    ],
  ])('says of a command that it %s, and nothing that the command said or was told', async (_, command, message) => {
    const error = await failure({ command }, await newFolder());
    expect(error).toMatchObject({ code: 'SECRET_MISSING', message: expect.stringMatching(message) });
    expect(error.cause).toBeUndefined();
    expect(`${error.message} ${error.hint} ${error.stack}`).not.toMatch(/leak-(on|in)/);
  });

  test('is not waited for longer than its time', async () => {
    const error = await failure({ command: node('setTimeout(() => {}, 20000)'), timeout_seconds: 0.3 }, await newFolder());
    expect(error.message).toMatch(/was stopped after 0\.3 s$/);
  });

  test('is not waited for when its command asks a question', async () => {
    expect(await failure({ command: node('process.stdin.resume().on("end", () => process.exit(4))') }, await newFolder())).toMatchObject({
      message: expect.stringMatching(/ended with code 4$/),
    });
  });

  test('may lie in a file that nobody may read', async () => {
    const dir = await newFolder();
    await put(dir, { key: 'secret-without-permission' });
    await chmod(join(dir, 'key'), 0o000);
    if (process.getuid?.() === 0) return;
    expect((await failure({ file: 'key' }, dir)).message).toBe("the file key can't be read or is empty");
  });
});

describe('a secret written into the project file', () => {
  const withSecrets: Catalog = {
    ...catalog,
    connectors: [
      ...catalog.connectors,
      {
        name: 'vaulted',
        options: z.object({ password: secretRef, key: z.union([z.enum(['anonymous', 'profile']), secretRef]).optional() }),
        stream: z.object({ token: secretRef.optional() }),
        capabilities: () => ({ ordered: false }),
      },
    ],
  };

  async function problems(source: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
    const dir = await newFolder();
    const config = { name: 'x', sources: { s: { connector: 'vaulted', streams: { t: {} }, ...source } } };
    const chosen = await chooseTarget({ dir, file: join(dir, 'onefold.json'), config, connectors: [], models: [] }, {});
    return validateProject(chosen, withSecrets, []).then(
      () => [],
      (thrown: OnefoldError) => {
        expect(`${thrown.message} ${thrown.hint} ${JSON.stringify(thrown.problems)} ${thrown.stack}`).not.toContain('literal');
        return thrown.problems.map((p) => `${p.path}: ${p.message}`);
      },
    );
  }
  const refused =
    'must say where the secret is, as `{ env: NAME }`, `{ file: PATH }` or `{ command: [PROGRAM, …] }`; a secret itself never stands here';

  test('is refused, and not repeated', async () => {
    expect(await problems({ password: { env: 'PASSWORD' }, key: 'anonymous' })).toEqual([]);
    expect(await problems({ password: 'literal-secret' })).toEqual([`sources.s.password: ${refused}`]);
    expect(await problems({ password: { env: 'A' }, key: 'literal-secret' })).toEqual([`sources.s.key: ${refused}`]);
    expect(await problems({ password: { value: 'literal-secret' } })).toEqual([`sources.s.password: ${refused}`]);
    expect(await problems({ password: { 'literal-secret': 1 } })).toEqual([`sources.s.password: ${refused}`]);
    expect(await problems({ password: { env: 'A' }, streams: { t: { token: ['literal-secret'] } } })).toEqual([
      `sources.s.streams.t.token: ${refused}`,
    ]);
  });

  test('in the place of a name or a command is refused with what belongs there', async () => {
    expect(await problems({ password: { env: 'literal-secret' } })).toEqual([
      'sources.s.password: `env` must name an environment variable: capital letters, digits and _',
    ]);
    expect(await problems({ password: { command: 'vault kv get literal' } })).toEqual([
      'sources.s.password: `command` must be a list of words, such as `[vault, kv, get, name]`; a line for the shell also needs `shell: true`',
    ]);
  });

  test('by way of the environment is refused as well, and masked', async () => {
    vi.stubEnv('TEST_TOKEN', 'literal-by-interpolation');
    expect(await problems({ password: `$\{env.TEST_TOKEN}` })).toEqual([`sources.s.password: ${refused}`]);
    expect(redact('literal-by-interpolation')).toBe('***');
  });
});
