// Services that examples read. Each starts on a free port and is told to the example by the variables of its environment.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './ready.mjs';

/** Starts what an example needs; `data` is the folder that its services serve. Returns the environment, and how to end them. */
export async function startServices(example, data) {
  if (example !== 'bank' && example !== 'crm360') return { env: {}, close: async () => {} };
  const { startBank, startDirectoryService } = await import(pathToFileURL(join(root, 'dist', 'testing', 'index.js')).href);
  if (example === 'bank') return startBank(data);
  const records = (name) => JSON.parse(readFileSync(join(data, `${name}.json`), 'utf8'));
  const service = await startDirectoryService({ collections: { users: records('users'), posts: records('posts') } });
  return { env: { ONEFOLD_DIRECTORY_URL: service.url }, close: service.close };
}
