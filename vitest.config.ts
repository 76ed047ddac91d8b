import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    alias: {
      'onefold/testing': fileURLToPath(new URL('src/testing/index.ts', import.meta.url)),
      onefold: fileURLToPath(new URL('src/index.ts', import.meta.url)),
    },
  },
  test: { include: ['test/**/*.test.ts'], testTimeout: 180_000, hookTimeout: 180_000, pool: 'forks', maxWorkers: 2 },
});
