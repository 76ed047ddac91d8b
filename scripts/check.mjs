// `npm test`: the whole check, each part by itself runnable: types, lint, import directions, dead code, tests.
import { must, ready, tool } from './ready.mjs';

ready();
tool('tsc', ['-p', 'tsconfig.json']);
tool('biome', ['check', '--error-on-warnings', '.']);
must(process.execPath, ['scripts/boundaries.mjs']);
tool('knip', []);
tool('vitest', ['run']);
