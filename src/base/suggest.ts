/** Edit distance with transpositions (optimal string alignment), in single-character edits. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, substitution);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** The nearest of the known names, as the end of a message: `; did you mean \`email\`?`, or what there is, or nothing. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const names = [...known];
  const ranked = names
    .map((candidate) => ({ candidate, d: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((x, y) => x.d - y.d || x.candidate.localeCompare(y.candidate));
  const nearest = ranked[0];
  if (nearest !== undefined && nearest.d <= Math.max(2, Math.floor(name.length / 3))) {
    return `; did you mean \`${nearest.candidate}\`?`;
  }
  if (names.length === 0) return '';
  const shown = names
    .slice(0, 8)
    .map((n) => `\`${n}\``)
    .join(', ');
  return `; known: ${shown}${names.length > 8 ? ', …' : ''}`;
}
