import { z } from 'zod';
import { loadCommonJs } from '../../base/commonjs.js';

/** A library and its version, for types whose answers come from the library's data: a new version replays their tables. */
export function libraryVersion(name: string): string {
  return `${name} ${z.object({ version: z.string() }).parse(loadCommonJs(`${name}/package.json`)).version}`;
}
