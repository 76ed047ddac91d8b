import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fault, GeneratedFile, Row } from './data.js';
import { padded } from './notation.js';
import { csvLayout, csvRecord, openRecords } from './write.js';

/** The name of a person in the truth: `P` and the number from 1, as wide as that of the last of `customers`. */
export function personId(person: number, customers: number): string {
  return `P${padded(person + 1, Math.max(6, String(customers).length))}`;
}

/** Tells of one row: the file it stands in (relative to `out`), its number there from 1, and what is wrong with it. */
type Tell = (row: Row, file: string, number: number, faults: readonly Fault[] | undefined) => Promise<void> | undefined;

/** The truth while data is written: `records.csv` (each record's person, once) and `corruptions.csv` (every fault). */
export interface Truth {
  readonly stream: (source: string, stream: string) => Tell;
  readonly end: () => Promise<readonly GeneratedFile[]>;
}

/** Opens the two files of the truth in a folder, which is made where it is missing. */
export async function openTruth(folder: string, customers: number): Promise<Truth> {
  await mkdir(folder, { recursive: true });
  const records = await openRecords(join(folder, 'records.csv'), csvLayout(['source', 'stream', 'id', 'entity_id']));
  const corruptions = await openRecords(
    join(folder, 'corruptions.csv'),
    csvLayout(['source', 'stream', 'file', 'row', 'id', 'field', 'kind', 'written', 'clean']),
  );
  return {
    stream: (source, stream) => {
      const seen = new Bits();
      return (row, file, number, faults) => {
        const { id, person } = row;
        let waiting: Promise<void> | undefined;
        if (id !== undefined && (row.number === undefined || seen.add(row.number)))
          waiting = records.add(csvRecord([source, stream, id, person === undefined ? '' : personId(person, customers)]));
        if (faults === undefined || faults.length === 0) return waiting;
        for (const { field, kind, written, clean } of faults)
          waiting = both(
            waiting,
            corruptions.add(csvRecord([source, stream, file, String(number), id ?? '', field, kind, written, clean])),
          );
        return waiting;
      };
    },
    end: async () => {
      await records.end();
      await corruptions.end();
      return [records, corruptions].map((file) => ({ path: file.path, rows: file.rows() }));
    },
  };
}

/** A set of whole numbers from 0 that takes one bit for each up to the greatest. */
class Bits {
  private words = new Uint32Array(1024);

  /** Whether the number was not in the set before; now it is. */
  add(number: number): boolean {
    const at = number >>> 5;
    if (at >= this.words.length) {
      const more = new Uint32Array(Math.max(at + 1, this.words.length * 2));
      more.set(this.words);
      this.words = more;
    }
    const word = this.words[at] ?? 0;
    const bit = 1 << (number & 31);
    this.words[at] = word | bit;
    return (word & bit) === 0;
  }
}

function both(first: Promise<void> | undefined, second: Promise<void> | undefined): Promise<void> | undefined {
  if (first === undefined) return second;
  return second === undefined ? first : first.then(() => second);
}
