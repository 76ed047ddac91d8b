import { OnefoldError } from '../base/errors.js';
import type { Row } from '../engine/engine.js';
import { lastChecks } from '../run/explain/last_checks.js';
import type { ModelTestResult } from '../run/explain/model_tests.js';
import { runModelTests } from '../run/explain/model_tests.js';
import { openProject } from '../run/project/open.js';
import { colours as pc } from './colours.js';
import type { AddCommand } from './command.js';
import { print, printJson } from './command.js';
import { counted, rowsAsTable } from './text.js';

/** `onefold test`: the unit tests of models, and the checks as the last run judged them. Exit code 1 where one does not hold. */
export const test: AddCommand = (program, run) => {
  program
    .command('test')
    .description('run the unit tests of models (tests/**/*.yaml) and tell what the last run found of rules and keys')
    .option('--select <name>', 'only one test, or the tests of one model')
    .action((options: { select?: string }) =>
      run(async (globals) => {
        const project = await openProject(globals.project, globals);
        const tests = await runModelTests(project, options.select);
        const recorded = await lastChecks(project.store);
        const about = options.select;
        const checks = (recorded?.checks ?? []).filter(
          (c) =>
            about === undefined || c.name.startsWith(`${about}.`) || ['(', '.'].some((next) => c.name.startsWith(`gold.${about}${next}`)),
        );
        if (about !== undefined && tests.length + checks.length === 0)
          throw new OnefoldError('NOT_FOUND', `no test and no check is of \`${about}\``, { hint: 'Name a test, a model or a table.' });
        const failed = tests.filter((t) => t.status !== 'pass').length + checks.filter((c) => c.status === 'fail').length;
        if (globals.json === true) printJson({ failed, tests, checks: recorded === null ? null : { run_id: recorded.run_id, checks } });
        else {
          for (const t of tests) print(...describeTest(t));
          for (const c of checks.filter((c) => c.status !== 'pass'))
            print(`${c.status === 'fail' ? pc.red('✗') : pc.yellow('!')} ${c.name}: ${c.broken} ${c.message}`);
          const ran = [tests.length === 0 ? 'no tests of models' : counted(tests.length, 'test')];
          if (recorded !== null) ran.push(`${counted(checks.length, 'check')} of run ${recorded.run_id}`);
          print(`${ran.join(', ')}: ${failed === 0 ? pc.green('all hold') : pc.red(`${failed} failed`)}`);
        }
        return failed === 0 ? 0 : 1;
      }),
    );
};

/** A test in a line, with the rows that differ below it. */
function describeTest(t: ModelTestResult): readonly string[] {
  if (t.status === 'pass') return [`${pc.green('✓')} ${t.name}`];
  const head = `${pc.red('✗')} ${t.name} ${pc.dim(`(${t.file})`)}`;
  if (t.error !== null) return [head, `    ${t.error}`];
  const marked = [...t.missing.map((row) => mark('-', row)), ...t.unexpected.map((row) => mark('+', row))];
  // Rows that are alike stand together, so that what differs in them is seen.
  marked.sort((a, b) => comparable(a, t.columns).localeCompare(comparable(b, t.columns)) || String(b['']).localeCompare(String(a[''])));
  return [
    head,
    `    ${counted(t.missing.length, 'expected row')} did not come (-), ${counted(t.unexpected.length, 'row')} came unexpected (+)`,
    rowsAsTable(['', ...t.columns], marked)
      .split('\n')
      .map((line) => `    ${line}`)
      .join('\n'),
  ];
}

function mark(sign: string, row: Row): Row {
  return { '': sign, ...Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? 'null'])) };
}

function comparable(row: Row, columns: readonly string[]): string {
  return columns.map((c) => JSON.stringify(row[c])).join('\u0000');
}
