/**
 * Rows of which one statement may keep in memory what it can't put aside: states of lists and texts, tables of several joins at once. What has more
 * rows is made in parts, so that memory follows from this and not from how much data there is.
 */
const atOnce = 1_000_000;

/** In how many parts something of so many rows is made; at least one. */
export function partsOf(rows: number): number {
  return Math.max(1, Math.ceil(rows / atOnce));
}
