/** Bits, which are log2 of odds, as a probability. */
export function probabilityOf(bits: number): number {
  return 1 / (1 + 2 ** -bits);
}
