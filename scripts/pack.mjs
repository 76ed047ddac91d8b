// `npm run check:package`: packs the package, installs it into an empty folder as a user would, and lets it work there: the command line,
// the library from JavaScript, its types under both module resolutions, and publint. Needs the registry, or a cache that has been there.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { ready, root } from './ready.mjs';

ready();
const folder = mkdtempSync(join(tmpdir(), 'onefold-package-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const user = join(folder, 'user');
mkdirSync(user);

/** Runs a command in the user's folder and returns what it printed; where it fails, shows that and ends. */
function run(command, args, cwd = user) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' });
  if (status === 0) return stdout;
  process.stderr.write(`${command} ${args.join(' ')} failed\n${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}\n`);
  process.exit(1);
}

function expect(what, holds) {
  process.stdout.write(`${holds ? 'ok  ' : 'FAIL'} ${what}\n`);
  if (!holds) process.exitCode = 1;
}

// dist is built already, so that packing must not build it again.
run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], root);
const tarball = join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '');
const listed = run('tar', ['-tzf', tarball], folder).split('\n');
const stray = listed.filter(
  (name) =>
    !/^package\/(dist\/.+\.(js|d\.ts|map)|dist\/site\/assets\/.+|dist\/shared\/[a-z]+\.LICENSE|package\.json|[A-Z]+(\.md)?|docs\/reference\/project\.schema\.json)?$|^$/.test(
      name,
    ),
);
expect(`the package holds nothing but what it needs${stray.length === 0 ? '' : `: ${stray.join(', ')}`}`, stray.length === 0);

const { messages, pkg } = await publint({ pkgDir: root, pack: 'npm', strict: true });
expect(`publint has nothing to say${messages.map((m) => `\n     ${formatMessage(m, pkg)}`).join('')}`, messages.length === 0);

writeFileSync(join(user, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }));
run('npm', ['install', tarball, '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']);
expect('it installs into an empty folder', true);

run('npx', ['onefold', 'init']);
run('npx', ['onefold', 'validate']);
run('npx', ['onefold', 'build', '--as-of', '2025-07-01', '--quiet']);
run('npx', ['onefold', 'plan', '--as-of', '2025-07-01', '--quiet']);
run('npx', ['onefold', 'docs', '--out', 'site']);
const [counted] = JSON.parse(run('npx', ['onefold', 'query', 'SELECT count(*) AS n FROM gold.customer', '--json']));
expect('`onefold init`, `validate`, `build`, `plan`, `docs` and `query` work there', counted.n === 4);

writeFileSync(
  join(user, 'library.mjs'),
  `import { openProject, openReader } from 'onefold';
import * as testing from 'onefold/testing';
import schema from 'onefold/project.schema.json' with { type: 'json' };
const { engine, snapshot } = await openReader((await openProject('.')).store);
engine.close();
console.log(JSON.stringify([snapshot.run_id, Object.keys(testing).length > 0, schema.title]));
`,
);
const [runId, tests, title] = JSON.parse(run(process.execPath, ['--no-warnings', 'library.mjs']));
expect('the library, `onefold/testing` and the JSON Schema can be imported', runId === 'r000001' && tests && title === 'Onefold project');

writeFileSync(
  join(user, 'types.ts'),
  `import type { BuildResult, Project } from 'onefold';
import { build, defineProject, openProject, realEffects } from 'onefold';
import * as testing from 'onefold/testing';
export const known: object = testing;
export async function run(): Promise<BuildResult> {
  const project: Project = await openProject('.', { target: 'prod', vars: { region: 'CH' } });
  return build(project, { asOf: new Date(), effects: realEffects() });
}
// @ts-expect-error a column type that does not exist
export default defineProject({ name: 'x', sources: {}, tables: { t: { from: 'a.b', key: 'id', columns: { id: { type: 'nothing' } } } } });
`,
);
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
for (const [resolution, module] of [
  ['bundler', 'esnext'],
  ['node16', 'node16'],
]) {
  const options = ['--noEmit', '--strict', '--target', 'es2023', '--module', module, '--moduleResolution', resolution];
  run(process.execPath, [tsc, ...options, 'types.ts', 'onefold.config.ts']);
  expect(`its types hold under moduleResolution ${resolution}`, true);
}
