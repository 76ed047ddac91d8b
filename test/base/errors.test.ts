import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { errorCodes } from '../../src/base/errors.js';

const src = fileURLToPath(new URL('../../src', import.meta.url));
const code = new Map<string, string>();

beforeAll(async () => {
  for (const name of await readdir(src, { recursive: true }))
    if (name.endsWith('.ts') && name !== join('base', 'errors.ts')) code.set(name, await readFile(join(src, name), 'utf8'));
});

test('every error code is one that some code throws or reports', () => {
  const raised = [...code.values()].flatMap((text) =>
    [...text.matchAll(/(?:new OnefoldError\(\s*|code: |\? )'([A-Z_]+)'/g)].map((m) => m[1] ?? ''),
  );
  expect(Object.keys(errorCodes).filter((name) => !raised.includes(name))).toEqual([]);
});

test('every code that a doc comment promises is one of them', () => {
  const promised = [...code].flatMap(([name, text]) =>
    [...text.matchAll(/OnefoldError` (`[A-Z_]+`(?:, `[A-Z_]+`)*)|OnefoldError (`[A-Z_]+`(?:, `[A-Z_]+`)*)/g)]
      .flatMap((m) => [...(m[1] ?? m[2] ?? '').matchAll(/[A-Z_]+/g)].map((c) => c[0]))
      .map((c) => ({ name, c })),
  );
  expect(promised.length).toBeGreaterThan(10);
  expect(promised.filter(({ c }) => !(c in errorCodes))).toEqual([]);
});

test('of every code it is said what it means, what it leaves behind and what to do next, in whole sentences', () => {
  for (const notes of Object.values(errorCodes))
    for (const sentence of [notes.meaning, notes.state, notes.next]) expect(sentence).toMatch(/^[A-Z`].{10,}[.]$/);
});

test('the command line speaks only through the functions that mask secrets', () => {
  const direct = [...code].filter(
    ([name, text]) => name.startsWith('cli') && name !== join('cli', 'command.ts') && /\.std(out|err)\.write|console\./.test(text),
  );
  expect(direct.map(([name]) => name)).toEqual([]);
});
