import type fc from 'fast-check';

/**
 * How properties are run: the same cases every time, so that a build never fails by chance. To search on:
 * `ONEFOLD_TEST_RUNS=20 ONEFOLD_TEST_SEED=7 npx vitest run test/run` runs 20 times as many other cases.
 */
export function cases(numRuns: number): fc.Parameters<unknown> {
  const seed = Number(process.env['ONEFOLD_TEST_SEED'] ?? '20250701');
  const factor = Number(process.env['ONEFOLD_TEST_RUNS'] ?? '1');
  return { seed, numRuns: Math.ceil(numRuns * factor), interruptAfterTimeLimit: 600_000 * factor, markInterruptAsFailure: true };
}

/** How long a property may take, its search for a smaller example included. */
export const patience = 700_000 * Number(process.env['ONEFOLD_TEST_RUNS'] ?? '1');
