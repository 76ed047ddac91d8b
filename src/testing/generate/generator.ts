import { constants } from 'node:fs';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OnefoldError } from '../../base/errors.js';
import type { Data, Fault, FileOfRecords, GeneratedFile, Plan } from './data.js';
import { type Dirt, dirtOf } from './dirt.js';
import { keyed } from './random.js';
import { openTruth, type Truth } from './truth.js';
import { type Layout, openRecords, type RecordFile } from './write.js';

/** Where to write, and what decides every byte written. */
export interface GenerateOptions {
  readonly out: string;
  /** A whole number from 0. */
  readonly seed: number;
  /** How many customers, persons or consumers there are: a whole number from 1. */
  readonly customers: number;
  /** A level (`none`, `light`, `normal`, `heavy`), a factor, or JSON with factors by kind; `normal` where it is left out. */
  readonly dirt?: string | undefined;
  /** Cut into that many deliveries, each in a folder `delivery_NN`, with late and corrected rows; 1 (no folders) where it is left out. */
  readonly batches?: number | undefined;
  /** Whether to write the truth beside the data, into the folder `truth`. */
  readonly truth?: boolean | undefined;
  /** Whether files that are there may be replaced; true where it is left out. */
  readonly replace?: boolean | undefined;
  /** Told how many rows of data files are written by now, every 100,000 of them. */
  readonly progress?: ((rows: number) => void) | undefined;
}

/**
 * A kind of synthetic data. `customers` is the size it is meant to be looked at in. `write` creates `out` where
 * it is missing, replaces files of the same names unless told not to, and throws an OnefoldError `USAGE` for an option that is out
 * of range or a file that is not to be replaced.
 */
export interface Generator {
  readonly name: string;
  readonly summary: string;
  readonly customers: number;
  readonly write: (options: GenerateOptions) => Promise<readonly GeneratedFile[]>;
}

/** What a generator has of its own; the writing is the same for all. */
export interface GeneratorDefinition {
  readonly name: string;
  readonly summary: string;
  readonly customers: number;
  readonly data: (plan: Plan) => Data;
}

const mostCustomers = 50_000_000;
const mostBatches = 99;

/** The share of rows that come in a later delivery than the one they belong to. */
const lateShare = 0.03;

/** Makes a generator that checks its options and streams its files one after the other. */
export function defineGenerator({ data, ...shown }: GeneratorDefinition): Generator {
  return {
    ...shown,
    write: async (options) => {
      const { out, seed, customers, batches = 1, replace = true } = options;
      requireWhole('seed', seed, 0, Number.MAX_SAFE_INTEGER);
      requireWhole('customers', customers, 1, mostCustomers);
      requireWhole('batches', batches, 1, mostBatches);
      const dirt = dirtOf(options.dirt ?? 'normal');
      const { files, truth } = data({ seed, customers, dirt });
      const folders = batches === 1 ? [''] : Array.from({ length: batches }, (_, k) => `delivery_${String(k + 1).padStart(2, '0')}`);
      if (!replace) await requireAbsent(files.flatMap(({ name }) => folders.map((folder) => join(out, folder, name))));
      await Promise.all(folders.map((folder) => mkdir(join(out, folder), { recursive: true })));
      const told = options.truth ? await openTruth(join(out, 'truth'), customers) : undefined;
      const written: GeneratedFile[] = [];
      let before = 0;
      for (const file of files) {
        const paths = folders.map((folder) => join(folder, file.name));
        const done = await deliver(file, { out, paths, told, late: lateOf(file, batches, seed, dirt) }, (rows) =>
          options.progress?.(before + rows),
        );
        before += done.reduce((sum, { rows }) => sum + rows, 0);
        written.push(...done);
      }
      if (told === undefined) return written;
      for (const { name, layout, rows } of truth) written.push(await writeTexts(join(out, 'truth', name), layout, rows));
      const made = { generator: shown.name, seed, customers, batches, dirt };
      await writeFile(join(out, 'truth', 'options.json'), `${JSON.stringify(made, undefined, 2)}\n`);
      return [...written, ...(await told.end())];
    },
  };
}

