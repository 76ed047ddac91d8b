/*
 * The engine loses rows where, in one transaction, a table is written with none and then with more than a group of them (122,880): what the first statement
 * leaves behind for the rows that the transaction adds takes no rows that several threads have read in order, though the second statement says that it wrote them
 * all. It is so in all versions that were tried, from 1.4.4 to 1.5.6. One row that is written and taken away again mends it. So what was written with nothing is
 * remembered, and mended before it is written again.
 */

const name = /(?:"(?:[^"]|"")*"|\w+)(?:\.(?:"(?:[^"]|"")*"|\w+))?/.source;
const insert = new RegExp(`^\\s*INSERT INTO (${name})`);
/** With `AS`, made of a SELECT; without, made empty, or gone. */
const other = new RegExp(`^\\s*(?:CREATE (?:OR REPLACE )?(?:TEMP )?|DROP )TABLE (?:IF (?:NOT )?EXISTS )?(${name})( AS\\b)?`);

/** What is known of the rows that the open transaction gave a table: none, some, or whatever the SELECT had that it was made of. */
type Written = 'none' | 'some' | 'unknown';

/** What an engine does with statements that write. */
interface Writer {
  /** How many rows a statement changed or wrote. */
  readonly run: (text: string) => Promise<number>;
  /** Whether a query gives any row. */
  readonly hasRows: (text: string) => Promise<boolean>;
}

/** A table by a name that statements may spell with quotes or without. */
function tableOf(name: string): string {
  return name.replaceAll('"', '');
}

/** A writer that loses nothing, by one that does. `begin` and `end` say that a transaction does, `appended` that a table got rows by another way. */
export function mendingEmptyWrites({ run, hasRows }: Writer): Pick<Writer, 'run'> & {
  readonly begin: () => void;
  readonly end: () => void;
  readonly appended: (table: string) => void;
} {
  let tables: Map<string, Written> | null = null;
  const insertInto = async (name: string, text: string, written: Map<string, Written>): Promise<number> => {
    const table = tableOf(name);
    if (written.get(table) === 'unknown') written.set(table, (await hasRows(`SELECT 1 FROM ${name} LIMIT 1`)) ? 'some' : 'none');
    if (written.get(table) === 'none') {
      await run(`INSERT INTO ${name} DEFAULT VALUES`);
      await run(`DELETE FROM ${name} WHERE rowid = (SELECT max(rowid) FROM ${name})`);
    }
    const rows = await run(text);
    if (rows > 0) written.set(table, 'some');
    else if (!written.has(table)) written.set(table, 'none');
    return rows;
  };
  return {
    begin: () => {
      tables = new Map();
    },
    end: () => {
      tables = null;
    },
    appended: (name) => {
      tables?.set(tableOf(name), 'some');
    },
    run: async (text) => {
      if (tables === null) return run(text);
      const [, into] = insert.exec(text) ?? [];
      if (into !== undefined) return insertInto(into, text, tables);
      const [, made, isSelected] = other.exec(text) ?? [];
      if (made !== undefined && isSelected !== undefined) tables.set(tableOf(made), 'unknown');
      else if (made !== undefined) tables.delete(tableOf(made));
      return run(text);
    },
  };
}
