import { erpnext } from './erpnext/connector.js';
import { file } from './file/connector.js';
import { googleSheets } from './google_sheets/connector.js';
import { netsuite } from './netsuite/connector.js';
import { postgres } from './postgres/connector.js';
import { rest } from './rest/connector.js';
import { salesforce } from './salesforce/connector.js';
import { stripe } from './stripe/connector.js';
import { supabase } from './supabase/connector.js';

/** Every connector: a file of its own and one line here. */
export const connectors = [erpnext, file, googleSheets, netsuite, postgres, rest, salesforce, stripe, supabase] as const;
