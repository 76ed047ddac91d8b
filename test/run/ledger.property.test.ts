import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { BuildResult } from '../../src/index.js';
import { expectAccounted, expectBalanced } from '../support/accounts.js';
import type { Config, Files } from '../support/project.js';
import { buildIn, csv, makeProject, ndjson, projectIn, put, removeFolders } from '../support/project.js';
import { cases, patience } from '../support/property.js';

afterAll(removeFolders);

const optional = { optional: true };
const columns = {
  id: { from: 'id', ...optional },
  amount: { from: 'amount', type: 'money', currency: 'currency', ...optional },
  day: { from: 'day', type: 'date', ...optional },
  email: { from: 'email', type: 'email', on_error: 'null', ...optional },
};

/** Two tables read the csv files, one by content and one by id; one reads the ndjson files. */
function config(mode: string): Config {
  return {
    name: 'ledger',
    sources: {
      files: { connector: 'file', streams: { rows: { path: 'in/*.csv', mode }, events: { path: 'in/*.ndjson', mode } } },
    },
    tables: {
      payments: {
        from: 'files.rows',
        key: 'content',
        columns,
        rules: [
          { rule: 'not_null', column: 'email', severity: 'warn' },
          { rule: 'not_in_future', column: 'day' },
        ],
        amounts: ['amount'],
      },
      people: {
        from: 'files.rows',
        key: 'id',
        recency: 'day',
        columns,
        rules: [{ rule: 'unique', column: 'email' }],
        amounts: ['amount'],
      },
      events: {
        from: 'files.events',
        key: ['id', 'day'],
        columns,
        rules: [{ rule: 'not_null', column: 'amount' }],
        amounts: ['amount'],
      },
    },
  };
}

/** What a run finds: files added and changed, or gone. */
type History = readonly Files[];

async function expectEveryRowAccounted(mode: string, history: History): Promise<readonly BuildResult[]> {
  const dir = await makeProject({ config: config(mode) });
  const runs: BuildResult[] = [];
  for (const files of history) {
    await put(dir, files);
    const result = await buildIn(dir);
    expectBalanced(result);
    expect(result.status).not.toBe('failed');
    runs.push(result);
    await expectAccounted(await projectIn(dir), runs);
  }
  return runs;
}

const mode = fc.constantFrom('append', 'replace');

function histories(content: { readonly csv: fc.Arbitrary<string | Uint8Array>; readonly ndjson: fc.Arbitrary<string | Uint8Array> }) {
  const gone = fc.constant(null);
  const file = (one: fc.Arbitrary<string | Uint8Array>) => fc.oneof({ weight: 5, arbitrary: one }, { weight: 1, arbitrary: gone });
  const run = fc.record(
    {
      'in/a.csv': file(content.csv),
      'in/b.csv': file(content.csv),
      'in/a.ndjson': file(content.ndjson),
      'in/b.ndjson': file(content.ndjson),
    },
    { requiredKeys: [] },
  );
  return fc.array(run, { minLength: 1, maxLength: 3 });
}

/** Bytes that break csv and ndjson in every way: read as Latin-1, so that `\xff` is a byte that is no UTF-8. */
const bytes = (pieces: readonly string[]): fc.Arbitrary<Buffer> =>
  fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 40 }).map((parts) => Buffer.from(parts.join(''), 'latin1'));
const brokenCsv = bytes([
  '"',
  '"',
  ',',
  ',',
  ',',
  '\n',
  '\n',
  '\r\n',
  '\r',
  ';',
  ' ',
  '""',
  '"a"',
  'id',
  '1',
  '1.234,5',
  '\xff',
  '\xc3\xa9',
  '\0',
  '\xef\xbb\xbf',
  '1,2,03/04/2025,a@b.co\n',
  '1,2,3,4,5\n',
]);
const brokenNdjson = bytes([
  '{',
  '}',
  '{}',
  '[]',
  '"',
  '\n',
  '\n',
  '\r\n',
  ' ',
  ',',
  ':',
  '"id"',
  '1',
  'null',
  '\xff',
  '\xc3\xa9',
  '\0',
  '\\',
  '\\ud800',
  '{"id":1,"day":"2025-01-02"}\n',
  '{"id":{"x":[1]},"amount":"2"}\n',
  '{"id":1,"id":2}\n',
]);
const header = 'id,amount,day,email\n';

