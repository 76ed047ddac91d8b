import { OnefoldError } from '../base/errors.js';
import type { Project } from '../config/project.js';
import type { BuildOptions, BuildResult } from '../run/build.js';
import { build as runBuild } from '../run/build.js';
import { openProject } from '../run/project/open.js';
import { startProfile } from '../run/timings.js';
import { colours as pc } from './colours.js';
import type { AddCommand, Globals } from './command.js';
import { print, printJson, tell } from './command.js';
import { effectsOf, stoppedCode } from './effects.js';
import { counted, number } from './text.js';
import { describeProfile } from './timings.js';

/** `onefold build`: all stages, published if everything holds. Exit code 0 for success, 1 for partial and failed. */
export const build: AddCommand = (program, run) => {
  program
    .command('build')
    .description('land what is new, clean it, resolve entities, build gold, check it and publish a snapshot')
    .option('--as-of <time>', 'what "now" means, such as 2025-04-20 or 2025-04-20T12:00:00Z')
    .option('--select <selectors...>', 'build only these: `+revenue`, `tag:nightly`, `state:modified+`')
    .option('--exclude <selectors...>', 'but not these')
    .option('--state <dir>', 'folder of the artifacts that `state:` and `result:` compare with')
    .option('--full-refresh', 'build selected tables again from bronze, and selected models anew')
    .option('--quiet', 'no progress on stderr')
    .option('--profile', 'where the time went, on stderr and as profile.json in the folder of the run')
    .action((options: BuildFlags) =>
      run(async (globals) => {
        const project = await openProject(globals.project, globals);
        const { select, exclude, state, fullRefresh } = options;
        return runAndTell(project, { asOf: moment(options.asOf), select, exclude, state, fullRefresh }, globals, options);
      }),
    );
};

interface BuildFlags {
  readonly asOf?: string;
  readonly select?: readonly string[];
  readonly exclude?: readonly string[];
  readonly state?: string;
  readonly fullRefresh?: boolean;
  readonly quiet?: boolean;
  readonly profile?: boolean;
}

/** Builds, tells what came of it, and returns the exit code: 0 for success, 1 for partial and failed. */
export async function runAndTell(
  project: Project,
  options: Omit<BuildOptions, 'effects'>,
  globals: Globals,
  talk: Pick<BuildFlags, 'quiet' | 'profile'>,
): Promise<number> {
  const profile = talk.profile === true ? startProfile() : undefined;
  const effects = effectsOf(globals, { quiet: talk.quiet === true, ...profile });
  const result = await runBuild(project, { ...options, effects });
  if (globals.json === true) printJson(result);
  else print(describeBuild(result));
  if (profile !== undefined && result.run_id !== '') tell(describeProfile(await profile.keep(project.store, result.run_id)));
  if (result.error?.code === 'INTERRUPTED') return stoppedCode();
  return result.status === 'success' ? 0 : 1;
}

/** A moment from an option, read as UTC where it names no zone. @throws OnefoldError `USAGE` */
export function moment(text: string | undefined, option = '--as-of'): Date {
  if (text === undefined) return new Date();
  const date = new Date(/^\d{4}-\d{2}-\d{2}[T ][\d:.]+$/.test(text) ? `${text.replace(' ', 'T')}Z` : text);
  if (Number.isNaN(date.getTime()) || !isDay(text.slice(0, 10))) {
    throw new OnefoldError('USAGE', `${option} ${text} is no moment`, { hint: 'Write it as 2025-04-20 or 2025-04-20T12:00:00Z.' });
  }
  return date;
}

/** Whether the calendar has a day: JavaScript takes 30 February for 2 March. */
function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(Date.parse(text) || 0).toISOString().startsWith(text);
}

