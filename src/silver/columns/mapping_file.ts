import { z } from 'zod';
import { messageOf, OnefoldError } from '../../base/errors.js';

const plain = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String).nullable());
const pairs = z.array(z.strictObject({ from: z.coerce.string(), to: z.coerce.string().nullable() }));

/**
 * A mapping of texts from a file: csv with the columns `from` and `to` (an empty `to` means missing), or yaml or json, as an
 * object or as a list of `from` and `to`.
 * @throws OnefoldError `CONFIG_INVALID` where the file holds something else, or says a text twice
 */
export async function readMappingFile(path: string, text: string): Promise<Readonly<Record<string, string | null>>> {
  const invalid = (message: string): OnefoldError => new OnefoldError('CONFIG_INVALID', `${path}: ${message}`);
  const out = new Map<string, string | null>();
  const add = (from: string, to: string | null): void => {
    if (out.has(from) && out.get(from) !== to) throw invalid(`\`${from}\` is mapped twice`);
    out.set(from, to);
  };
  if (/\.csv$/i.test(path)) {
    const [head = [], ...rows] = csvRecords(text.replace(/^\uFEFF/, ''));
    const from = head.findIndex((name) => name.trim() === 'from');
    const to = head.findIndex((name) => name.trim() === 'to');
    if (from < 0 || to < 0) throw invalid('the first line must name the columns `from` and `to`');
    for (const [i, row] of rows.entries()) {
      if (row.every((field) => field.trim() === '')) continue;
      const target = row[to]?.trim();
      if (target === undefined || row[from] === undefined) throw invalid(`record ${i + 2} has too few fields`);
      add(row[from], target === '' ? null : target);
    }
    return Object.fromEntries(out);
  }
  const { parse: parseYaml } = await import('yaml');
  let parsed: unknown;
  try {
    parsed = parseYaml(text);
  } catch (cause) {
    throw invalid(messageOf(cause));
  }
  const list = pairs.safeParse(parsed);
  const object = plain.safeParse(parsed);
  if (list.success) for (const { from, to } of list.data) add(from, to);
  else if (object.success) for (const [from, to] of Object.entries(object.data)) add(from, to);
  else throw invalid('must be an object of text → category, or a list of `from` and `to`');
  return Object.fromEntries(out);
}

/** The records of a small csv text, quoted fields and line ends inside them included. */
function csvRecords(text: string): readonly (readonly string[])[] {
  const records: string[][] = [];
  let record: string[] = [];
  for (const [, quoted, bare = '', end = ''] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|\r|$)/g)) {
    record.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    records.push(record);
    record = [];
  }
  // The end of the text matches once more behind the last line end.
  return records.filter((r) => r.length > 1 || r[0] !== '');
}
