import { once } from 'node:events';
import { streamsOnly } from '../../src/cli/sync.js';
import { build, openProject, realEffects } from '../../src/index.js';
import { asOf } from '../support/project.js';

/*
 * Says that it is loaded, waits for a word, and lands the streams of the project in a folder, in small segments. It is killed from
 * outside: `kill_reading.child.ts <folder>`.
 */
const [dir = ''] = process.argv.slice(2);
process.stdout.write('loaded\n');
await once(process.stdin, 'data');
process.stdin.destroy();
await build(await openProject(dir), {
  asOf,
  effects: realEffects(),
  select: streamsOnly(),
  sealing: { rows: 20, bytes: Infinity, ms: Infinity },
});
process.stdout.write('done\n');
