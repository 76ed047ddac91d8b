import { z } from 'zod';
import { secretRef } from '../../../config/secrets.js';
import { authKind, putHeader } from './contract.js';

/** User name and password (RFC 7617). Services that take a key as the user name leave the password out. */
export const basic = authKind({
  name: 'basic',
  options: z.strictObject({
    kind: z.literal('basic'),
    user: z.union([z.string(), secretRef]).describe('User name, or where it is'),
    password: secretRef.optional().describe('Empty if left out'),
  }),
  open: ({ user, password }, { world }) => ({
    sign: async ({ headers }) => {
      const name = typeof user === 'string' ? user : await world.secret(user);
      const pass = password === undefined ? '' : await world.secret(password);
      putHeader(headers, 'authorization', `Basic ${Buffer.from(`${name}:${pass}`, 'utf8').toString('base64')}`);
      return null;
    },
  }),
});
