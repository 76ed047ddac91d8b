// Builds dist/ from scratch, and lets `npx onefold` in this checkout find it.
import { chmodSync, cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { root, tool } from './ready.mjs';

rmSync(join(root, 'dist'), { recursive: true, force: true });
tool('tsc', ['-p', 'tsconfig.build.json']);
// The style and the script of `onefold docs` go along as they are.
cpSync(join(root, 'src', 'site', 'assets'), join(root, 'dist', 'site', 'assets'), { recursive: true });
chmodSync(join(root, 'dist', 'cli', 'main.js'), 0o755);
if (process.platform !== 'win32') {
  const link = join(root, 'node_modules', '.bin', 'onefold');
  mkdirSync(join(root, 'node_modules', '.bin'), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync('../../dist/cli/main.js', link);
}
