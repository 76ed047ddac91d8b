// Builds dist/ from scratch, and lets `npx onefold` in this checkout find it. Types are a file for each module; the modules themselves
// are bundled, since Node takes longer to find and read three hundred of them than a small command takes. Packages stay packages, but for
// zod: every command needs it, and most of its hundred modules are translations. A project's own zod and ours understand each other.
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { root, tool } from './ready.mjs';

rmSync(join(root, 'dist'), { recursive: true, force: true });
tool('tsc', ['-p', 'tsconfig.build.json']);
const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const bundled = 'zod';
const packages = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => name !== bundled);
const bundle = await rolldown({
  cwd: root,
  input: { index: 'src/index.ts', 'testing/index': 'src/testing/index.ts', 'cli/main': 'src/cli/main.ts' },
  platform: 'node',
  external: (id) => isBuiltin(id) || packages.some((name) => id === name || id.startsWith(`${name}/`)),
});
// What the entries share lies in one folder, from which the entry `index` is found (src/run/project/open.ts). Comments would be read at every start.
await bundle.write({ dir: 'dist', format: 'esm', chunkFileNames: 'shared/[name].js', sourcemap: true, comments: false });
cpSync(join(root, 'node_modules', bundled, 'LICENSE'), join(root, 'dist', 'shared', `${bundled}.LICENSE`));
// The style and the script of `onefold docs` go along as they are.
cpSync(join(root, 'src', 'site', 'assets'), join(root, 'dist', 'site', 'assets'), { recursive: true });
chmodSync(join(root, 'dist', 'cli', 'main.js'), 0o755);
if (process.platform !== 'win32') {
  const link = join(root, 'node_modules', '.bin', 'onefold');
  mkdirSync(join(root, 'node_modules', '.bin'), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync('../../dist/cli/main.js', link);
}
