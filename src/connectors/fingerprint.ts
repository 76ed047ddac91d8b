import { createHash } from 'node:crypto';

/** A short name of what a stream asks for, kept in its cursor: where it is another, the stream is read anew. Hexadecimal digits. */
export function fingerprint(asked: readonly unknown[], digits = 16): string {
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex').slice(0, digits);
}
