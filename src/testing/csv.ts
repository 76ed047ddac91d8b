/** A record: name of a column → its text, null where there is none. */
export type CsvRecord = Readonly<Record<string, string | null>>;

/** The records of a csv with a header, by the rules of RFC 4180; a field with nothing in it is null. */
export function csvRecords(text: string): readonly CsvRecord[] {
  const [header = [], ...rows] = lines(text);
  return rows.map((row) => Object.fromEntries(header.map((name, index) => [name, row[index] || null])));
}

/** The lines, each as its fields; lines without a character are left out. */
function* lines(text: string): Generator<readonly string[]> {
  let fields: string[] = [];
  for (const [, quoted, bare = '', end] of text.replace(/^\uFEFF/, '').matchAll(/(?:"((?:[^"]|"")*)"|([^,\n]*?))(,|\r?\n|$)/gy)) {
    fields.push(quoted?.replaceAll('""', '"') ?? bare);
    if (end === ',') continue;
    if (fields.length > 1 || fields[0] !== '') yield fields;
    fields = [];
  }
}
