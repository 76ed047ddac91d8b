/** Queries in SOQL. Names are checked by the options; what comes from records and cursors is written as a literal here alone. */

/** Where a reading in order of (cursor, Id), or of Id alone, has come to. */
export interface After {
  /** Value of the cursor; null where it is no part of the order. */
  readonly at: string | null;
  readonly id: string;
}

export interface Selection {
  readonly object: string;
  readonly fields: readonly string[];
  readonly where: string | undefined;
  /** Field that the order begins with; null for the order of Id alone. */
  readonly cursor: string | null;
  readonly since: string | null;
  /** Excluded. */
  readonly until: string | null;
  readonly after: After | null;
}

/** The query for a selection, in an order in which any record can be gone on from. */
export function soqlOf({ object, fields, where, cursor, since, until, after }: Selection): string {
  const conditions = [
    ...(where === undefined ? [] : [`(${where})`]),
    ...(cursor === null || since === null ? [] : [`${cursor} >= ${momentOf(since)}`]),
    ...(cursor === null || until === null ? [] : [`${cursor} < ${momentOf(until)}`]),
    ...(after === null ? [] : [behind(cursor, after)]),
  ];
  const filter = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return `SELECT ${fields.join(',')} FROM ${object}${filter} ORDER BY ${cursor === null ? '' : `${cursor},`}Id`;
}

function behind(cursor: string | null, { at, id }: After): string {
  const later = `Id > ${textOf(id)}`;
  if (cursor === null || at === null) return later;
  return `(${cursor} > ${momentOf(at)} OR (${cursor} = ${momentOf(at)} AND ${later}))`;
}

/** A moment as SOQL spells it; answers have offsets without a colon, which queries don't take. */
function momentOf(text: string): string {
  return new Date(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')).toISOString();
}

function textOf(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}

/** Whether a condition is one as a whole: put between parentheses, it can't end them and go on behind. */
export function isClosed(condition: string): boolean {
  const bare = withoutTexts(condition);
  if (bare === null) return false;
  let depth = 0;
  for (const c of bare) {
    depth += c === '(' ? 1 : c === ')' ? -1 : 0;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** Whether a query only reads: SOQL can note that records were viewed, count views of articles, and lock rows. */
export function isReading(soql: string): boolean {
  const bare = withoutTexts(soql);
  return bare !== null && /^\s*SELECT\b/i.test(bare) && !/\bFOR\s+(VIEW|REFERENCE|UPDATE)\b|\bUPDATE\b/i.test(bare);
}

/** With its texts emptied; null when one is not closed. */
function withoutTexts(soql: string): string | null {
  const bare = soql.replaceAll(/'(?:[^'\\]|\\[\s\S])*'/g, "''");
  return bare.replaceAll("''", '').includes("'") ? null : bare;
}
