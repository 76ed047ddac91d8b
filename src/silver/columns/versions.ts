import { createRequire } from 'node:module';
import { z } from 'zod';

const load = createRequire(import.meta.url);

/** A library and its version, for types whose answers come from the library's data: a new version replays their tables. */
export function libraryVersion(name: string): string {
  return `${name} ${z.object({ version: z.string() }).parse(load(`${name}/package.json`)).version}`;
}
