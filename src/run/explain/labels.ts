import { open } from 'node:fs/promises';
import { messageOf, OnefoldError } from '../../base/errors.js';
import type { Engine } from '../../engine/engine.js';
import { readCsvText } from '../../engine/functions.js';
import type { LabelColumns, LabelForm } from '../../identity/evaluate_labels.js';
import { labelColumns, readLabels } from '../../identity/evaluate_labels.js';
import { sql } from '../../sql/tag.js';

/**
 * Reads labels into the engine as they are. Nothing of what they hold is in a message.
 * @param ids how the project calls the ids of records
 * @throws OnefoldError `FILE_UNREADABLE`, `USAGE` for columns that don't say what the labels are
 */
export async function landLabels(engine: Engine, file: string, form: LabelForm | undefined, ids: readonly string[]): Promise<LabelColumns> {
  const unreadable = (why: string, cause: unknown): OnefoldError =>
    new OnefoldError('FILE_UNREADABLE', `${file} ${why}`, { cause, hint: 'Labels are a csv file in UTF-8 with a header.' });
  const header = await start(file).catch((cause: unknown) => {
    throw unreadable('is not there, or may not be read', cause);
  });
  const delimiter = delimiterOf(header);
  const damaged = (cause: unknown): OnefoldError => {
    const line = /line:? (\d+)/i.exec(messageOf(cause))?.[1];
    return unreadable(`can't be read as csv${line === undefined ? '' : `: see line ${line}`}`, null);
  };
  const read = await engine.table(sql`SELECT * FROM ${readCsvText(file, delimiter)} LIMIT 0`).catch((cause: unknown) => {
    throw damaged(cause);
  });
  const names = read.columns.map((c) => c.name);
  const columns = labelColumns(names, form, ids);
  // The engine looks for a header further down where the lines don't fit together: then the names are not those of the first line.
  const named = columns === null ? names : Object.values({ ...columns, form: [], open: [] }).flat();
  if (!named.every((name) => header.includes(name))) throw damaged(null);
  if (columns === null)
    throw new OnefoldError('USAGE', `${file}: its columns (${header.slice(0, 200)}) don't say what the labels are`, {
      hint: 'Name them left_id, right_id, label for pairs, or id, cluster for clusters; or say --as pairs, matches or clusters.',
    });
  await engine.run(readLabels(file, delimiter, columns)).catch((cause: unknown) => {
    throw damaged(cause);
  });
  return columns;
}

/** The first line of a file, as far as it is of a sensible length. */
async function start(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(65_536) });
    return buffer.toString('utf8', 0, bytesRead).split(/[\r\n]/, 1)[0] ?? '';
  } finally {
    await handle.close();
  }
}

/** What stands between the names of the header: most often a comma. */
function delimiterOf(text: string): string {
  const times = (c: string): number => text.split(c).length;
  return [',', ';', '\t', '|'].reduce((best, c) => (times(c) > times(best) ? c : best));
}
