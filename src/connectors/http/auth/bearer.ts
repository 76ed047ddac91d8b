import { z } from 'zod';
import { secretRef } from '../../../config/secrets.js';
import { authKind, putHeader } from './contract.js';

/** A token that was issued once and does not change during a run (RFC 6750). */
export const bearer = authKind({
  name: 'bearer',
  options: z.strictObject({ kind: z.literal('bearer'), token: secretRef }),
  open: ({ token }, { world }) => ({
    sign: async ({ headers }) => {
      putHeader(headers, 'authorization', `Bearer ${await world.secret(token)}`);
      return null;
    },
  }),
});
