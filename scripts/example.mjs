// `npm run example -- <name>`: generates an example's data (or takes ONEFOLD_DATA), starts the services that it reads, builds it and prints its summary.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { onefold, ready, root } from './ready.mjs';
import { startServices } from './services.mjs';

const names = readdirSync(join(root, 'examples')).filter((name) => existsSync(join(root, 'examples', name, 'onefold.config.ts')));
const [name, ...rest] = process.argv.slice(2);
if (name === undefined || !names.includes(name)) {
  process.stderr.write(`Which example? npm run example -- ${names.join(' | ')}\n`);
  process.exit(2);
}
ready();
const project = join('examples', name);
const own = process.env.ONEFOLD_DATA === undefined;
if (own && !existsSync(join(root, project, 'data'))) onefold(['generate', name, '--out', join(project, 'data'), '--seed', '42']);
// Generated data has a store of its own, so that it never mixes with data that ONEFOLD_DATA names.
const store = join(project, own ? '.onefold-example' : '.onefold');
// Not waited for in one go, as other commands are: the services answer from this process meanwhile.
const { env, close } = await startServices(name, own ? join(root, project, 'data') : resolve(process.env.ONEFOLD_DATA));
const building = spawn(process.execPath, [join(root, 'dist', 'cli', 'main.js'), 'build', '--project', project, '--store', store, ...rest], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, ...env },
});
const [code] = await once(building, 'close');
await close();
process.exitCode = code ?? 1;
