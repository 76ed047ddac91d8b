// `npm run example -- <name>`: generates an example's data (or takes ONEFOLD_DATA), builds it and prints its summary.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { onefold, ready, root } from './ready.mjs';

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
onefold(['build', '--project', project, '--store', join(project, own ? '.onefold-example' : '.onefold'), ...rest]);