/** A build in a screenful. */
export function describeBuild(result: BuildResult): string {
  if (result.run_id === '') return `nothing is selected, so nothing was done: ${result.warnings.map((w) => w.message).join('; ')}`;
  const lines: string[] = [''];
  const rows = (scope: string, name: string, line: string): number =>
    result.ledger.filter((l) => l.scope === scope && l.name === name && l.line === line).reduce((sum, l) => sum + l.rows, 0);
  const read = [...new Set(result.ledger.filter((l) => l.scope === 'stream').map((l) => l.name))].filter(
    (name) => rows('stream', name, 'read') > 0,
  );
  if (read.length > 0) lines.push(pc.bold('Landed'));
  for (const name of read) {
    const more = (['rejected', 'known', 'discarded'] as const).map((l) => ({ l, n: rows('stream', name, l) })).filter(({ n }) => n > 0);
    lines.push(
      `  ${name.padEnd(28)} ${number(rows('stream', name, 'read')).padStart(10)} rows read${more.map(({ l, n }) => `, ${number(n)} ${fateInWords[l]}`).join('')}`,
    );
  }
  if (result.tables.length > 0) lines.push(pc.bold('Cleaned'));
  for (const table of result.tables) {
    const changes = (['inserted', 'updated', 'duplicate', 'superseded', 'deleted'] as const)
      .map((l) => ({ l, n: rows('table', table.name, l) }))
      .filter(({ n }) => n > 0);
    lines.push(
      `  ${table.name.padEnd(28)} ${number(table.rows).padStart(10)} rows${changes.length > 0 ? ` (${changes.map(({ l, n }) => `${number(n)} ${l}`).join(', ')})` : ''}`,
    );
    for (const i of table.inferred.filter((i) => Object.values(i.evidence).some((n) => n > 0)))
      lines.push(pc.dim(`    ${i.column}: ${inference(i)}`));
    const warned = Object.entries(table.warned);
    if (warned.length > 0) lines.push(pc.dim(`    warned: ${warned.map(([rule, n]) => `${rule} (${number(n)})`).join('; ')}`));
    if (table.quarantined > 0)
      lines.push(
        `    ${pc.yellow(counted(table.quarantined, 'row'))} in quarantine: ${Object.entries(table.reasons)
          .map(([reason, n]) => `${reason} (${number(n)})`)
          .join('; ')}`,
      );
  }
  for (const entity of result.entities) {
    lines.push(pc.bold('Resolved'));
    lines.push(
      `  ${counted(entity.records, 'record')} are ${pc.green(`${number(entity.entities)} ${entity.name}${entity.entities === 1 ? '' : 's'}`)}`,
    );
    const conflicts = (entity.links['outweighed'] ?? 0) + (entity.links['undecided'] ?? 0);
    if (conflicts > 0)
      lines.push(
        `    ${counted(conflicts, 'contradicting reference')}: ${number(entity.links['outweighed'] ?? 0)} outweighed, ${number(entity.links['undecided'] ?? 0)} undecided`,
      );
    if ((entity.links['widely_shared'] ?? 0) > 0)
      lines.push(`    ${counted(entity.links['widely_shared'] ?? 0, 'word')} about values shared too widely to identify anybody`);
    if (entity.unlinked_references > 0) lines.push(`    ${counted(entity.unlinked_references, 'reference')} to nobody known`);
  }
  lines.push(...describeModels(result));
  const bad = result.checks.filter((c) => c.status !== 'pass');
  if (result.checks.length > 0)
    lines.push(`${pc.bold('Checked')}\n  ${counted(result.checks.length, 'check')}, ${number(bad.length)} not passed`);
  for (const c of bad)
    lines.push(`    ${c.status === 'fail' ? pc.red('fail') : pc.yellow('warn')} ${c.name}: ${number(c.broken)} ${c.message}`);
  lines.push(
    pc.bold('Ledger'),
    result.imbalances.length === 0 && result.error?.code !== 'LEDGER_UNBALANCED'
      ? `  balanced: every row read is accounted for`
      : pc.red(`  not balanced: ${result.imbalances.map((i) => `${i.name}: ${i.message}`).join('; ')}`),
  );
  lines.push(...describeDrift(result.drift));
  for (const w of result.warnings) lines.push(`${pc.yellow('warning')} ${w.name}: ${w.message}`);
  lines.push('', ending(result));
  return lines.join('\n');
}

const fateInWords = { rejected: 'unreadable, kept as text', known: 'known already', discarded: 'left out for columns that are not known' };

/** Drift in words, a line for each stream, part and change. */
function describeDrift(drift: BuildResult['drift']): readonly string[] {
  const words: Readonly<Record<BuildResult['drift'][number]['change'], string>> = {
    added: 'has new',
    vanished: 'no longer has',
    returned: 'has again',
    refused: 'was refused for',
    rows_discarded: 'had rows left out for',
    values_discarded: 'had values left out of',
  };
  const groups = new Map<string, string[]>();
  for (const { stream, part, column, change, rows } of drift) {
    const told = `${stream}: ${part === 'all' ? 'it' : part} ${words[change]}`;
    groups.set(told, [...(groups.get(told) ?? []), `${column}${rows === null ? '' : ` (${number(rows)})`}`]);
  }
  return [...groups].map(([told, columns]) => `${pc.cyan('drift')} ${told} ${columns.join(', ')}`);
}

/** How many models were built, and every one that was not because it or another failed. */
function describeModels(result: BuildResult): readonly string[] {
  const models = result.results.filter((r) => r.resource_type === 'model');
  // A stream that could not be read is told among the warnings.
  const stopped = result.results.filter((r) => r.resource_type !== 'stream' && (r.status === 'error' || r.status === 'skipped'));
  const built = models.filter((r) => r.built).length;
  if (built === 0 && stopped.length === 0) return [];
  return [
    pc.bold('Built'),
    `  ${counted(built, 'model')}, ${number(models.filter((r) => r.status === 'success' && !r.built).length)} unchanged`,
    ...stopped.map((r) => `    ${r.status === 'error' ? pc.red('error') : pc.yellow('skipped')} ${r.unique_id}: ${r.message ?? ''}`),
  ];
}

function inference(i: BuildResult['tables'][number]['inferred'][number]): string {
  const evidence = Object.entries(i.evidence)
    .filter(([, n]) => n > 0)
    .map(([reading, n]) => (reading === 'ambiguous' ? `${number(n)} ambiguous follow` : `${number(n)} prove ${reading}`));
  return `${i.verdict} (${evidence.join(', ')})`;
}

function ending(result: BuildResult): string {
  const outcome = result.published ? `published ${counted(result.changed.length, 'changed table')}` : 'nothing new to publish';
  if (result.status === 'success') return `${pc.green('success')} ${result.run_id}: ${outcome}`;
  if (result.status === 'partial')
    return `${pc.yellow('partial')} ${result.run_id}: ${outcome}, but not everything could be read (see the warnings)`;
  return `${pc.red('failed')} ${result.run_id}: ${result.error?.message ?? ''}${result.error?.hint === undefined ? '' : `\n${result.error.hint}`}`;
}
