/** Onefold's tools for tests and demonstrations. */

export type { DirectoryOptions, DirectoryRecord, DirectoryRequest, DirectoryService } from './emulators/directory_service.js';
export { startDirectoryService } from './emulators/directory_service.js';
export type { NetsuiteAccount, NetsuiteOptions } from './emulators/netsuite.js';
export { startNetsuite } from './emulators/netsuite.js';
export type { NetsuiteCertificate, NetsuiteToken } from './emulators/netsuite_login.js';
export type { GeneratedFile, GenerateOptions, Generator } from './generate/index.js';
export { dirtKinds, generators } from './generate/index.js';
