import type { ColumnProfile, Counted, TableProfile } from '../run/explain/profile.js';
import { profile as profileIt } from '../run/explain/profile.js';
import { openProject } from '../run/project/open.js';
import { openWarehouse } from '../run/store/store.js';
import { colours as pc } from './colours.js';
import type { AddCommand } from './command.js';
import { print, printJson } from './command.js';
import { counted, number, shown } from './text.js';

/** `onefold profile`: how clean the columns of the tables are, without anybody's data. */
export const profile: AddCommand = (program, run) => {
  program
    .command('profile')
    .description(
      'tell how clean the columns of tables are: filled, distinct, shapes, texts that mean nothing, what could not be read and why',
    )
    .argument('[table]', 'one table; all if left out')
    .option('--values', "show the most frequent values too, anybody's data included; without it letters and digits are masked")
    .action((table: string | undefined, options: { values?: boolean }) =>
      run(async (globals) => {
        const project = await openProject(globals.project, globals);
        const engine = await openWarehouse(project, true);
        try {
          const profiles = await profileIt(engine, project, table, options.values === true);
          if (globals.json === true) printJson({ tables: profiles });
          else print(profiles.map(describeProfile).join('\n\n'));
          return 0;
        } finally {
          engine.close();
        }
      }),
    );
};

function describeProfile(t: TableProfile): string {
  const lines = [`${pc.bold(t.table)}  ${counted(t.rows, 'row')}${t.estimated ? ', distinct values estimated, shapes from a sample' : ''}`];
  for (const c of t.columns) lines.push(...describeColumn(c, t.rows));
  for (const [rule, rows] of Object.entries(t.quarantined)) lines.push(`  ${pc.yellow(`in quarantine: ${rule} (${number(rows)})`)}`);
  return lines.join('\n');
}

function describeColumn(c: ColumnProfile, rows: number): readonly string[] {
  const share = rows === 0 ? '' : `, ${Math.floor((c.filled / rows) * 1000) / 10}% filled`;
  const range = c.least === null ? '' : `, ${shown(c.least)} to ${shown(c.greatest)}`;
  const length =
    c.longest === null
      ? ''
      : c.shortest === c.longest
        ? `, length ${number(c.longest)}`
        : `, length ${number(c.shortest ?? 0)} to ${number(c.longest)}`;
  const lines = [`  ${pc.bold(c.column)}  ${c.type}${share}, ${number(c.distinct)} distinct${range}${length}`];
  const say = (what: string, list: readonly Counted[]): void => {
    if (list.length > 0) lines.push(`    ${what}: ${list.map((one) => `${shown(one.text)} (${number(one.rows)})`).join(', ')}`);
  };
  const rules = (counts: Readonly<Record<string, number>>): readonly Counted[] =>
    Object.entries(counts).map(([text, n]) => ({ text, rows: n }));
  say('shapes', c.shapes);
  say('values', c.values);
  say('mean nothing, as declared', c.nulls);
  say('may mean nothing', c.suspects);
  if (c.invisible > 0) lines.push(`    with characters that nobody sees: ${number(c.invisible)}`);
  if (c.decomposed > 0) lines.push(`    with letters in several characters: ${number(c.decomposed)}`);
  if (c.inferred !== null) {
    const proofs = rules(c.inferred.evidence).filter((proof) => proof.rows > 0);
    if (proofs.length === 0) lines.push(`    inferred ${c.inferred.verdict}`);
    say(`inferred ${c.inferred.verdict}`, proofs);
  }
  say('in quarantine', rules(c.quarantined));
  say('warned', rules(c.warned));
  for (const suggestion of c.suggestions) lines.push(`    ${pc.yellow(`could declare ${shown(suggestion)}`)}`);
  return lines;
}
