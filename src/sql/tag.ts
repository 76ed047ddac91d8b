/** A piece of SQL whose identifiers are quoted and whose values are escaped: it can be run, or put into another piece. */
export class Sql {
  readonly text: string;
  /** Only `sql`, `id`, `join` and `trusted` of this file make pieces. */
  constructor(text: string) {
    this.text = text;
  }
}

export type SqlValue = Sql | string | number | bigint | boolean | null | Date | readonly SqlValue[];

/** A value as a SQL literal. @throws RangeError for a number that is not finite. */
function literal(value: SqlValue): string {
  if (value instanceof Sql) return value.text;
  if (value === null) return 'NULL';
  if (typeof value === 'string') return text(value);
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RangeError('a number in SQL must be finite');
    return String(value);
  }
  if (value instanceof Date) return `TIMESTAMP '${value.toISOString().replace('T', ' ').replace('Z', '')}'`;
  return `[${value.map(literal).join(', ')}]`;
}

/** A text literal; NUL, which a literal can't hold, is spelled by its code. */
function text(value: string): string {
  const parts = value.split('\0').map((part) => `'${part.replaceAll("'", "''")}'`);
  return parts.length === 1 ? (parts[0] ?? "''") : `(${parts.join(' || chr(0) || ')})`;
}

/** SQL from a template: nested pieces as they are, every other value escaped as a literal. */
export function sql(strings: TemplateStringsArray, ...values: readonly SqlValue[]): Sql {
  let out = strings[0] ?? '';
  values.forEach((value, i) => {
    out += literal(value) + (strings[i + 1] ?? '');
  });
  return new Sql(out);
}

/** A quoted identifier, qualified when several parts are given. */
export function id(...parts: readonly string[]): Sql {
  return new Sql(parts.map((part) => `"${part.replaceAll('"', '""').replaceAll('\0', '')}"`).join('.'));
}

/** Pieces joined by a separator. */
export function join(parts: readonly Sql[], separator = ', '): Sql {
  return new Sql(parts.map((part) => part.text).join(separator));
}

/** SQL that a person wrote in the project (a model, an `expression`), or that this package spells as a constant. */
export function trusted(text: string): Sql {
  return new Sql(text);
}
