import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { referenceFiles, writtenReference } from '../../scripts/reference.js';
import { errorCodes } from '../../src/base/errors.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = new Map<string, string>();

beforeAll(async () => {
  const atRoot = (await readdir(root)).filter((name) => name.endsWith('.md'));
  const below = (await readdir(join(root, 'docs'), { recursive: true })).filter((name) => name.endsWith('.md'));
  for (const name of [...atRoot, ...below.map((page) => join('docs', page))]) pages.set(name, await readFile(join(root, name), 'utf8'));
});

test('docs/reference says what the code says: else type `npm run reference`', async () => {
  const stale: string[] = [];
  for (const [name, text] of await referenceFiles()) if ((await writtenReference(name)) !== text) stale.push(name);
  expect(stale).toEqual([]);
});

describe('error codes', () => {
  test('errors.md lists the codes of the code, and no others', () => {
    const listed = [...(pages.get(join('docs', 'reference', 'errors.md')) ?? '').matchAll(/^\| `([A-Z_]+)` \|/gm)].map((m) => m[1]);
    expect(listed).toEqual(Object.keys(errorCodes));
  });

  test('a code that any page names is one of them', () => {
    const environment = new Set([
      'NO_COLOR',
      'CRM_TOKEN',
      'ONEFOLD_DATA',
      'ONEFOLD_RUNNER',
      'ONEFOLD_STORE',
      'ONEFOLD_TEST_RUNS',
      'ONEFOLD_TEST_SEED',
      'ONEFOLD_UTILITY_URL',
    ]);
    const unknown = [...pages].flatMap(([page, text]) =>
      [...text.matchAll(/`([A-Z]+_[A-Z_]+)`/g)]
        .map((m) => m[1] ?? '')
        .filter((code) => !(code in errorCodes) && !environment.has(code))
        .map((code) => `${page}: ${code}`),
    );
    expect(unknown).toEqual([]);
  });
});

test('every relative link leads to a file, and to a heading where it names one', async () => {
  const broken: string[] = [];
  for (const [page, text] of pages) {
    for (const [, target = ''] of withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? join(root, page) : resolve(root, dirname(page), path);
      const there = await stat(file).then(
        () => true,
        () => false,
      );
      const headings = there && file.endsWith('.md') && anchor !== undefined ? anchorsOf(pages.get(relative(root, file)) ?? '') : null;
      if (!there || (headings !== null && !headings.includes(anchor ?? ''))) broken.push(`${page}: ${target}`);
    }
  }
  expect(broken).toEqual([]);
});

function withoutCode(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '');
}

/** The anchors of a page's headings, as code hosts make them. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map((m) =>
    (m[1] ?? '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
