import type { Fault } from './data.js';

const none: readonly Fault[] = [];

/** What is wrong with a reference: nothing, that it is left out, or that it names another. */
export function reference(field: string, written: string, clean: string): readonly Fault[] {
  if (written === clean) return none;
  return [{ field, kind: written === '' ? 'missing' : 'contradicting', written, clean }];
}

/** What is wrong with a value that was left out, or not. */
export function left(field: string, written: string, clean: string): readonly Fault[] {
  return written === clean ? none : [{ field, kind: 'missing', written, clean }];
}
