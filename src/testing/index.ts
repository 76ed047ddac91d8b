/** Onefold's tools for tests and demonstrations. */

export type { DirectoryOptions, DirectoryRecord, DirectoryRequest, DirectoryService } from './emulators/directory_service.js';
export { startDirectoryService } from './emulators/directory_service.js';
export type { Fault } from './emulators/faults.js';
export type { NetsuiteAccount, NetsuiteOptions } from './emulators/netsuite.js';
export { startNetsuite } from './emulators/netsuite.js';
export type { NetsuiteCertificate, NetsuiteToken } from './emulators/netsuite_login.js';
export type { Arrived } from './emulators/server.js';
export type { StripeEmulator, StripeKey, StripeOptions } from './emulators/stripe.js';
export { startStripe } from './emulators/stripe.js';
export type { StripeAccount } from './emulators/stripe_account.js';
export type { StripeRecord } from './emulators/stripe_tables.js';
export type { GeneratedFile, GenerateOptions, Generator } from './generate/index.js';
export { dirtKinds, generators } from './generate/index.js';
