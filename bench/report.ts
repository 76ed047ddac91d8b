import Table from 'cli-table3';
import type { Load } from './load.js';
import type { Measured } from './measure.js';

/** What the figures are held against. */
const bounds = { ratio: 4, ratioAim: 2.5, increment: 0.05, aboveLimit: 300e6, limit: 2e9 };

/** The middle of some numbers; of an even count, the mean of the middle two. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const low = sorted[Math.ceil(half) - 1] ?? Number.NaN;
  return (low + (sorted[Math.floor(half)] ?? low)) / 2;
}

/** The medians of one size, and whether each bound holds. */
export function summary(load: Load) {
  const of = (runs: readonly Measured[], what: (m: Measured) => number): number => median(runs.map(what));
  const side = (runs: readonly Measured[]) => ({
    ms: of(runs, (m) => m.ms),
    wall: of(runs, (m) => m.wall),
    cpu: of(runs, (m) => m.cpu),
    peak: Math.max(...runs.map((m) => m.peak)),
  });
  const first = side(load.first);
  const second = side(load.second);
  const bareFile = side(load.bareFile);
  const bareMemory = side(load.bareMemory);
  // Each ratio is of two runs that followed each other: what else the machine did then, it did to both.
  const pairs = (a: readonly Measured[], b: readonly Measured[]): number => median(a.map((m, i) => m.ms / (b[i]?.ms ?? Number.NaN)));
  const ratio = pairs(load.first, load.bareFile);
  const increment = pairs(load.second, load.first);
  const peak = Math.max(first.peak, second.peak);
  const names = [...new Set(load.first.flatMap((m) => m.steps.map((s) => s.name)))];
  const stepsOf = (runs: readonly Measured[]) =>
    names.map((name) => ({ name, ms: of(runs, (m) => m.steps.find((s) => s.name === name)?.ms ?? 0) }));
  return {
    rows: load.first[0]?.rows ?? 0,
    added: load.second[0]?.rows ?? 0,
    csvBytes: load.csvBytes,
    bronzeBytes: load.bronzeBytes,
    storeBytes: load.storeBytes,
    first,
    second,
    bareFile,
    bareMemory,
    rowsPerSecond: ((load.first[0]?.rows ?? 0) / first.ms) * 1000,
    ratio,
    ratioToMemory: pairs(load.first, load.bareMemory),
    increment,
    peak,
    steps: stepsOf(load.first),
    incrementSteps: stepsOf(load.second),
    dispositions: { first: load.first[0]?.dispositions ?? {}, second: load.second[0]?.dispositions ?? {} },
    met: {
      ratio: ratio <= bounds.ratio,
      ratioAim: ratio <= bounds.ratioAim,
      increment: increment <= bounds.increment,
      memory: peak <= bounds.limit + bounds.aboveLimit,
    },
  };
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
const verdict = (met: boolean): string => (met ? 'met' : 'MISSED');

/** The measurements as tables for a terminal. */
export function report(
  machine: { readonly cpu: string; readonly cores: number; readonly node: string; readonly memoryLimit: string },
  runs: number,
  loads: readonly Load[],
): string {
  const found = loads.map(summary);
  const style = { head: [], border: [] };
  const main = new Table({ head: ['rows', 'what', 'build', 'process', 'cpu', 'peak memory', 'rows/s'], style });
  const bound = new Table({ head: ['rows', 'bound', 'measured', 'verdict'], style });
  const steps = new Table({ head: ['rows', 'step', 'first', '1% more'], style });
  for (const s of found) {
    const line = (what: string, m: typeof s.first, rows: number): void => {
      const rate = Math.round((rows / m.ms) * 1000).toLocaleString('en');
      main.push([s.rows.toLocaleString('en'), what, seconds(m.ms), seconds(m.wall), seconds(m.cpu), megabytes(m.peak), rate]);
    };
    line('onefold, first build', s.first, s.rows);
    line('onefold, 1% more rows', s.second, s.added);
    line('bare CTAS, into a file', s.bareFile, s.rows);
    line('bare CTAS, in memory', s.bareMemory, s.rows);
    const rows = s.rows.toLocaleString('en');
    bound.push(
      [rows, 'first build ÷ bare CTAS into a file: at most 4', s.ratio.toFixed(2), verdict(s.met.ratio)],
      [rows, '  aim: at most 2.5', s.ratio.toFixed(2), verdict(s.met.ratioAim)],
      [rows, '  for comparison: ÷ bare CTAS in memory', s.ratioToMemory.toFixed(2), ''],
      [rows, 'a run with 1% more rows ÷ first build: at most 5%', `${(s.increment * 100).toFixed(1)}%`, verdict(s.met.increment)],
      [rows, `resident memory: at most ${machine.memoryLimit} + 300 MB`, megabytes(s.peak), verdict(s.met.memory)],
    );
    s.steps.forEach((step, i) => {
      steps.push([rows, step.name, seconds(step.ms), seconds(s.incrementSteps[i]?.ms ?? 0)]);
    });
  }
  const files = found.map(
    (s) =>
      `${s.rows.toLocaleString('en')} rows: ${megabytes(s.csvBytes)} of csv → ${megabytes(s.bronzeBytes)} of bronze, ${megabytes(s.storeBytes)} of store`,
  );
  return `${[
    `${machine.cores} cores (${machine.cpu}), Node ${machine.node}, memory limit ${machine.memoryLimit}; medians of ${runs} interleaved runs`,
    ...files,
    main.toString(),
    bound.toString(),
    steps.toString(),
  ].join('\n')}\n`;
}
