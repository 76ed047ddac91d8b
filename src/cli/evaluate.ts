import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Option } from 'commander';
import type { LabelForm } from '../identity/evaluate_labels.js';
import { labelForms } from '../identity/evaluate_labels.js';
import type { CurvePoint } from '../identity/evaluate_scores.js';
import { fewer } from '../identity/evaluate_scores.js';
import type { Evaluation, WrongPair } from '../run/explain/evaluate.js';
import { evaluate as evaluateIt } from '../run/explain/evaluate.js';
import { openProject } from '../run/project/open.js';
import { colours as pc } from './colours.js';
import type { AddCommand } from './command.js';
import { print, printJson, wholeNumber } from './command.js';
import { observerOf } from './effects.js';
import { clipped, counted, namesAsTable, number, shown } from './text.js';

interface Options {
  readonly labels: string;
  readonly entity?: string;
  readonly as?: LabelForm;
  readonly examples: number;
  readonly out?: string;
}

/** `onefold evaluate`: how well entities were resolved, by what people know of who is who. */
export const evaluate: AddCommand = (program, run) => {
  program
    .command('evaluate')
    .description('compare the published entities with labels: precision, recall, F1 and B-cubed, by threshold, with wrong pairs to look at')
    .requiredOption('--labels <file>', 'a csv file: left_id,right_id,label for pairs, or id,cluster')
    .option('--entity <name>', 'which entity, where the project has several')
    .addOption(
      new Option('--as <form>', 'what the labels are, where their columns do not tell; matches: all true pairs, in two columns').choices(
        labelForms,
      ),
    )
    .option('--examples <n>', 'how many wrong pairs of each kind to show', wholeNumber(1000), 5)
    .option('--out <dir>', 'folder to write curves to: two SVG files and the table as csv')
    .action((options: Options) =>
      run(async (globals) => {
        const project = await openProject(globals.project, globals);
        const { labels, entity, as: form, examples, out } = options;
        const found = await evaluateIt(project, { labels: resolve(labels), entity, form, examples, observe: observerOf(globals) });
        const files = out === undefined ? [] : await writeCurves(found, resolve(out));
        if (globals.json === true) printJson({ ...found, files });
        else print(...describeEvaluation(found), ...(files.length === 0 ? [] : ['', ...files]));
        return 0;
      }),
    );
};

function describeEvaluation(e: Evaluation): readonly string[] {
  const { labels, pairs, clusters } = e;
  const used = e.form === 'clusters' ? counted(labels.used, 'record') : counted(labels.used, 'pair');
  const lines = [`${pc.bold(e.entity)} as of run ${e.run_id}, by ${used} with a label (${e.form})`];
  const note = (n: number, one: string, says: string): void => void (n > 0 && lines.push(`  ${pc.yellow(`${counted(n, one)} ${says}`)}`));
  note(labels.unknown, 'id', 'of the labels: no record is called so');
  note(labels.ambiguous, 'id', 'of the labels: several records are called so; write stream:id or source.stream:id');
  note(labels.unread, 'label', 'without an id, or without a verdict that can be read');
  note(labels.contradictory, e.form === 'clusters' ? 'record' : 'pair', 'labelled in several ways, and left out');
  if (e.form === 'clusters' && labels.used < labels.records)
    lines.push(`  ${counted(labels.records - labels.used, 'record')} without a label, which count for nothing`);
  const row = (what: string, q: Partial<Record<'precision' | 'recall' | 'f1', number | null>>, more = ''): readonly string[] => [
    what,
    ...([q.precision, q.recall, q.f1] as const).map(share),
    more,
  ];
  const rows = [
    row(
      'pairs',
      pairs,
      `${number(pairs.true_positives)} right, ${number(pairs.false_positives)} wrong, ${number(pairs.false_negatives)} missed`,
    ),
    ...(clusters === null
      ? []
      : [
          row('B-cubed', clusters.bcubed),
          row(
            'clusters, exact',
            clusters.exact,
            `${counted(clusters.clusters, 'cluster')}, ${counted(clusters.entities, 'entity', 'entities')}`,
          ),
          row('clusters, closest', clusters.closest),
        ]),
  ];
  lines.push('', namesAsTable(['', 'precision', 'recall', 'F1', ''], rows));
  if (e.blocking !== null && e.blocking.true_pairs > 0) {
    const { true_pairs: all, weighed, weighed_little: little, never_compared: never, joined_anyway: joined, estimated } = e.blocking;
    const about = estimated ? 'about ' : '';
    lines.push(
      '',
      pc.bold('True pairs'),
      `  ${number(all)}: ${number(weighed)} weighed, ${about}${number(little)} compared and far below the threshold, ${about}${number(never)} never compared`,
      `  blocking loses ${share(e.blocking.recall_lost)} of recall${never > 0 ? `; clusters joined ${about}${number(joined)} of those pairs all the same` : ''}`,
    );
  }
  if (e.thresholds !== null && e.thresholds.best !== null) lines.push(...describeThresholds(e.thresholds));
  lines.push(
    ...describeWrong('Taken for one, and different', e.false_positives),
    ...describeWrong('The same, and apart', e.false_negatives),
  );
  return lines;
}

