import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { OnefoldError } from '../base/errors.js';

/** Where a secret is: never the secret itself. The one way in which a project file may speak of one. */
export const secretRef = z
  .union([z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })])
  .describe('A secret by reference: `{ env: NAME }` or `{ file: PATH }`');

export type SecretRef = z.output<typeof secretRef>;

/**
 * The secret that a reference names, when it is needed and not before.
 * @throws OnefoldError `SECRET_MISSING`, which names the reference
 */
export async function readSecret(ref: SecretRef, projectDir: string): Promise<string> {
  const found =
    'env' in ref
      ? process.env[ref.env]
      : await readFile(resolve(projectDir, ref.file), 'utf8').then(
          (text) => text.trim(),
          () => undefined,
        );
  if (found !== undefined && found !== '') return found;
  const what = 'env' in ref ? `the environment variable ${ref.env} is not set` : `the file ${ref.file} can't be read or is empty`;
  throw new OnefoldError('SECRET_MISSING', what);
}
