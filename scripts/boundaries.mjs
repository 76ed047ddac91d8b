// Checks the directions of imports, and that the checker has seen the modules at all.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './ready.mjs';

const run = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs'),
    'src',
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'json',
  ],
  {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  },
);
const { summary } = JSON.parse(run.stdout);
for (const v of summary.violations) process.stdout.write(`${v.rule.name}: ${v.from} → ${v.to}\n`);
process.stdout.write(`${summary.totalCruised} modules, ${summary.violations.length} imports in a forbidden direction\n`);
if (summary.violations.length > 0 || summary.totalCruised < 80) process.exit(1);
