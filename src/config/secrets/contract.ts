import type { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import type { Environment } from '../environment.js';

/** Where a provider looks: the project's folder, which relative paths start from, and its environment, `.env` files included. */
export interface SecretScope {
  readonly projectDir: string;
  readonly environment: Environment;
}

/** A place that secrets are kept in: how a reference to it is written, and how it is read. */
export interface SecretProvider<Shape extends z.ZodType = z.ZodType> {
  /** The option that tells a reference of this kind from others. */
  readonly name: string;
  readonly shape: Shape;
  /** @throws OnefoldError `SECRET_MISSING`, with a message that quotes nothing that the place holds or says */
  readonly read: (ref: unknown, scope: SecretScope) => Promise<string>;
}

/** A provider whose `read` gets the reference as its schema parsed it. */
export function secretProvider<Shape extends z.ZodType>(definition: {
  readonly name: string;
  readonly shape: Shape;
  readonly read: (ref: z.output<Shape>, scope: SecretScope) => Promise<string>;
}): SecretProvider<Shape> {
  return { ...definition, read: (ref, scope) => definition.read(definition.shape.parse(ref), scope) };
}

/** The error of a secret that is not to be had. */
export function secretMissing(what: string, hint: string): OnefoldError {
  return new OnefoldError('SECRET_MISSING', what, { hint });
}
