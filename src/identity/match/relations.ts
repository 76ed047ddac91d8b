import { z } from 'zod';
import type { Columns } from '../../engine/engine.js';

/** A column of a relation that was read, as numbers; empty where there is none. */
export function numbers(relation: Columns | undefined, column: string): readonly number[] {
  return z.array(z.coerce.number()).parse(relation?.[column] ?? []);
}

/** A column of a relation that was read, as texts; empty where there is none. */
export function texts(relation: Columns | undefined, column: string): readonly string[] {
  return z.array(z.string()).parse(relation?.[column] ?? []);
}
