import { planModels } from '../gold/models.js';
import { openProject } from '../run/project/open.js';
import type { GraphNode } from '../run/select/graph.js';
import { graphOf } from '../run/select/graph.js';
import { selectIn } from '../run/select/selection.js';
import type { AddCommand } from './command.js';
import { print, printJson, tell } from './command.js';
import { namesAsTable } from './text.js';

/** `onefold ls`: everything that the project is made of, or what selectors choose of it, in the way of the data. */
export const ls: AddCommand = (program, run) => {
  program
    .command('ls')
    .description('list streams, tables, entities, models and metrics, each with what it is made from')
    .option('--select <selectors...>', 'only these: `+revenue`, `tag:nightly`, `state:modified+`')
    .option('--exclude <selectors...>', 'but not these')
    .option('--state <dir>', 'folder of the artifacts that `state:` and `result:` compare with')
    .option('--lineage [what]', 'where columns come from: of a column, of a table, or of all of gold')
    .action((options: { select?: string[]; exclude?: string[]; state?: string; lineage?: string | true }) =>
      run(async (globals) => {
        const project = await openProject(globals.project, globals);
        if (options.lineage !== undefined) {
          const { printLineage } = await import('./lineage.js');
          await printLineage(project, options.lineage === true ? undefined : options.lineage, globals.json === true);
          return 0;
        }
        const graph = graphOf(project);
        const { ids, unmatched } = await selectIn(project, graph, options);
        // Models in the order in which they are built.
        const place = new Map(planModels(project.models).map((m, i) => [`model.${m.model.name}`, i]));
        const rank = (n: GraphNode): number => place.get(n.id) ?? (n.type === 'metric' ? place.size : -1);
        const nodes = graph.nodes.filter((n) => ids.has(n.id)).sort((a, b) => rank(a) - rank(b));
        for (const message of unmatched) tell(`warning: ${message}\n`);
        const rows = nodes.map((n) => ({
          type: n.type,
          name:
            n.type === 'stream' || n.type === 'metric' ? n.name : n.makes.filter((relation) => /^(silver|gold)\./.test(relation)).join(' '),
          from: n.reads.join(' '),
          unique_id: n.id,
          description: n.description ?? null,
          owner: n.owner ?? null,
          tags: n.tags,
          materialized: n.materialized,
          path: n.path,
        }));
        if (globals.json === true) printJson(rows);
        else if (rows.length > 0)
          print(
            namesAsTable(
              ['type', 'name', 'from'],
              rows.map((r) => [r.type, r.name, r.from]),
            ),
          );
        return 0;
      }),
    );
};
