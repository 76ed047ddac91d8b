import { createHash } from 'node:crypto';

/** A digest of anything that JSON can spell: 32 hexadecimal digits. */
export function fingerprint(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);
}
