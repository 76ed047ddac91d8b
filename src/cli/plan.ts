import type { TableChange } from '../publish/compare.js';
import type { EntityPlan, Plan, TablePlan } from '../run/plan/plan.js';
import { plan as planBuild } from '../run/plan/plan.js';
import type { MetricPlan } from '../run/plan/plan_metrics.js';
import { openProject } from '../run/project/open.js';
import { moment } from './build.js';
import { colours as pc } from './colours.js';
import type { AddCommand } from './command.js';
import { print, printJson } from './command.js';
import { effectsOf, stoppedCode } from './effects.js';
import { counted, formatted, number } from './text.js';

/** `onefold plan`: what a build would do and why, without doing it. Exit code 0 where it would succeed, 1 where not. */
export const plan: AddCommand = (program, run) => {
  program
    .command('plan')
    .description(
      'say what a build would do and why: new rows, tables to replay, keys that merge or split, gold that changes; writes nothing',
    )
    .option('--as-of <time>', 'what "now" means, such as 2025-04-20 or 2025-04-20T12:00:00Z')
    .option('--select <selectors...>', 'as if only these were built: `+revenue`, `tag:nightly`, `state:modified+`')
    .option('--exclude <selectors...>', 'but not these')
    .option('--state <dir>', 'folder of the artifacts that `state:` and `result:` compare with')
    .option('--full-refresh', 'as if selected tables were built again from bronze, and selected models anew')
    .option('--quiet', 'no progress on stderr')
    .action((options: PlanFlags) =>
      run(async (globals) => {
        const project = await openProject(globals.project, { ...globals, remember: false });
        const effects = effectsOf(globals, { quiet: options.quiet === true });
        const { select, exclude, state, fullRefresh } = options;
        const planned = await planBuild(project, { asOf: moment(options.asOf), effects, select, exclude, state, fullRefresh });
        if (globals.json === true) printJson(planned);
        else print(describePlan(planned));
        if (planned.error?.code === 'INTERRUPTED') return stoppedCode();
        return planned.status === 'success' ? 0 : 1;
      }),
    );
};

interface PlanFlags {
  readonly asOf?: string;
  readonly select?: readonly string[];
  readonly exclude?: readonly string[];
  readonly state?: string;
  readonly fullRefresh?: boolean;
  readonly quiet?: boolean;
}

/** A plan as text, in the way of the data. */
export function describePlan(p: Plan): string {
  const rooms: readonly (readonly [string, readonly string[]])[] = [
    [
      'Definitions',
      p.definitions.flatMap((d) => [`  ${mark(d.change)} ${d.kind} ${d.name}`, ...d.differences.map((x) => pc.dim(`      ${x}`))]),
    ],
    ['Sources', p.sources.map(sourceLine)],
    ['Tables', p.tables.flatMap(tableLines)],
    ['Keys', p.entities.flatMap(keyLines)],
    ['Published', p.published.map(changeLine)],
    ['Metrics', p.metrics.map(metricLine)],
    [
      'Checks',
      p.checks.map((c) => `  ${c.status === 'fail' ? pc.red('fail') : pc.yellow('warn')} ${c.name}: ${number(c.broken)} ${c.message}`),
    ],
    ['Warnings', p.warnings.map((w) => `  ${pc.yellow(w.name)}: ${w.message}`)],
  ];
  const told = rooms.filter(([, lines]) => lines.length > 0).flatMap(([title, lines]) => [pc.bold(title), ...lines]);
  return ['', ...told, ...(told.length > 0 ? [''] : []), ending(p)].join('\n');
}

function mark(change: string): string {
  if (change === 'new') return pc.green('+');
  return change === 'removed' || change === 'gone' ? pc.red('-') : pc.yellow('~');
}

function sourceLine(s: Plan['sources'][number]): string {
  const retracted = s.rows_retracted > 0 ? `, ${number(s.rows_retracted)} no longer listed` : '';
  const what = s.change === 'gone' ? 'gone' : `${counted(s.rows_read, 'row')} read, ${number(s.rows_new)} new`;
  return `  ${mark(s.change)} ${s.stream.padEnd(28)} ${s.part} (${what}${retracted})`;
}

function tableLines(t: TablePlan): readonly string[] {
  const done = Object.entries(t.dispositions).map(([name, n]) => `${number(n)} ${name}`);
  const what = t.replayed ? pc.yellow('built again from bronze') : done.join(', ');
  return [
    `  ${mark(t.rows_before === 0 ? 'new' : 'changed')} ${`silver.${t.table}`.padEnd(28)} ${number(t.rows_before)} → ${counted(t.rows_after, 'row')}: ${what}`,
    ...t.why.map((why) => pc.dim(`      ${why}`)),
  ];
}

/** How many merges and splits are listed by name; `--json` lists all. */
const listed = 10;

function keyLines(e: EntityPlan): readonly string[] {
  const rest = (all: readonly unknown[]): readonly string[] =>
    all.length > listed ? [pc.dim(`      and ${number(all.length - listed)} more`)] : [];
  return [
    `  ${e.entity.padEnd(30)} ${number(e.entities_before)} → ${number(e.entities_after)}: ${number(e.created)} created, ${number(e.merged.length)} merged, ${number(e.split.length)} split`,
    ...e.why.map((why) => pc.dim(`      ${why}`)),
    ...e.merged.slice(0, listed).map((m) => `      ${m.key} merges into ${m.into} (${m.cause})`),
    ...rest(e.merged),
    ...e.split.slice(0, listed).map((s) => `      ${s.key} splits from ${s.from} (${s.cause})`),
    ...rest(e.split),
  ];
}

function changeLine(t: TableChange): string {
  const columns = Object.entries(t.columns)
    .sort(([, a], [, b]) => b - a)
    .map(([name, n]) => `${name} (${number(n)})`);
  const parts = [
    ...(t.added > 0 && t.change === 'changed' ? [`${number(t.added)} added`] : []),
    ...(t.removed > 0 && t.change === 'changed' ? [`${number(t.removed)} removed`] : []),
    ...((t.changed ?? 0) > 0
      ? [`${number(t.changed ?? 0)} changed: ${columns.slice(0, 6).join(', ')}${columns.length > 6 ? ', …' : ''}`]
      : []),
    ...t.shape,
  ];
  if (t.shape[0] === 'a view') return `  ${mark(t.change)} ${t.table.padEnd(32)} ${t.shape.join('; ')}`;
  const rows = t.change === 'new' ? counted(t.rows_after, 'row') : `${number(t.rows_before)} → ${counted(t.rows_after, 'row')}`;
  return `  ${mark(t.change)} ${t.table.padEnd(32)} ${rows}${parts.length > 0 ? ` (${parts.join('; ')})` : ''}`;
}

function metricLine({ metric, currency, before, after }: MetricPlan): string {
  const change = before === null ? 'new' : after === null ? 'gone' : 'changed';
  const value = (text: string | null): string => (text === null ? '–' : formatted(text, 'number'));
  return `  ${mark(change)} ${`${metric}${currency === null ? '' : ` (${currency})`}`.padEnd(32)} ${value(before)} → ${value(after)}`;
}

function ending(p: Plan): string {
  if (p.status === 'failed') return `${pc.red('A build would fail')}: ${p.error?.message ?? ''}\nNothing was written.`;
  const publishes = p.would_publish.length > 0 ? `publish ${counted(p.would_publish.length, 'changed table')}` : 'publish nothing new';
  const how = p.status === 'partial' ? `, but end as ${pc.yellow('partial')}, since not everything can be read` : '';
  return `A build would ${publishes}${how}. Nothing was written.`;
}
