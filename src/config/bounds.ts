interface Bounds {
  readonly min?: number | string | undefined;
  readonly max?: number | string | undefined;
}

/** Whether a minimum is not above its maximum: numbers by their size, days and moments by how they are written. */
export function inOrder({ min, max }: Bounds): boolean {
  if (min === undefined || max === undefined) return true;
  const [low, high] = [Number(min), Number(max)];
  return Number.isNaN(low) || Number.isNaN(high) ? String(min) <= String(max) : low <= high;
}

/** What is said of bounds that are not in order. */
export const outOfOrder = '`min` is above `max`';
