import { file } from './file/connector.js';
import { netsuite } from './netsuite/connector.js';
import { postgres } from './postgres/connector.js';
import { rest } from './rest/connector.js';

/** Every connector: a file of its own and one line here. */
export const connectors = [file, netsuite, postgres, rest] as const;
