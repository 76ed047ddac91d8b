import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/*
 * `npx jiti bench/models.ts [models]`: how long the command line takes over a project of many small models, 1,000 if not
 * said. Processor time of the whole process is printed beside the time that passed, as other work on the machine changes it less.
 */

/** Writes a project of so many models over one table of 1,000 rows: a tenth read silver, each other reads two models. */
async function makeProject(dir: string, models: number): Promise<void> {
  await rm(dir, { recursive: true, force: true });
  await mkdir(join(dir, 'models', 'marts'), { recursive: true });
  const columns = { id: 'id', customer: 'customer', amount: { from: 'amount', type: 'decimal' }, day: { from: 'day', type: 'date' } };
  const config = {
    name: 'many',
    sources: { shop: { connector: 'file', streams: { orders: { path: 'orders.csv' } } } },
    tables: { orders: { from: 'shop.orders', key: 'id', columns } },
  };
  await writeFile(
    join(dir, 'onefold.config.ts'),
    `import { defineProject } from 'onefold';\n\nexport default defineProject(${JSON.stringify(config)});\n`,
  );
  const rows = Array.from({ length: 1000 }, (_, i) => `${i},c${i % 50},${i}.50,2025-01-${String(1 + (i % 28)).padStart(2, '0')}\n`);
  await writeFile(join(dir, 'orders.csv'), `id,customer,amount,day\n${rows.join('')}`);
  const staging = Math.max(1, Math.floor(models / 10));
  for (let i = 0; i < models; i++) {
    const [path, sql] =
      i < staging
        ? [
            `m${i}.sql`,
            `SELECT id, customer, amount, day FROM silver.orders WHERE _deleted_at IS NULL AND id::INTEGER % ${staging} = ${i} ORDER BY id`,
          ]
        : [`marts/m${i}.sql`, martOf(i % staging, i - staging)];
    await writeFile(join(dir, 'models', path), `${sql}\n`);
  }
}

function martOf(a: number, b: number): string {
  return `WITH a AS (SELECT customer, sum(amount) AS amount FROM gold.m${a} GROUP BY customer),
  b AS (SELECT customer, count(*) AS others FROM gold.m${b} GROUP BY customer)
SELECT a.customer, a.amount, b.others FROM a LEFT JOIN b USING (customer) ORDER BY a.customer`;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const main = join(root, 'dist', 'cli', 'main.js');
const tell = `process.on('exit', () => { const { userCPUTime, systemCPUTime } = process.resourceUsage(); process.stderr.write('\\ncpu ' + (userCPUTime + systemCPUTime) / 1000); });`;

async function timed(what: string, args: readonly string[]): Promise<void> {
  const start = performance.now();
  const node = ['--import', `data:text/javascript,${encodeURIComponent(tell)}`, main, ...args];
  const { stderr } = await promisify(execFile)(process.execPath, node, { maxBuffer: 1e8 });
  const cpu = Number(/\ncpu ([\d.]+)$/.exec(stderr)?.[1]);
  process.stdout.write(
    `${what.padEnd(44)} ${(performance.now() - start).toFixed(0).padStart(7)} ms   cpu ${cpu.toFixed(0).padStart(7)} ms\n`,
  );
}

const models = Number(process.argv[2] ?? '1000');
const dir = join(root, 'bench', '.work', `models-${models}`);
await makeProject(dir, models);
const at = ['--project', dir, '--json'];
const today = ['build', ...at, '--as-of', '2025-02-01'];
await timed('ls, nothing known', ['ls', ...at]);
await timed('ls', ['ls', ...at]);
await timed('ls', ['ls', ...at]);
await timed('build, everything new', today);
await timed('build, nothing new', today);
await writeFile(
  join(dir, 'models', 'm0.sql'),
  "SELECT id, customer, amount + 1 AS amount, day FROM silver.orders WHERE id = '0' ORDER BY id\n",
);
await timed('build, one model changed', today);
await timed('build --select of one model', [...today, '--select', 'm1']);
await timed('ls --select m0+', ['ls', ...at, '--select', 'm0+']);
