import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { openCli, report } from '../../src/cli/program.js';
import { makeProject, removeFolders } from '../support/project.js';

// Every command takes what all commands take, before its name and behind it. What is new is here by itself: the list is the command line's.

/** Commands that ask for no project. */
const without = new Set(['init', 'generate']);

/** Commands that only hold others. */
const groups = new Set(['decide']);

/** What a command is given where it needs something. */
const given: Readonly<Record<string, string>> = {
  sql: 'SELECT 1',
  what: 'C1',
  stream: 's.orders',
  cursor: '{}',
  record: '{}',
  why: 'x',
  labels: 'x.csv',
};

interface Typed {
  readonly name: string;
  readonly words: readonly string[];
}

function commandsBelow(command: Command, above: readonly string[] = []): readonly Typed[] {
  return command.commands.flatMap((c) => {
    const words = [...above, c.name()];
    if (c.commands.length > 0) return [...commandsBelow(c, words), { name: words.join(' '), words }];
    const args = c.registeredArguments.filter((a) => a.required).map((a) => given[a.name()] ?? '');
    const options = c.options.filter((o) => o.mandatory).flatMap((o) => [o.long ?? '', given[o.attributeName()] ?? '']);
    return [{ name: words.join(' '), words: [...words, ...args, ...options] }];
  });
}

const commands = commandsBelow((await openCli()).program).filter(({ name, words }) => !without.has(words[0] ?? '') && !groups.has(name));
let dir: string;

beforeAll(async () => {
  dir = await makeProject({
    config: {
      name: 'globals',
      vars: { region: 'CH' },
      targets: { other: { store: '.onefold-other' } },
      sources: { s: { connector: 'file', streams: { orders: { path: 'orders.csv' } } } },
    },
    files: { 'orders.csv': 'id\n1\n' },
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(removeFolders);

async function onefold(...args: readonly string[]) {
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      said[stream] += String(text);
      return true;
    });
  }
  vi.spyOn(process, 'once').mockReturnValue(process);
  const { program, code } = await openCli(args);
  await program.parseAsync(['node', 'onefold', ...args]);
  return { code: code(), ...said };
}

describe.each(commands)('onefold $name', ({ words }) => {
  const wrong = ['--project', '', '--target', 'nowhere', '--var', 'regon=AT', '--json'];

  test.each(['before', 'behind'])('is told a target that there is not, as JSON, by options %s it', async (where) => {
    const options = wrong.with(1, dir);
    const said = await onefold(...(where === 'before' ? [...options, ...words] : [...words, ...options]));
    expect(said.code).toBe(2);
    expect(JSON.parse(said.stdout)).toMatchObject({
      error: {
        code: 'CONFIG_INVALID',
        problems: [
          { path: '--target', message: 'unknown target `nowhere`; known: `other`' },
          { path: '--var regon', message: 'unknown var `regon`; did you mean `region`?' },
        ],
      },
    });
  });

  test('uses the store that it is told, says statements on stderr, and one document on stdout', async () => {
    const said = await onefold(...words, '--project', dir, '--store', join(dir, 'elsewhere'), '--verbose', '--json');
    expect(() => JSON.parse(said.stdout)).not.toThrow();
    expect(await readdir(dir)).not.toContain('.onefold');
  });
});

test.each([
  ['ENOSPC', 'the disk is full'],
  ['EROFS', 'the disk is read-only'],
  ['EACCES', 'the rights are missing'],
])('a disk that says %s is no fault of ours', (code, why) => {
  let said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  expect(report(Object.assign(new Error(code), { code, path: 'store/x' }), false)).toBe(1);
  expect(said).toMatch(new RegExp(`^error DISK_REFUSED: store/x: ${why}\\n.*\\n$`));
});
