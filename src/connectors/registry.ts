import { file } from './file/connector.js';
import { postgres } from './postgres/connector.js';

/** Every connector: a file of its own and one line here. */
export const connectors = [file, postgres] as const;
