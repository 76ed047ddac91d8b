import { goldTablesOf } from '../config/references.js';
import { planModels } from '../gold/models.js';
import { openProject } from '../run/open.js';
import type { AddCommand } from './command.js';
import { print, printJson } from './command.js';
import { rowsAsTable } from './text.js';

/** `onefold ls`: everything that the project is made of, in the way of the data. */
export const ls: AddCommand = (program, run) => {
  program
    .command('ls')
    .description('list streams, tables, entities and models, each with what it is made from')
    .action(() =>
      run(async (globals) => {
        const project = await openProject(globals.project, globals);
        const models = await planModels(project.models);
        const rows = [
          ...project.streams.map((s) => ({ type: 'stream', name: `${s.source}.${s.stream}`, from: s.connector })),
          ...project.tables.map((t) => ({ type: 'table', name: `silver.${t.name}`, from: `${t.source}.${t.stream}` })),
          ...project.entities.map((e) => ({
            type: 'entity',
            name: goldTablesOf(e.name)
              .map((t) => `gold.${t}`)
              .join(' '),
            from: [...new Set(e.records.map((r) => `silver.${r.table}`))].join(' '),
          })),
          ...models.map((m) => ({ type: 'model', name: `gold.${m.model.name}`, from: m.reads.join(' ') })),
        ];
        if (globals.json === true) printJson(rows);
        else print(rowsAsTable(['type', 'name', 'from'], rows));
        return 0;
      }),
    );
};
