import type { Row } from '../engine/engine.js';
import { openReader } from '../publish/reader.js';
import type { Explanation, QuarantineExplanation } from '../run/explain/explain.js';
import { explain as explainIt } from '../run/explain/explain.js';
import { columnNamed, explainColumn, projectColumns } from '../run/explain/explain_column.js';
import { explainPair } from '../run/explain/explain_pair.js';
import { openProject, openStoreOf } from '../run/project/open.js';
import { colours as pc } from './colours.js';
import type { AddCommand } from './command.js';
import { print, printJson } from './command.js';
import { observerOf } from './effects.js';
import { describeMerges, describePair } from './evidence.js';
import { describeColumn } from './lineage.js';
import { clipped, shown } from './text.js';

/** `onefold explain`: why an entity is what it is, value by value and link by link. */
export const explain: AddCommand = (program, run) => {
  program
    .command('explain')
    .description(
      'explain a key, a record (source.stream:id), an identifier or a column (gold.orders.amount); of two records, why they are one or not',
    )
    .argument('<what>', "a key (old ones too), a record, an identifier's value, the key of a row in quarantine, or schema.table.column")
    .argument('[other]', 'a second record or key: why both are one, or why they are not')
    .action((what: string, other: string | undefined) =>
      run(async (globals) => {
        if (other === undefined && /^(gold|silver|identity|quarantine)\.\w+\.[^:]+$/.test(what)) {
          const whole = await openProject(globals.project, globals);
          const columns = await projectColumns(whole);
          const column = columnNamed(columns, what);
          if (column !== null) {
            const explanation = await explainColumn(whole, columns, column);
            if (globals.json === true) printJson(explanation);
            else print(describeColumn(whole, explanation));
            return 0;
          }
        }
        const project = await openStoreOf(globals.project, globals);
        const reader = await openReader(project.store, { observe: observerOf(globals) });
        try {
          if (other !== undefined) {
            const pair = await explainPair(reader, [what, other]);
            if (globals.json === true) printJson(pair);
            else print(describePair(pair));
            return 0;
          }
          const explanation = await explainIt(reader, what);
          if (globals.json === true) printJson(explanation);
          else print(describeExplanation(explanation));
          return 0;
        } finally {
          reader.engine.close();
        }
      }),
    );
};

/** Values with more letters are cut off; `--json` has all of them. */
const long = 200;

/** An explanation as text. */
export function describeExplanation(e: Explanation | QuarantineExplanation): string {
  if ('quarantined' in e) {
    return e.quarantined
      .map(
        (q) =>
          `${pc.bold(`${shown(q['table'])} ${shown(q['_key'])}`)} is set aside (${shown(q['status'])}, run ${shown(q['run_id'])})\n${list(
            q['reasons'],
          )
            .map((r) => `  ${r}`)
            .join('\n')}`,
      )
      .join('\n');
  }
  const lines = [`${pc.bold(e.key)} (${e.entity})${e.redirected_from === null ? '' : `, which answers for ${e.redirected_from}`}`, ''];
  lines.push(...(e.records.length === 0 ? ['Nothing is left of it: all its records are gone.'] : [pc.bold('Values')]));
  for (const g of e.golden) {
    lines.push(
      `  ${shown(g['field']).padEnd(12)} ${pc.green(clipped(shown(g['value']), long))}  ${pc.dim(`from ${shown(g['record'])}, ${shown(g['rule'])}`)}`,
    );
    for (const loser of losersOf(g)) lines.push(pc.dim(`  ${''.padEnd(12)} not ${loser}`));
  }
  if (e.records.length > 0) lines.push('', pc.bold('Records'));
  for (const r of e.records)
    lines.push(
      `  ${shown(r['record']).padEnd(34)} ${shown(r['observations'])} observation${Number(r['observations']) === 1 ? '' : 's'}, ${shown(r['how'])}, confidence ${shown(r['confidence'])}`,
    );
  const words = e.links.filter((l) => l['decision'] !== 'own');
  if (words.length > 0) lines.push('', pc.bold('Evidence'));
  for (const l of words) {
    const followed = l['decision'] === 'linked';
    lines.push(
      `  ${followed ? pc.green('✓') : pc.red('✗')} ${shown(l['record'])} says ${shown(l['identifier'])} = ${shown(l['value'])}: ${followed ? '' : `${shown(l['decision'])}, `}${shown(l['reason'])}`,
    );
  }
  if (e.merges.length > 0) lines.push('', pc.bold('How they became one'), ...describeMerges(e.merges));
  if (e.events.length > 0) lines.push('', pc.bold('History'));
  for (const v of e.events)
    lines.push(
      `  ${shown(v['run_id'])} ${shown(v['event'])}${v['other_key'] === null ? '' : ` (${shown(v['other_key'])})`}: ${shown(v['cause'])}`,
    );
  return lines.join('\n');
}

function list(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** The values that lost, each with where it comes from. */
function losersOf(golden: Row): readonly string[] {
  const parsed: unknown = typeof golden['losers'] === 'string' ? JSON.parse(golden['losers']) : golden['losers'];
  if (!Array.isArray(parsed)) return [];
  return parsed
    .slice(0, 5)
    .map((l: { value?: unknown; record?: unknown }) => `${clipped(shown(String(l.value)), long)} (${shown(String(l.record))})`);
}
