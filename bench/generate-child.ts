import { generators } from '../src/testing/index.js';
import { peakBytes } from './measure.js';

/*
 * One generation in a process of its own: generate-child.ts WHAT CUSTOMERS FOLDER TRUTH
 * The result is one line of JSON on stdout.
 */

const [, , what = '', customers = '', out = '', truth = ''] = process.argv;
const generator = generators.find(({ name }) => name === what);
if (generator === undefined) throw new Error(`no generator ${what}`);
const start = performance.now();
const used = process.cpuUsage();
const files = await generator.write({ out, seed: 42, customers: Number(customers), truth: truth === 'truth' });
const ms = performance.now() - start;
const { user, system } = process.cpuUsage(used);
const cpu = (user + system) / 1000;
const rows = files.reduce((sum, file) => sum + file.rows, 0);
process.stdout.write(`${JSON.stringify({ rows, dispositions: {}, steps: [], ms, cpu, peak: peakBytes() })}\n`);
