import { DuckDBInstance } from '@duckdb/node-api';

/** Rows of a query over files, as plain values: how the tests of generated data look at it. */
export async function rowsOf(query: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(query)).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** A csv file as a relation of texts, with `row_number` from 1; an empty cell is an empty text. */
export function csv(path: string): string {
  return `(SELECT coalesce(columns(* EXCLUDE row_number), ''), row_number FROM (
    SELECT *, row_number() OVER () AS row_number FROM read_csv('${path}', all_varchar = true, header = true, quote = '"', escape = '"')))`;
}
