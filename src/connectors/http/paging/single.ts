import { z } from 'zod';
import { pagingKind } from './contract.js';

/** One request gives everything. */
export const single = pagingKind({
  name: 'single',
  options: z.strictObject({ kind: z.literal('single') }),
  position: z.null(),
  open: () => ({ first: null, sizes: null, ask: (request) => request, next: () => 'end' }),
});
