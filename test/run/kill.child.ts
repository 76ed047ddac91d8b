import { build, openProject, realEffects } from '../../src/index.js';
import { asOf } from '../support/project.js';

/*
 * Builds the project in a folder and kills its own process at the n-th durable act, just before it or just after it:
 * `kill.child.ts <folder> <n> before|after`. The name of the act is written to stdout first.
 */
const [dir = '', at = '', moment = ''] = process.argv.slice(2);
let acts = 0;

async function die(name: string): Promise<never> {
  await new Promise<void>((done) => process.stdout.write(name, () => done()));
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => {});
}

const effects = {
  ...realEffects(),
  commit: async <T>(name: string, act: () => Promise<T>): Promise<T> => {
    const mine = acts++ === Number(at);
    if (mine && moment === 'before') await die(name);
    const result = await act();
    if (mine) await die(name);
    return result;
  },
};

await build(await openProject(dir), { asOf, effects });