const dirty = {
  id: fc.constantFrom('1', '2', '3', '4', ' 5 ', ''),
  amount: fc.constantFrom('1,984.31', '1.984,31', '1,234', '1.234', '12', '-7.50', '(3.00)', '€ 5', 'USD 9', 'n/a', '', '1e5'),
  currency: fc.constantFrom('EUR', 'USD', 'eur', '', '??'),
  day: fc.constantFrom(
    '2025-03-05',
    '05/03/2025',
    '25/03/2025',
    '03/25/2025',
    'March 5, 2025',
    '31/02/2025',
    '20250305',
    '2031-01-01',
    '',
    'soon',
  ),
  email: fc.constantFrom('ann@example.com', 'ANN@example.com', 'bob@example.com', 'not an address', ''),
};
const dirtyRow = fc.record(dirty);
const dirtyCsv = fc.array(dirtyRow, { minLength: 1, maxLength: 12 }).map((rows) =>
  csv(
    Object.keys(dirty),
    rows.map((r) => [r.id, r.amount, r.currency, r.day, r.email]),
  ),
);
const dirtyNdjson = fc.array(fc.record(dirty, { requiredKeys: [] }), { minLength: 1, maxLength: 12 }).map((records) => ndjson(records));

describe('every row of every run is accounted for', () => {
  test('in files of damaged bytes', { timeout: patience }, async () => {
    const anyCsv = fc.oneof(
      brokenCsv,
      brokenCsv.map((rest) => Buffer.concat([Buffer.from(header), rest])),
    );
    await fc.assert(
      fc.asyncProperty(mode, histories({ csv: anyCsv, ndjson: brokenNdjson }), async (m, history) => {
        await expectEveryRowAccounted(m, history);
      }),
      cases(40),
    );
  });

  test('in sound files of dirty values, rows read being rows written', { timeout: patience }, async () => {
    await fc.assert(
      fc.asyncProperty(mode, histories({ csv: dirtyCsv, ndjson: dirtyNdjson }), async (m, history) => {
        const runs = await expectEveryRowAccounted(m, history);
        history.forEach((files, i) => {
          for (const ending of ['.csv', '.ndjson']) {
            const stream = ending === '.csv' ? 'files.rows' : 'files.events';
            const read = runs[i]?.ledger.find((l) => l.scope === 'stream' && l.name === stream && l.line === 'read')?.rows ?? 0;
            const written = Object.entries(files).filter(([path, content]) => path.endsWith(ending) && content !== null);
            expect(read).toBe(written.reduce((rows, [, content]) => rows + lines(content) - (ending === '.csv' ? 1 : 0), 0));
          }
        });
      }),
      cases(30),
    );
  });
});

describe('values that nobody expected', () => {
  const header = 'id,amount,currency,day,email\n';

  test('a column in which every value is missing', async () => {
    const [first] = await expectEveryRowAccounted('append', [{ 'in/a.csv': `${header}1,,,,\n2,,,,\n`, 'in/a.ndjson': '{"id":1}\n' }]);
    expect(first?.ledger).toContainEqual(expect.objectContaining({ name: 'people', line: 'inserted', rows: 2 }));
  });

  test('amounts whose sum is more than a number can hold', async () => {
    const most = '99999999999999999999';
    const [first] = await expectEveryRowAccounted('append', [
      { 'in/a.csv': `${header}1,${most},EUR,2025-01-01,\n2,${most},EUR,2025-01-01,\n`, 'in/a.ndjson': '{"id":1}\n' },
    ]);
    expect(first?.ledger).toContainEqual(expect.objectContaining({ scope: 'table', name: 'people', line: 'read', rows: 2 }));
  });

  test('a replaced file without rows', async () => {
    const [, second] = await expectEveryRowAccounted('replace', [
      { 'in/a.csv': `${header}1,1.50,EUR,2025-01-01,\n`, 'in/a.ndjson': '{"id":1}\n' },
      { 'in/a.csv': header },
    ]);
    expect(second).toMatchObject({
      status: 'partial',
      warnings: [{ name: 'files.rows', message: 'in/a.csv is empty; the rows that it had are kept' }],
    });
  });
});

const lines = (content: string | Uint8Array | null): number => (content ?? '').toString().split('\n').length - 1;
