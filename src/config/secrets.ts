import { z } from 'zod';
import { OnefoldError } from '../base/errors.js';
import { rememberSecret } from '../base/redact.js';
import { environmentOf } from './environment.js';
import { command } from './secrets/command.js';
import { env } from './secrets/env.js';
import { file } from './secrets/file.js';

/** Every place that secrets can be kept in: a file of its own and one line here. */
const providers = [env, file, command] as const;

/** Where a secret is: never the secret itself. The one way in which a project file may speak of one. */
export const secretRef = z.union(providers.map((p) => p.shape)).meta({
  // Marks the places of the schema where what stands by mistake may be a secret, and is not to be repeated.
  secret: true,
  description: 'A secret by reference: `{ env: NAME }`, `{ file: PATH }` or `{ command: [PROGRAM, ARGUMENT, …] }`',
});

export type SecretRef = z.output<typeof secretRef>;

/** What references of opened projects have led to: a vault is asked once a project, not once for every stream. */
const found = new WeakMap<SecretRef, Promise<string>>();

/**
 * The secret that a reference names, when it is needed and not before. From then on it is masked in all that is written.
 * @param target whose `.env.<target>` counts beside `.env`
 * @throws OnefoldError `SECRET_MISSING`, which names the reference
 */
export function readSecret(ref: SecretRef, projectDir: string, target?: string): Promise<string> {
  const before = found.get(ref);
  if (before !== undefined) return before;
  const reading = read(ref, projectDir, target).catch((thrown: unknown) => {
    // What is put right meanwhile is found the next time.
    found.delete(ref);
    throw thrown;
  });
  found.set(ref, reading);
  return reading;
}

async function read(ref: SecretRef, projectDir: string, target: string | undefined): Promise<string> {
  const provider = providers.find((p) => p.name in ref);
  if (provider === undefined) throw new OnefoldError('SECRET_MISSING', 'a secret is kept in a place that is not known');
  const secret = await provider.read(ref, { projectDir, environment: await environmentOf(projectDir, target) });
  rememberSecret(secret);
  return secret;
}
