import { erpnext } from './erpnext/connector.js';
import { file } from './file/connector.js';
import { googleSheets } from './google_sheets/connector.js';
import { netsuite } from './netsuite/connector.js';
import { postgres } from './postgres/connector.js';
import { rest } from './rest/connector.js';
import { stripe } from './stripe/connector.js';
import { supabase } from './supabase/connector.js';
export const connectors = [erpnext, file, googleSheets, netsuite, postgres, rest, stripe, supabase] as const;
