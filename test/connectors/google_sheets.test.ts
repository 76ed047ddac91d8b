import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { diagnose } from '../../src/run/explain/doctor.js';
import { sql } from '../../src/sql/tag.js';
import type { GoogleSheets, GoogleSheetsOptions, SheetCell, SheetFormat, SheetRow } from '../../src/testing/index.js';
import { startGoogleSheets } from '../../src/testing/index.js';
import { expectBalanced } from '../support/accounts.js';
import { buildIn, makeProject, projectIn, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';
import { warnings } from '../support/stream.js';
import { workbook } from '../support/workbook.js';

type Fields = Readonly<Record<string, unknown>>;

const running: GoogleSheets[] = [];
afterEach(() => Promise.all(running.splice(0).map((service) => service.close())));
afterAll(removeFolders);
beforeAll(() => {
  process.env['ONEFOLD_TEST_GOOGLE'] = '';
});

const header = ['note_id', 'customer_email', 'note_date'];
const day = (value: number): SheetCell => ({ value, format: { type: 'DATE', pattern: 'yyyy-mm-dd' } });
const note = (n: number): SheetRow => [`N${n}`, `c${n}@example.com`, day(45_000 + n)];
const notes = (count: number): SheetRow[] => [header, ...Array.from({ length: count }, (_, i) => note(i + 1))];

async function start(sheets: GoogleSheetsOptions['sheets'], options: Partial<GoogleSheetsOptions> = {}): Promise<GoogleSheets> {
  const service = await startGoogleSheets({ sheets, ...options });
  running.push(service);
  process.env['ONEFOLD_TEST_GOOGLE'] = service.credentials;
  return service;
}

const ofNotes: Fields = { from: 'gs.notes', key: 'content', columns: { note_id: { from: 'note_id', optional: true } } };

function project(
  service: GoogleSheets,
  stream: Fields = { sheet: 'Notes' },
  source: Fields = {},
  table: Fields = ofNotes,
): Promise<string> {
  const google = {
    connector: 'google_sheets',
    url: service.url,
    spreadsheet: service.spreadsheet,
    credentials: { env: 'ONEFOLD_TEST_GOOGLE' },
    attempts: 1,
    ...source,
  };
  return makeProject({
    config: {
      name: 'sheets',
      sources: { gs: { ...google, streams: { notes: stream } } },
      tables: { notes: table },
    },
  });
}

async function build(dir: string) {
  const result = await buildIn(dir);
  expectBalanced(result);
  return result;
}

/** What stands of the stream, as in the sheet. */
async function standing(dir: string): Promise<readonly unknown[]> {
  const rows = await rowsIn(
    dir,
    sql`SELECT COLUMNS(c -> c NOT LIKE '\\_%' ESCAPE '\\') FROM bronze.gs__notes b ANTI JOIN ops.retractions x
      ON x.segment_id = b._segment_id AND x.row_number = b._row_number`,
  );
  return rows.map((row): unknown => JSON.parse(row));
}

async function ids(dir: string): Promise<readonly string[]> {
  return (await standing(dir)).map((row) => String((row as Fields)['note_id'])).sort();
}

const named = (from: number, to: number): readonly string[] => Array.from({ length: to - from + 1 }, (_, i) => `N${from + i}`).sort();
const landed = (result: Awaited<ReturnType<typeof build>>) =>
  result.ledger.filter((l) => l.name === 'gs.notes' && l.line === 'landed').reduce((n, l) => n + l.rows, 0);
const readings = ({ requests }: GoogleSheets) => requests.filter(({ path }) => path !== '/token').length;

describe('a sheet', () => {
  test('lands as it means its cells: days, times, exact numbers, digits with zeros; ragged and blank rows do no harm', async () => {
    const service = await start({
      Notes: [
        [],
        ['id', 'day', 'at', 'time', 'took', 'fee', 'share', 'code', 'yes'],
        [1, day(45725), { value: 45725.604166666664, format: { type: 'DATE_TIME', pattern: 'yyyy-mm-dd hh:mm' } }],
        ['', null],
        [
          0.1 + 0.2,
          { value: 59, format: { type: 'DATE' } },
          { value: -1.5, format: { type: 'DATE_TIME' } },
          { value: 0.604166666666667, format: { type: 'TIME', pattern: 'h:mm am/pm' } },
          { value: 1.5, format: { type: 'TIME', pattern: '[h]:mm:ss' } },
          { value: 1234.5, format: { type: 'CURRENCY', pattern: '"kr. "#,##0.00' } },
          { value: 0.25, format: { type: 'PERCENT', pattern: '0%' } },
          '000420070000123456',
          true,
        ],
        [],
      ],
    });
    const dir = await project(service);
    expect(await build(dir)).toMatchObject({ status: 'success' });
    const empty = { time: null, took: null, fee: null, share: null, code: null, yes: null };
    expect(await standing(dir)).toEqual([
      {
        id: '0.3',
        day: '1900-02-27',
        at: '1899-12-28 12:00:00',
        time: '14:30:00',
        took: '36:00:00',
        fee: '1234.5',
        share: '0.25',
        code: '000420070000123456',
        yes: 'true',
      },
      { id: '1', day: '2025-03-09', at: '2025-03-09 14:30:00', ...empty },
    ]);
  });

  test('has numbers as such, which need no other value to tell their decimal sign', async () => {
    const service = await start({
      Notes: [
        ['note_id', 'fee'],
        ['N1', 1.234],
        ['N2', 20.5],
        ['N3', '12,50'],
      ],
    });
    const columns = { note_id: 'note_id', fee: { from: 'fee', type: 'decimal' } };
    const dir = await project(service, { sheet: 'Notes' }, {}, { from: 'gs.notes', key: 'note_id', columns });
    await build(dir);
    expect(await rowsIn(dir, sql`SELECT note_id, fee::DOUBLE AS fee FROM silver.notes`)).toEqual([
      '{"note_id":"N1","fee":1.234}',
      '{"note_id":"N2","fee":20.5}',
      '{"note_id":"N3","fee":12.5}',
    ]);
  });

  test('lands the same texts as the workbook that it is exported to', async () => {
    const patterns: readonly string[] = [
      'yyyy\\-mm\\-dd hh:mm:ss',
      '[$€-407] #,##0.00',
      '[h]:mm:ss',
      'mmmm d',
      '0.00%',
      'hh:mm',
      '0.00E+00',
      'd/m/yy',
    ];
    const types: readonly SheetFormat['type'][] = ['DATE_TIME', 'CURRENCY', 'TIME', 'DATE', 'PERCENT', 'TIME', 'SCIENTIFIC', 'DATE'];
    // Days before March 1900 are others in a workbook: Excel counts a day that never was.
    const values = [45725.75, 1e21, 61.1, 61, 1234567.891, 99.999999999, 62.0000004, 123456789012345680];
    const title = [' name ', 'Name', '', 'n', '_raw_hash', 'n', 'x', 'y'];
    const cells = values.map((value) =>
      patterns.map((pattern, i): SheetCell => ({ value, format: { type: types[i] ?? 'NUMBER', pattern } })),
    );
    const service = await start({ Notes: [title, ...cells, [null, 'text', 'unnamed', '', '', '', '', '', 'behind']] });
    const dir = await project(service);
    await build(dir);
    const exported = workbook(
      [
        {
          name: 'Notes',
          rows: [
            title.map((t) => (t === '' ? null : t)),
            ...values.map((value) => patterns.map((_, style) => ({ style, inner: `<v>${value}</v>` }))),
            [null, 'text', 'unnamed', null, null, null, null, null, 'behind'],
          ],
        },
      ],
      { formats: patterns },
    );
    const other = await makeProject({
      config: {
        name: 'exported',
        sources: { gs: { connector: 'file', streams: { notes: { path: 'in.xlsx' } } } },
        tables: { notes: { from: 'gs.notes', key: 'content', columns: { n: 'n' } } },
      },
      files: { 'in.xlsx': exported },
    });
    await build(other);
    const texts = async (folder: string) => (await standing(folder)).map((row) => Object.entries(row as Fields).sort());
    const key = (row: unknown): string => JSON.stringify(row);
    expect((await texts(dir)).map(key).sort()).toEqual((await texts(other)).map(key).sort());
  });

  test('is found by a name with stray blanks and another case; an exact name comes first', async () => {
    const service = await start({ ' Customer Notes ': notes(2), "It's mine": notes(3) });
    expect(await ids(await built(project(service, { sheet: 'customer notes' })))).toEqual(named(1, 2));
    expect(await ids(await built(project(service, { sheet: "It's mine" })))).toEqual(named(1, 3));
    service.hold('customer notes', notes(5));
    expect(await ids(await built(project(service, { sheet: 'customer notes' })))).toEqual(named(1, 5));
  });

  test('that is not there, is meant by two names, or was renamed is told of with the names that there are', async () => {
    const service = await start({ ' Notes': notes(1), 'NOTES ': notes(1), Branches: notes(1) });
    const dir = await project(service, { sheet: 'Branches' });
    await build(dir);
    expect(warnings(await build(await project(service, { sheet: 'note' })))).toEqual([
      'the spreadsheet has no sheet `note` (it has " Notes", "NOTES ", "Branches"). look at `sheet` of the stream',
    ]);
    expect(warnings(await build(await project(service, { sheet: 'notes' })))).toEqual([
      '`notes` could be any of the sheets " Notes", "NOTES ". name it exactly',
    ]);
    service.rename('Branches', 'Offices');
    const renamed = await build(dir);
    expect([renamed.status, warnings(renamed)]).toEqual([
      'partial',
      [expect.stringContaining('the sheet `Branches` is called "Offices" now. change `sheet` of the stream, or call it as before')],
    ]);
    expect(await ids(dir)).toEqual(['N1']);
  });

  test('is read within a range and below a header row', async () => {
    const rows: SheetRow[] = [['Report of May'], [], ['x', ...header], ['x', ...note(1)], ['x', ...note(2)], ['x', ...note(3)], ['total']];
    const service = await start({ Notes: rows });
    expect(await standing(await built(project(service, { sheet: 'Notes', range: 'B3:D5' })))).toHaveLength(2);
    expect(await standing(await built(project(service, { sheet: 'Notes', range: 'B:C', header_row: 3 })))).toEqual([
      { note_id: 'N1', customer_email: 'c1@example.com' },
      { note_id: 'N2', customer_email: 'c2@example.com' },
      { note_id: 'N3', customer_email: 'c3@example.com' },
    ]);
    expect(warnings(await build(await project(service, { sheet: 'Notes', header_row: 2 })))).toEqual([
      'sheet "Notes" has nothing in row 2, which should name the columns. look at `header_row` of the stream',
    ]);
    expect(warnings(await build(await project(service, { sheet: 'Notes', header_row: 2000 })))).toEqual([
      'sheet "Notes" has 1000 rows, and is to be read from row 2000 on. look at `header_row` and `range` of the stream',
    ]);
  });

  test('with errors of formulas is read, each as empty with a warning, or as its text', async () => {
    const service = await start({ Notes: [header, ['N1', { error: 'N_A' }, { error: 'REF' }], note(2)] });
    const dir = await project(service);
    const result = await build(dir);
    expect([result.status, warnings(result)]).toEqual([
      'partial',
      ['2 cells of sheet `Notes` are errors of formulas, such as #N/A or #REF!, and were read as empty'],
    ]);
    expect((await standing(dir))[0]).toEqual({ note_id: 'N1', customer_email: null, note_date: null });
    const other = await project(service, { sheet: 'Notes', errors: 'text' });
    expect((await build(other)).status).toBe('success');
    expect((await standing(other))[0]).toEqual({ note_id: 'N1', customer_email: '#N/A', note_date: '#REF!' });
    service.hold('Notes', [['note_id', { error: 'REF' }], ['N1']]);
    expect(warnings(await build(dir))).toEqual([
      expect.stringContaining('sheet "Notes" has a formula\'s error instead of a column\'s name in B1. mend the formula; nothing was read'),
    ]);
    expect(await ids(dir)).toEqual(named(1, 2));
  });

  test('whose values are still being fetched is waited for, and never landed half', async () => {
    const service = await start({ Notes: notes(2) });
    const dir = await project(service);
    await build(dir);
    const loading: readonly SheetRow[] = [header, ['N1', { error: 'LOADING' }], note(2)];
    service.hold('Notes', loading);
    expect(warnings(await build(dir))).toEqual([
      expect.stringContaining(
        'sheet "Notes" is still loading values from elsewhere. build again when its formulas have come to rest; nothing of it was landed',
      ),
    ]);
    service.faults([{ kind: 'meanwhile', on: /spreadsheets/, at: 2, act: () => service.hold('Notes', notes(3)) }]);
    expect((await build(dir)).status).toBe('success');
    expect(await ids(dir)).toEqual(named(1, 3));
  });

  test('that is large and has become empty says so at every run', async () => {
    const service = await start({ Notes: notes(9) }, { grid: { rows: 10, columns: 3 } });
    const dir = await project(service, { sheet: 'Notes', rows: 2 });
    await build(dir);
    service.hold('Notes', [header]);
    for (let i = 0; i < 2; i++) expect((await build(dir)).status).toBe('partial');
    expect(await ids(dir)).toEqual(named(1, 9));
  });

  test('that has become empty keeps what stood, and one that never had anything is told of', async () => {
    const service = await start({ Notes: notes(3) });
    const dir = await project(service);
    await build(dir);
    for (const rows of [[], [header]]) {
      service.hold('Notes', rows);
      expect((await build(dir)).status).toBe('partial');
      expect(await ids(dir)).toEqual(named(1, 3));
    }
    const empty = await project(await start({ Notes: [] }));
    expect(warnings(await build(empty))).toEqual(['sheet `Notes` has nothing in it, not even a header']);
  });

  test('with a key says which rows it can not tell apart', async () => {
    const service = await start({ Notes: [...notes(3), ['', 'nobody@example.com'], ['N1', 'other@example.com']] });
    expect(warnings(await build(await project(service, { sheet: 'Notes', key: ['note_id'] })))).toEqual([
      '1 rows of sheet `Notes` have no note_id; of rows with the same key, or none, only the last stands',
      '1 rows of sheet `Notes` have a note_id that a row above has; only the last of each stands',
    ]);
  });
});

async function built(made: Promise<string>): Promise<string> {
  const dir = await made;
  expect(await build(dir)).toMatchObject({ status: 'success', warnings: [] });
  return dir;
}

describe('requests', () => {
  test('one tells that nothing is new, also where the name is not exact', async () => {
    const service = await start({ 'Notes ': notes(4) });
    const dir = await project(service);
    await build(dir);
    const before = readings(service);
    const again = await build(dir);
    expect([again.status, again.published, landed(again), readings(service) - before]).toEqual(['success', false, 0, 1]);
  });

  test('one is enough for few rows in a large grid, once they are known to be few', async () => {
    const service = await start({ Notes: notes(150) }, { grid: { rows: 50_000, columns: 3 } });
    const dir = await project(service, { sheet: 'Notes', rows: 200 });
    expect((await build(dir)).status).toBe('success');
    const before = readings(service);
    service.hold('Notes', notes(151));
    expect(landed(await build(dir))).toBe(1);
    expect(readings(service) - before).toBe(1);
    const small = await project(service, { sheet: 'Notes', rows: 200 }, { max_mb: 0.1 });
    service.hold('Notes', notes(100));
    await build(small);
    // It has grown beyond what one answer may hold.
    service.hold('Notes', notes(2000));
    expect((await build(small)).status).toBe('success');
    expect(await ids(small)).toEqual(named(1, 2000));
  });

  test('a body that comes slowly is given up, and asked for again', async () => {
    const service = await start({ Notes: notes(249) });
    const dir = await project(service, { sheet: 'Notes' }, { timeout_s: 1, attempts: 2 });
    service.faults([{ kind: 'slow', on: /spreadsheets/, at: 2, ms: 4000, phase: 'body' }]);
    expect((await build(dir)).status).toBe('success');
    expect(await ids(dir)).toEqual(named(1, 249));
  });

  test('a large sheet is read in blocks, twice, and one that did not change is looked at once', async () => {
    const service = await start({ Notes: notes(249) }, { grid: { rows: 0, columns: 0 } });
    const dir = await project(service, { sheet: 'Notes', rows: 100 });
    expect((await build(dir)).status).toBe('success');
    expect(await ids(dir)).toEqual(named(1, 249));
    const before = readings(service);
    expect(landed(await build(dir))).toBe(0);
    expect(readings(service) - before).toBe(3);
    service.hold('Notes', [header, ...notes(249).slice(2), note(300)]);
    expect(landed(await build(dir))).toBe(1);
    expect(await ids(dir)).toEqual([...named(2, 249), 'N300'].sort());
  });

  test.each([1, 2, 3, 4, 5, 6])('a large sheet that gets a row above its header before request %i is read again', async (at) => {
    const service = await start({ Notes: notes(249) }, { grid: { rows: 0, columns: 0 } });
    const dir = await project(service, { sheet: 'Notes', rows: 100 });
    service.faults([{ kind: 'meanwhile', on: /spreadsheets/, at: at + 1, act: () => service.hold('Notes', [[], ...notes(249)]) }]);
    expect((await build(dir)).status).toBe('success');
    expect(await ids(dir)).toEqual(named(1, 249));
    expect(await rowsIn(dir, sql`SELECT * FROM bronze.gs__notes WHERE note_id NOT LIKE 'N%' OR note_id IS NULL`)).toEqual([]);
  });

  test.each([1, 2, 3, 4, 5, 6])('a large sheet that changes before request %i is read again, and nothing is missed', async (at) => {
    const service = await start({ Notes: notes(249) }, { grid: { rows: 0, columns: 0 } });
    const dir = await project(service, { sheet: 'Notes', rows: 100 });
    // A row goes from the top, so that all others move up; a column comes before all others.
    const later = [
      ['new', ...header],
      ...notes(249)
        .slice(2)
        .map((row) => ['x', ...row]),
    ];
    service.faults([{ kind: 'meanwhile', on: /spreadsheets/, at: at + 1, act: () => service.hold('Notes', later) }]);
    expect((await build(dir)).status).toBe('success');
    expect(await ids(dir)).toEqual(named(2, 249));
    expect((await standing(dir)).filter((row) => (row as Fields)['new'] !== 'x')).toEqual([]);
    // Nor was a value ever landed under the name of the column beside its own.
    expect(await rowsIn(dir, sql`SELECT note_id FROM bronze.gs__notes WHERE note_id NOT LIKE 'N%'`)).toEqual([]);
  });

  test('a large sheet that never stands still deletes nothing, and is whole as soon as it rests', async () => {
    const service = await start({ Notes: notes(249) }, { grid: { rows: 0, columns: 0 }, quota: null });
    const dir = await project(service, { sheet: 'Notes', rows: 100 });
    await build(dir);
    let count = 0;
    const act = () => service.hold('Notes', [header, [`M${++count}`], ...notes(249).slice(2)]);
    service.faults([{ kind: 'meanwhile', on: /spreadsheets/, act }]);
    expect(warnings(await build(dir))).toEqual([
      'sheet `Notes` changed while it was read, 4 times in a row; nothing was deleted, and the next run reads it again',
    ]);
    expect(await ids(dir)).toEqual(expect.arrayContaining([...named(1, 249)]));
    service.faults([]);
    expect((await build(dir)).status).toBe('success');
    expect(await ids(dir)).toEqual([`M${count}`, ...named(2, 249)].sort());
  });

  test('a large sheet of which a part came before a crash goes on from what was landed, also if it has become as it was', async () => {
    const service = await start({ Notes: notes(249) }, { grid: { rows: 0, columns: 0 } });
    const dir = await project(service, { sheet: 'Notes', rows: 100 });
    await build(dir);
    service.hold('Notes', [header, ['changed'], ...notes(249).slice(2)]);
    service.faults([{ kind: 'error', on: /spreadsheets/, at: [6, 7, 8, 9, 10] }]);
    expect((await build(dir)).status).toBe('partial');
    service.faults([]);
    service.hold('Notes', notes(249));
    expect((await build(dir)).status).toBe('success');
    expect(await ids(dir)).toEqual(named(1, 249));
  });

  test.each([
    ['a limit without a time', { kind: 'limited' }],
    ['a failure', { kind: 'error' }],
    ['a broken connection', { kind: 'dropped', phase: 'body' }],
    ['half an answer', { kind: 'truncated' }],
    ['a token that has run out', { kind: 'expired' }],
  ] as const)('%s is overcome', async (_, fault) => {
    const service = await start({ Notes: notes(249) }, { grid: { rows: 0, columns: 0 } });
    const dir = await project(service, { sheet: 'Notes', rows: 100 }, { attempts: 3 });
    service.faults([{ ...fault, on: /spreadsheets/, at: 3 }]);
    expect((await build(dir)).status).toBe('success');
    expect(await ids(dir)).toEqual(named(1, 249));
  });

  test('an answer that is too large is asked for in smaller blocks', async () => {
    const service = await start({ Notes: notes(900) });
    const dir = await project(service, { sheet: 'Notes' }, { max_mb: 0.1 });
    expect((await build(dir)).status).toBe('success');
    expect(await ids(dir)).toEqual(named(1, 900));
  });
});

describe('access', () => {
  const check = async (dir: string) => (await diagnose(await projectIn(dir)))[0];

  test('that works says what was found', async () => {
    const dir = await project(await start({ ' Notes': notes(3) }));
    expect(await check(dir)).toMatchObject({ ok: true, message: 'sheet " Notes" has 3 columns, named in row 1' });
  });
  test.each<[string, (service: GoogleSheets) => void, string, string]>([
    [
      'a spreadsheet that is not shared',
      (service) => Object.assign(service.access, { shared: false }),
      'Google answered 403 (PERMISSION_DENIED): the service account may not read the spreadsheet',
      'share the spreadsheet with reader@onefold-test.iam.gserviceaccount.com, as a viewer',
    ],
    [
      'an interface that is not enabled',
      (service) => Object.assign(service.access, { enabled: false }),
      'the Google Sheets API is not enabled in the project onefold-test',
      'enable it at https://console.cloud.google.com/apis/library/sheets.googleapis.com, and try again some minutes later',
    ],
    [
      'a workbook that was only put into Drive',
      (service) => Object.assign(service.access, { office: true }),
      'Google answered 400 (FAILED_PRECONDITION): the document is no Google spreadsheet',
      'a workbook that was put into Drive is read by nobody until it is saved as a Google spreadsheet (File, Save as Google Sheets); then declare the new id',
    ],
    [
      'a key that was deleted',
      (service) => service.revokeKey(),
      'gave no token: it answered 400 (invalid_grant)',
      'look at the keys of reader@onefold-test.iam.gserviceaccount.com in the Google Cloud console: was this one deleted? And is the clock of this machine right?',
    ],
  ])('to %s is told of, with what to do', async (_, spoil, message, hint) => {
    const service = await start({ Notes: notes(1) });
    const dir = await project(service);
    spoil(service);
    const found = await check(dir);
    expect(found).toMatchObject({ ok: false, hint });
    expect(found?.message).toContain(message);
    const result = await build(dir);
    expect(result.status).toBe('partial');
    const { private_key: key } = JSON.parse(service.credentials) as { readonly private_key: string };
    const told = JSON.stringify([found, result, service.requests.map(({ path, query }) => [path, query])]);
    expect(key.split('\n').filter((line) => line.length > 30 && told.includes(line))).toEqual([]);
  });

  test('to a spreadsheet that is not there is told of; its address does for its id', async () => {
    const service = await start({ Notes: notes(1) });
    expect(await check(await project(service, undefined, { spreadsheet: 'elsewhere' }))).toMatchObject({
      message: 'Google answered 404 (NOT_FOUND): there is no spreadsheet of this id',
    });
    const address = `https://docs.google.com/spreadsheets/d/${service.spreadsheet}/edit?gid=0#gid=0`;
    expect(await check(await project(service, undefined, { spreadsheet: address }))).toMatchObject({ ok: true });
    const published = `https://docs.google.com/spreadsheets/d/e/2PACX-${service.spreadsheet}/pubhtml`;
    await expect(projectIn(await project(service, undefined, { spreadsheet: published }))).rejects.toThrow(/id of a spreadsheet/);
  });

  test.each(['', 'AIzaSyNoKeyFileAtAll', '{"installed":{"client_id":"1","client_secret":"GOCSPX-not-to-be-shown"}}', '[]'])(
    'with credentials that are no key file (%#) says so and quotes nothing',
    async (text) => {
      const service = await start({ Notes: notes(1) });
      const dir = await project(service);
      process.env['ONEFOLD_TEST_GOOGLE'] = text;
      const found = await check(dir);
      expect(found?.ok).toBe(false);
      expect(found?.message).toMatch(text === '' ? /ONEFOLD_TEST_GOOGLE/ : /no JSON key file of a Google service account/);
      expect(JSON.stringify(found)).not.toMatch(/GOCSPX|AIza/);
    },
  );
});
