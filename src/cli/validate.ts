import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OnefoldError } from '../base/errors.js';
import { openDuckDb } from '../engine/duckdb/duckdb.js';
import { checkSourceColumns } from '../run/project/columns.js';
import { openProject } from '../run/project/open.js';
import { shapesOf } from '../run/project/shapes.js';
import { checkMetricColumns } from '../run/stages/metrics.js';
import { createStore } from '../run/store/ops.js';
import type { AddCommand } from './command.js';
import { print, printJson } from './command.js';
import { observerOf } from './effects.js';
import { counted } from './text.js';

/** `onefold validate`: checks the project file, every reference in it, what it asks of the engine, and the columns that the sources have. */
export const validate: AddCommand = (program, run) => {
  program
    .command('validate')
    .description(
      'check the project: shape, options, every reference, what columns and rules ask of the engine, and the columns of its sources; nothing is written',
    )
    .action(() =>
      run(async (globals) => {
        const project = await openProject(globals.project, { ...globals, remember: false, tried: true });
        const temp = await mkdtemp(join(tmpdir(), 'onefold-'));
        const engine = await openDuckDb({ path: ':memory:', observe: observerOf(globals) });
        try {
          await createStore(engine);
          await checkSourceColumns({ ...project, store: temp }, engine);
        } finally {
          engine.close();
          await rm(temp, { recursive: true });
        }
        const shapes = await shapesOf(project);
        const problems = await checkMetricColumns(project, shapes).finally(() => shapes.engine.close());
        if (problems.length > 0) {
          const list = problems.map((p) => `  ${p.path}: ${p.message}`).join('\n');
          throw new OnefoldError('CONFIG_INVALID', `metrics do not fit the tables that they are of:\n${list}`, { problems });
        }
        const counts = {
          streams: project.streams.length,
          tables: project.tables.length,
          entities: project.entities.length,
          models: project.models.length,
        };
        if (globals.json === true) printJson({ valid: true, target: project.target, ...counts });
        else
          print(
            `${project.name} is valid${project.target === undefined ? '' : ` for target ${project.target}`}: ${counted(counts.streams, 'stream')}, ${counted(counts.tables, 'table')}, ${counted(counts.entities, 'entity', 'entities')}, ${counted(counts.models, 'model')}`,
          );
        return 0;
      }),
    );
};
