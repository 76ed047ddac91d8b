import type { ProfileReport } from '../run/timings.js';
import { colours as pc } from './colours.js';
import { counted, number } from './text.js';

/** How many of the slowest statements are shown; `profile.json` has more, and all of their text. */
const shownStatements = 8;

/** Where the time of a run went, as text. */
export function describeProfile(report: ProfileReport): string {
  const ms = (n: number): string => `${(n / 1000).toFixed(2)} s`.padStart(9);
  const share = (n: number): string => `${Math.round((100 * n) / Math.max(1, report.ms))} %`.padStart(5);
  const steps = report.steps.map(
    (s) =>
      `${ms(s.ms)} ${share(s.ms)}  ${s.stage.padEnd(9)} ${s.name.padEnd(32)} ${counted(s.statements, 'statement')}, ${ms(s.statements_ms).trim()}`,
  );
  const slowest = report.slowest.slice(0, shownStatements).map((s) => {
    // What makes a table counts no rows.
    const rows = s.rows === null ? 'failed' : s.rows === 0 ? '' : counted(s.rows, 'row');
    return `${ms(s.ms)} ${share(s.ms)}  ${`${(s.step ?? 'between steps').padEnd(42)} ${rows}`.trimEnd()}\n${' '.repeat(18)}${pc.dim(oneLine(s.text))}`;
  });
  return [
    pc.bold(
      `Where the time went: ${ms(report.ms).trim()}, ${ms(report.statements_ms).trim()} of it in ${number(report.statements)} statements`,
    ),
    ...steps,
    pc.bold('Slowest statements'),
    ...slowest,
    '',
  ].join('\n');
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 110 ? `${line.slice(0, 109)}…` : line;
}