function describeThresholds({ chosen, best, curve }: NonNullable<Evaluation['thresholds']>): readonly string[] {
  const row = (p: CurvePoint, what = ''): readonly string[] => [
    p.threshold.toFixed(1),
    p.probability.toFixed(4),
    share(p.precision),
    share(p.recall),
    share(p.f1),
    what,
  ];
  const named = best === null ? [chosen] : [chosen, best];
  const rows = [
    ...fewer(curve, 12)
      .filter((p) => !named.some((n) => Math.abs(n.threshold - p.threshold) < 0.5))
      .map((p) => ({ p, what: '' })),
    { p: chosen, what: 'chosen' },
    ...(best === null ? [] : [{ p: best, what: 'best' }]),
  ]
    .sort((a, b) => b.p.threshold - a.p.threshold)
    .map(({ p, what }) => row(p, what));
  const gain = best === null ? 0 : (best.f1 ?? 0) - (chosen.f1 ?? 0);
  const verdict =
    best === null
      ? 'no labelled pair has a weight'
      : gain < 0.0005
        ? 'no threshold does better than the chosen one'
        : `a threshold of ${best.threshold.toFixed(1)} bits would be ${(100 * gain).toFixed(1)} points better for pairs: match.threshold ${best.probability.toFixed(4)}`;
  return [
    '',
    pc.bold('Thresholds, pair by pair'),
    namesAsTable(['bits', 'probability', 'precision', 'recall', 'F1', ''], rows),
    `  ${verdict}`,
  ];
}

function describeWrong(title: string, pairs: readonly WrongPair[]): readonly string[] {
  if (pairs.length === 0) return [];
  const lines = ['', pc.bold(title)];
  for (const { left, right, weight, why, attributes } of pairs) {
    const said = Object.entries(attributes).filter(([, [l, r]]) => l !== null || r !== null);
    const cells = [
      [weight === null ? '' : `${weight.toFixed(1)} bits`, shown(left), shown(right), ''],
      ...said.map(([name, [l, r]]) => [
        name,
        clipped(shown(l), 40),
        clipped(shown(r), 40),
        l === null || r === null ? '' : l === r ? '=' : '≠',
      ]),
    ];
    lines.push(`  ${words[why] ?? why}`, ...aligned(cells).map((line) => `    ${line}`));
  }
  return lines;
}

const words: Readonly<Record<string, string>> = {
  never_compared: 'never compared: no block has both',
  weighed_little: 'compared, far below the threshold',
  unconfirmed: 'one value alone agrees',
  below: 'below the threshold',
  outvoted: 'above the threshold, outvoted by the rest of their clusters',
  conflict: 'above the threshold, but an entity has one of their identifiers',
  bridge: 'above the threshold, the only link between two groups',
  too_large: 'above the threshold, in clusters that would be too large',
  linked: 'above the threshold',
  together: 'in one cluster through others',
};

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = [0, 1, 2, 3].map((i) => Math.max(0, ...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** A share in percent; only all of something is 100 %. */
function share(x: number | null | undefined): string {
  if (x === null || x === undefined) return '–';
  return x < 1 && x > 0.9999 ? '> 99.99 %' : `${(100 * x).toFixed(2)} %`;
}

/** Writes both curves and their table, over those that are there. */
async function writeCurves({ entity, thresholds }: Evaluation, out: string): Promise<readonly string[]> {
  if (thresholds === null) return [];
  const { plot } = await import('../site/curves.js');
  const { chosen, best, curve } = thresholds;
  const marked = [{ label: 'chosen', ...chosen }, ...(best === null ? [] : [{ label: 'best', ...best }])];
  const at = (p: CurvePoint, of: 'precision' | 'recall' | 'f1'): { readonly x: number; readonly y: number } => ({
    x: p.threshold,
    y: p[of] ?? 0,
  });
  const [high, low] = [curve[0]?.threshold ?? 1, curve.at(-1)?.threshold ?? 0];
  const precisionRecall = plot(
    `Precision and recall of pairs: ${entity}`,
    { label: 'recall', from: 0, to: 1 },
    'precision',
    [{ label: 'pairs', points: curve.map((p) => ({ x: p.recall ?? 0, y: p.precision ?? 0 })) }],
    marked.map((p) => ({ label: `${p.label}: ${p.threshold.toFixed(1)} bits`, x: p.recall ?? 0, y: p.precision ?? 0 })),
  );
  const byThreshold = plot(
    `Precision, recall and F1 of pairs by threshold: ${entity}`,
    { label: 'threshold, bits', from: low, to: high },
    'share',
    (['precision', 'recall', 'f1'] as const).map((of) => ({ label: of === 'f1' ? 'F1' : of, points: curve.map((p) => at(p, of)) })),
    marked.map((p) => ({ label: p.label, x: Math.max(low, Math.min(high, p.threshold)) })),
  );
  const columns = [
    'threshold',
    'probability',
    'precision',
    'recall',
    'f1',
    'true_positives',
    'false_positives',
    'false_negatives',
  ] as const;
  const table = [columns.join(','), ...curve.map((p) => columns.map((c) => p[c] ?? '').join(','))].map((line) => `${line}\n`).join('');
  const files = { 'precision_recall.svg': precisionRecall, 'thresholds.svg': byThreshold, 'thresholds.csv': table };
  await mkdir(out, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(out, name), text);
  return Object.keys(files).map((name) => join(out, name));
}
