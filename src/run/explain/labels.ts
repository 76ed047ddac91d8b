import { access } from 'node:fs/promises';
import { messageOf, OnefoldError } from '../../base/errors.js';
import type { Engine } from '../../engine/engine.js';
import { readCsvSniffed } from '../../engine/functions.js';
import type { LabelColumns, LabelForm } from '../../identity/evaluate_labels.js';
import { labelColumns, readLabels } from '../../identity/evaluate_labels.js';
import { sql } from '../../sql/tag.js';

/**
 * Reads labels into the engine as they are. Nothing of what they hold is in a message.
 * @throws OnefoldError `FILE_UNREADABLE`, `USAGE` for columns that don't say what the labels are
 */
export async function landLabels(engine: Engine, file: string, form: LabelForm | undefined): Promise<LabelColumns> {
  const unreadable = (why: string, cause: unknown): OnefoldError =>
    new OnefoldError('FILE_UNREADABLE', `${file} ${why}`, { cause, hint: 'Labels are a csv file in UTF-8 with a header.' });
  await access(file).catch((cause: unknown) => {
    throw unreadable('is not there, or may not be read', cause);
  });
  const damaged = (cause: unknown): OnefoldError => {
    const line = /line:? (\d+)/i.exec(messageOf(cause))?.[1];
    return unreadable(`can't be read as csv${line === undefined ? '' : `: see line ${line}`}`, null);
  };
  const header = await engine.table(sql`SELECT * FROM ${readCsvSniffed(file)} LIMIT 0`).catch((cause: unknown) => {
    throw damaged(cause);
  });
  const names = header.columns.map((c) => c.name);
  const columns = labelColumns(names, form);
  if (columns === null)
    throw new OnefoldError('USAGE', `${file}: the columns (${names.slice(0, 12).join(', ')}) don't say what the labels are`, {
      hint: 'Name them left_id, right_id, label for pairs, or id, cluster for clusters.',
    });
  await engine.run(readLabels(file, columns)).catch((cause: unknown) => {
    throw damaged(cause);
  });
  return columns;
}
