/** Onefold's tools for tests and demonstrations. */

export type { BankSystems } from './bank_systems.js';
export { startBank } from './bank_systems.js';
export type { DirectoryOptions, DirectoryRecord, DirectoryRequest, DirectoryService } from './emulators/directory_service.js';
export { startDirectoryService } from './emulators/directory_service.js';
export type { Erpnext, ErpnextDocument, ErpnextOptions } from './emulators/erpnext.js';
export { startErpnext } from './emulators/erpnext.js';
export type { Fault, Faults } from './emulators/faults.js';
export type { GoogleSheets, GoogleSheetsOptions, SheetCell, SheetFormat, SheetRow } from './emulators/google_sheets.js';
export { asEntered, startGoogleSheets } from './emulators/google_sheets.js';
export type { NetsuiteAccount, NetsuiteOptions } from './emulators/netsuite.js';
export { startNetsuite } from './emulators/netsuite.js';
export type { NetsuiteCertificate, NetsuiteToken } from './emulators/netsuite_login.js';
export type { Row } from './emulators/postgrest/query.js';
export type { PgType } from './emulators/postgrest/values.js';
export type { SalesforceLogin } from './emulators/salesforce/login.js';
export type { SalesforceObject, SalesforceRecord } from './emulators/salesforce/objects.js';
export type { Salesforce, SalesforceOptions } from './emulators/salesforce.js';
export { startSalesforce } from './emulators/salesforce.js';
export type { Arrived } from './emulators/server.js';
export type { StripeEmulator, StripeKey, StripeOptions } from './emulators/stripe.js';
export { startStripe } from './emulators/stripe.js';
export type { StripeAccount } from './emulators/stripe_account.js';
export type { StripeRecord } from './emulators/stripe_tables.js';
export type { SupabaseOptions, SupabaseService, SupabaseTable } from './emulators/supabase.js';
export { startSupabase } from './emulators/supabase.js';
export type { GeneratedFile, GenerateOptions, Generator } from './generate/index.js';
export { dirtKinds, generators } from './generate/index.js';
