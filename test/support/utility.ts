import { createReadStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { utilityColumns } from '../../src/testing/generate/utility.js';
import type { Database } from './postgres.js';
import { startPostgres } from './postgres.js';

/** A PostgreSQL server with the table of the utility, filled from the statements of a folder or, where it has none, from its csv. */
export async function startUtility(data: string): Promise<Database> {
  const database = await startPostgres();
  try {
    const statements = join(data, 'consumer_data.sql');
    if (existsSync(statements)) await database.query(await readFile(statements, 'utf8'));
    else await copied(database, join(data, 'consumer_data.csv'));
    return database;
  } catch (thrown) {
    await database.stop();
    throw thrown;
  }
}

async function copied({ url }: Database, file: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`CREATE TABLE consumer_data (${utilityColumns.map((column) => `${column} text`).join(', ')})`);
    await pipeline(createReadStream(file), client.query(copyFrom('COPY consumer_data FROM STDIN (FORMAT csv, HEADER)')));
  } finally {
    await client.end();
  }
}
