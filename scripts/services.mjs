// Services that examples read. Each starts on a free port and is told to the example by the variables of its environment.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createJiti } from 'jiti';
import { root } from './ready.mjs';

/** What an example needs: each starts with the folder of its data, and gives the environment and how to end it. */
const services = {
  bank: async (data) => (await emulators()).startBank(data),
  crm360: async (data) => {
    const { startDirectoryService } = await emulators();
    const records = (name) => JSON.parse(readFileSync(join(data, `${name}.json`), 'utf8'));
    const service = await startDirectoryService({ collections: { users: records('users'), posts: records('posts') } });
    return { env: { ONEFOLD_DIRECTORY_URL: service.url }, close: service.close };
  },
  utility: async (data) => {
    const { startUtility } = await createJiti(import.meta.url).import(join(root, 'test', 'support', 'utility.ts'));
    const database = await startUtility(data);
    return { env: { ONEFOLD_UTILITY_URL: database.url }, close: database.stop };
  },
};

function emulators() {
  return import(pathToFileURL(join(root, 'dist', 'testing', 'index.js')).href);
}

/** Starts what an example needs; `data` is the folder that its services serve. Returns the environment, and how to end them. */
export async function startServices(example, data) {
  return (await services[example]?.(data)) ?? { env: {}, close: async () => {} };
}
