import { z } from 'zod';
import { own } from '../interpolate.js';
import { secretMissing, secretProvider } from './contract.js';

/** A secret in an environment variable, or in the project's `.env` files. */
export const env = secretProvider({
  name: 'env',
  shape: z.strictObject({
    // A secret that somebody writes here by mistake must not be repeated as a name that is not set; few look like one.
    env: z.string().regex(/^[A-Z_][A-Z0-9_]*$/, '`env` must name an environment variable: capital letters, digits and _'),
  }),
  read: async ({ env: name }, { environment }) => {
    const value = own(environment, name);
    if (value !== undefined && value !== '') return value;
    throw secretMissing(`the environment variable ${name} is not set`, `Set ${name}, or write it into \`.env\` beside the project file.`);
  },
});
