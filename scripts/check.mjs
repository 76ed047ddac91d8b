// `npm test`: the whole check, each part by itself runnable: types, lint, import directions, dead code, tests.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { must, ready, root, tool } from './ready.mjs';

ready();
tool('tsc', ['-p', 'tsconfig.json']);
tool('biome', ['check', '--error-on-warnings', '.']);
must(process.execPath, ['scripts/boundaries.mjs']);
tool('knip', []);

const report = join(root, 'node_modules', '.cache', 'test-report.json');
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
rmSync(report, { force: true });
const run = spawnSync(process.execPath, [vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`], {
  cwd: root,
  stdio: 'inherit',
});
if (existsSync(report)) {
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  // A file that fails as a whole, such as at an import, has no failed test to be counted.
  const whole = testResults.filter((file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'));
  process.stdout.write(`${numPassedTests} passed, ${numFailedTests + whole.length} failed\n`);
}
process.exit(run.status ?? 1);
