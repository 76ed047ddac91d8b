/** Onefold's tools for tests and demonstrations. */
export type { GeneratedFile, GenerateOptions, Generator } from './generate/index.js';
export { dirtKinds, generators } from './generate/index.js';
