import { file } from './file/connector.js';

/** Every connector: a file of its own and one line here. */
export const connectors = [file] as const;
