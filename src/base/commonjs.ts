import { createRequire } from 'node:module';

/**
 * Loads a package that is CommonJS within, where it is asked for. Node reads each file of one that is imported twice, the second time
 * for the names that it exports: with the larger packages that takes longer than all else.
 */
export const loadCommonJs = createRequire(import.meta.url);
