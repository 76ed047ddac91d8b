import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../base/errors.js';

/** A value as it was written: numbers and dates as text, so that nothing is lost; nested values as JSON text. */
export type GivenValue = string | boolean | null;
export type GivenRow = Readonly<Record<string, GivenValue>>;

/** What a table holds while a model is tested: rows, or a csv file. */
export type Given = { readonly rows: readonly GivenRow[] } | { readonly csv: string } | { readonly csvFile: string };

/** A test of one model: given these tables, it gives these rows. */
export interface ModelTest {
  readonly name: string;
  /** Path below the project. */
  readonly file: string;
  readonly model: string;
  /** `schema.table` → what it holds. */
  readonly given: Readonly<Record<string, Given>>;
  readonly asOf: string | undefined;
  readonly expect: readonly GivenRow[];
}

/** A test that can't be run, and why. */
export interface BrokenTest {
  readonly name: string;
  readonly file: string;
  readonly problem: string;
}

const value = z.unknown().transform((v): GivenValue => {
  if (v === null || v === undefined) return null;
  if (typeof v === 'string' || typeof v === 'boolean') return v;
  return JSON.stringify(v);
});
const rows = z.array(z.record(z.string(), value));
const given = z.union([
  rows.transform((r): Given => ({ rows: r })),
  z.string().transform((csv): Given => ({ csv })),
  z.strictObject({ file: z.string().endsWith('.csv', 'must be a csv file') }).transform(({ file }): Given => ({ csvFile: file })),
]);
const test = z.strictObject({
  name: z.string().optional(),
  description: z.string().optional(),
  model: z.string(),
  given: z.record(z.string(), given).default({}),
  as_of: z.string().optional(),
  expect: rows,
});

/**
 * Every test below `tests/` of a project, in the order of their files. A file holds one test, a list of them, or several
 * documents. What can't be read comes back as broken, so that the others still run.
 */
export async function loadModelTests(dir: string): Promise<readonly (ModelTest | BrokenTest)[]> {
  const folder = join(dir, 'tests');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries
    .filter((e) => e.isFile() && /\.ya?ml$/.test(e.name))
    .map((e) => join(e.parentPath, e.name))
    .sort();
  return (await Promise.all(files.map((file) => readTests(dir, file)))).flat();
}

async function readTests(dir: string, path: string): Promise<readonly (ModelTest | BrokenTest)[]> {
  const file = relative(dir, path).split(sep).join('/');
  const stem = file.replace(/^tests\//, '').replace(/\.ya?ml$/, '');
  try {
    const written = await documents(await readFile(path, 'utf8'));
    return written.map((one, i) => {
      const name = written.length === 1 ? stem : `${stem} #${i + 1}`;
      const parsed = test.safeParse(one);
      if (!parsed.success) return { name, file, problem: z.prettifyError(parsed.error) };
      const { as_of: asOf, name: own, model, expect } = parsed.data;
      return { name: own ?? name, file, model, given: anchored(parsed.data.given, dirname(path)), asOf, expect };
    });
  } catch (cause) {
    return [{ name: stem, file, problem: messageOf(cause) }];
  }
}

/** What a file says, numbers as the text that was written: `1.10` stays `1.10`. */
async function documents(text: string): Promise<readonly unknown[]> {
  const { parseAllDocuments } = await import('yaml');
  const numbers = new Set(['tag:yaml.org,2002:int', 'tag:yaml.org,2002:float']);
  const parsed = parseAllDocuments(text, {
    customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || !numbers.has(tag.tag)),
  });
  if (!Array.isArray(parsed)) return [];
  return parsed.flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    const content: unknown = document.toJS();
    return Array.isArray(content) ? content : content === null || content === undefined ? [] : [content];
  });
}

/** Files are named from the folder of the test that names them. */
function anchored(tables: Readonly<Record<string, Given>>, folder: string): Readonly<Record<string, Given>> {
  return Object.fromEntries(
    Object.entries(tables).map(([table, what]) => [table, 'csvFile' in what ? { csvFile: resolve(folder, what.csvFile) } : what]),
  );
}