/** In which delivery row `at` of a file is written, and in which it belongs; deliveries are numbered from 0. */
type Deliveries = (at: number, corrected: boolean) => { readonly home: number; readonly final: number };

function lateOf(file: FileOfRecords, batches: number, seed: number, dirt: Dirt): Deliveries {
  const random = keyed(seed, `delivery of ${file.source}.${file.stream}`);
  const last = batches - 1;
  const share = lateShare * dirt.late;
  if (last === 0) return () => ({ home: 0, final: 0 });
  return (at, corrected) => {
    const home = Math.min(corrected ? last - 1 : last, Math.floor((at * batches) / Math.max(1, file.expected)));
    const draw = random(at);
    const later = corrected || (home < last && draw.chance(share));
    return { home, final: later ? draw.int(home + 1, last) : home };
  };
}

interface Delivery {
  readonly out: string;
  readonly paths: readonly string[];
  readonly told: Truth | undefined;
  readonly late: Deliveries;
}

const progressEvery = 100_000;

async function deliver(
  file: FileOfRecords,
  { out, paths, told, late }: Delivery,
  progress: (rows: number) => void,
): Promise<GeneratedFile[]> {
  const open: RecordFile[] = [];
  try {
    for (const path of paths) open.push(await openRecords(join(out, path), file.layout));
    const target = (delivery: number): RecordFile => open[delivery] ?? missing(file.name, delivery);
    const several = paths.length > 1;
    const tell = told?.stream(file.source, file.stream);
    let at = 0;
    for (const row of file.rows) {
      const earlier = several ? row.earlier : undefined;
      const { home, final } = late(at, earlier !== undefined);
      at += 1;
      if (at % progressEvery === 0) progress(at);
      if (earlier !== undefined) {
        const early = target(home);
        const waiting = early.add(earlier.text);
        if (waiting !== undefined) await waiting;
        const tale = tell?.(row, paths[home] ?? '', early.rows(), earlier.faults);
        if (tale !== undefined) await tale;
      }
      const into = target(final);
      const waiting = into.add(row.text);
      if (waiting !== undefined) await waiting;
      if (tell === undefined) continue;
      const delay: Fault[] =
        final > home && earlier === undefined ? [{ field: '', kind: 'late', written: String(final + 1), clean: String(home + 1) }] : [];
      const faults = delay.length === 0 ? row.faults : [...(row.faults ?? []), ...delay];
      const tale = tell(row, paths[final] ?? '', into.rows(), faults);
      if (tale !== undefined) await tale;
    }
    for (const one of open) await one.end();
  } catch (error) {
    await Promise.allSettled(open.map((one) => one.abandon()));
    throw error;
  }
  return open.map((one) => ({ path: one.path, rows: one.rows() }));
}

async function writeTexts(path: string, layout: Layout, texts: Iterable<string>): Promise<GeneratedFile> {
  const file = await openRecords(path, layout);
  for (const text of texts) {
    const waiting = file.add(text);
    if (waiting !== undefined) await waiting;
  }
  await file.end();
  return { path, rows: file.rows() };
}

async function requireAbsent(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const there = await access(path, constants.F_OK).then(
      () => true,
      () => false,
    );
    if (!there) continue;
    throw new OnefoldError('USAGE', `${path} is there already; nothing was written.`, {
      hint: `Give another folder with --out, or --force to replace the generated files in ${dirname(path)}.`,
    });
  }
}

function requireWhole(name: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new OnefoldError('USAGE', `The number given as ${name} must be a whole number from ${min} to ${max}, not ${value}.`, {
    hint: `Give ${name} as a whole number, such as ${name} 42.`,
  });
}

function missing(file: string, delivery: number): never {
  throw new RangeError(`${file} has no delivery ${delivery}`);
}
