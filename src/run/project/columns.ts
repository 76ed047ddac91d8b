import type { Problem } from '../../base/errors.js';
import { OnefoldError } from '../../base/errors.js';
import { didYouMean } from '../../base/suggest.js';
import type { Project } from '../../config/project.js';
import type { Engine } from '../../engine/engine.js';
import { sourceRef, wantedSources } from '../../silver/sources.js';
import { streamColumns } from '../stages/land.js';

/**
 * Checks that every source column that a table reads is there, before anything runs. A stream that can't be looked at (its
 * files are missing) is passed over: the run will say so itself.
 * @throws OnefoldError `COLUMN_UNKNOWN` with every column that is not
 */
export async function checkSourceColumns(project: Project, engine: Engine): Promise<void> {
  const problems: Problem[] = [];
  for (const table of project.tables) {
    const stream = project.streams.find((s) => s.source === table.source && s.stream === table.stream);
    if (stream === undefined) continue;
    const wanted = wantedSources(table).filter((w) => !w.column.common.optional);
    const available = await streamColumns(
      engine,
      stream,
      project,
      wanted.map((w) => w.from.split(/[.[]/)[0] ?? w.from),
    );
    if (available === null) continue;
    for (const { column, from } of wanted) {
      if (sourceRef(from, available) === null) {
        problems.push({
          path: `tables.${table.name}.columns.${column.name}`,
          message: `unknown column \`${from}\` in stream \`${table.source}.${table.stream}\`${didYouMean(from, available)}`,
        });
      }
    }
  }
  if (problems.length === 0) return;
  throw new OnefoldError(
    'COLUMN_UNKNOWN',
    `tables read columns that their streams do not have:\n${problems.map((p) => `  ${p.path}: ${p.message}`).join('\n')}`,
    {
      problems,
      hint: 'Mend the name, or say `optional: true` where a source may lack the column.',
    },
  );
}
