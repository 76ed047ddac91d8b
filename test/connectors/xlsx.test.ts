import { afterAll, describe, expect, it } from 'vitest';
import { buildIn, removeFolders } from '../support/project.js';
import { account, landed, streamProject, warnings } from '../support/stream.js';
import type { SheetParts } from '../support/workbook.js';
import { workbook } from '../support/workbook.js';
import { zip } from '../support/zip.js';

afterAll(removeFolders);

async function read(
  sheets: readonly SheetParts[],
  stream: Record<string, unknown> = {},
  more: Parameters<typeof workbook>[1] = {},
): Promise<{ rows: readonly unknown[]; warnings: readonly string[]; account: Record<string, number> }> {
  const dir = await streamProject({ path: 'in.xlsx', ...stream }, { 'in.xlsx': workbook(sheets, more) });
  const result = await buildIn(dir);
  const rows = result.warnings.length === 0 ? (await landed(dir)).map((row): unknown => JSON.parse(row)) : [];
  return { rows, warnings: warnings(result), account: account(result) };
}

const number = (value: string, style = 0) => ({ style, inner: `<v>${value}</v>` });
const sheet = (name: string, ...rows: SheetParts['rows']): SheetParts => ({ name, rows });

/** The texts of cells in a column `a`, in their order. */
async function texts(
  cells: readonly (SheetParts['rows'][number] extends readonly (infer C)[] | null ? C : never)[],
  more: Parameters<typeof workbook>[1] = {},
) {
  const { rows } = await read([sheet('S', ['n', 'a'], ...cells.map((cell, i) => [String(i + 10), cell]))], {}, more);
  return rows.map((row) => (row as { a: string | null }).a);
}

describe('cells of a workbook', () => {
  it('numbers have the digits that the sheet has, and no noise', async () => {
    const cells = [
      '0.30000000000000004',
      '1.1',
      '-1E-7',
      '1E+21',
      '1.7976931348623157E+308',
      '123456789012345678',
      '42',
      '1234.5600000000001',
      '0.5',
    ];
    const read = await texts(cells.map((c) => number(c)));
    expect(read.map((t) => (t !== null && t.length > 40 ? `${t.slice(0, 4)}… ${t.length}` : t))).toEqual([
      '0.3',
      '1.1',
      '-0.0000001',
      '1000000000000000000000',
      '1797… 309',
      '123456789012345678',
      '42',
      '1234.56',
      '0.5',
    ]);
  });

  it('dates and times are ISO text, by the format of the cell', async () => {
    const cells = [
      number('45725', 1),
      number('45725.5', 1),
      number('45725.604166666664', 2),
      number('45725.99999999', 3),
      number('45725', 3),
      number('1.5', 5),
      number('0.604166666666667', 6),
      number('59', 1),
      number('60', 1),
      number('61', 1),
      number('1234.5', 4),
      number('0.25', 7),
      number('-3', 1),
      { type: 'd', inner: '<v>2025-03-09T14:30:00</v>' },
    ];
    expect(await texts(cells)).toEqual([
      '2025-03-09',
      '2025-03-09 12:00:00',
      '2025-03-09 14:30:00',
      '2025-03-10 00:00:00',
      '2025-03-09 00:00:00',
      '36:00:00',
      '14:30:00',
      '1900-02-28',
      '1900-02-29',
      '1900-03-01',
      '1234.5',
      '0.25',
      '-3',
      '2025-03-09T14:30:00',
    ]);
  });

  it('formats of the workbook itself: colours, quoted text and other sections do not make a date', async () => {
    const formats = [
      0,
      '[Red]0.00',
      '0.00" days"',
      'General',
      '#,##0;[Red]-#,##0',
      'd. mmmm yyyy',
      'mm:ss.000',
      '[$-409]h:mm AM/PM',
      '\\d0',
      '0.00E+00',
    ];
    expect(
      await texts(
        formats.map((_, i) => number('1.5', i)),
        { formats },
      ),
    ).toEqual(['1.5', '1.5', '1.5', '1.5', '1.5', '1900-01-01 12:00:00', '1900-01-01 12:00:00', '1900-01-01 12:00:00', '1.5', '1.5']);
  });

  it('in the calendar from 1904 too', async () => {
    expect(await texts([number('0', 1), number('44263', 1)], { date1904: true })).toEqual(['1904-01-01', '2025-03-09']);
  });

  it('formulas without a saved value land empty, and are told with their number', async () => {
    const bare = { inner: '<f>A2*2</f>' };
    const rows: SheetParts['rows'] = [
      ['id', 'sum'],
      ['1', bare],
      ['2', { inner: '<f>A3*2</f><v/>' }],
      [null, null, null, bare],
      ['3', number('6')],
    ];
    const told = (how: string) => [
      `in.xlsx: ${how} no saved value and landed empty; open the workbook in a spreadsheet program and save it`,
    ];
    const all = await read([sheet('S', ...rows)]);
    expect(all.warnings).toEqual(told('3 formulas of sheet "S" have'));
    expect(all.account).toMatchObject({ read: 3, landed: 3 });
    expect((await read([sheet('S', ...rows)], { range: 'A1:B2' })).warnings).toEqual(told('1 formula of sheet "S" has'));
  });

  it('texts, formulas by their last value, errors as they show, booleans, and nothing', async () => {
    const cells = [
      { type: 's', inner: '<v>0</v>' },
      { type: 's', inner: '<v>1</v>' },
      { type: 'str', inner: '<f>A1&amp;B1</f><v>a &amp; b</v>' },
      { type: 'e', inner: '<f>VLOOKUP(1,A:A,2)</f><v>#N/A</v>' },
      { inner: '<f>SUM(1,2)</f><v>3</v>' },
      { type: 'str', inner: '<f>IF(A1=1,"",2)</f><v></v>' },
      true,
      false,
      '  "quoted", \n and lines  ',
      '=1+1',
      '<a> & "b"',
      { type: 'inlineStr', inner: '<is><t>line_x000D_ _x005F_x000D_</t></is>' },
    ];
    const sharedStrings = [
      '<si><t xml:space="preserve"> shared </t></si>',
      '<si><r><t>ri</t></r><r><rPr/><t>ch</t></r><rPh><t>phonetic</t></rPh></si>',
    ];
    expect(await texts(cells, { sharedStrings })).toEqual([
      ' shared ',
      'rich',
      'a & b',
      '#N/A',
      '3',
      null,
      'true',
      'false',
      '  "quoted", \n and lines  ',
      '=1+1',
      '<a> & "b"',
      'line\r _x000D_',
    ]);
  });
});

describe('the shape of a sheet', () => {
  it('rows and cells that are not there, merged cells, and cells beside the named columns lose nothing', async () => {
    const parts: SheetParts = {
      name: 'S',
      rows: [null, [null, 'a', 'b'], [null, '1', null, 'beside'], null, [null, null, null], ['before', '2', 'x']],
      merged: ['B2:C2'],
    };
    expect((await read([parts])).rows).toEqual([
      { column_1: 'before', a: '2', b: 'x', column_4: null },
      { column_1: null, a: '1', b: null, column_4: 'beside' },
    ]);
  });

  it('header_row and range choose what is read', async () => {
    const parts = sheet('S', ['Report of March'], ['a', 'b', 'c', 'note'], ['1', 'x', 'y', 'n'], ['2', 'x', 'y', 'n'], ['Sum', '', '3']);
    expect((await read([parts], { header_row: 2, range: 'A2:C4' })).rows).toEqual([
      { a: '1', b: 'x', c: 'y' },
      { a: '2', b: 'x', c: 'y' },
    ]);
    expect((await read([parts], { range: 'd4:b2' })).rows).toEqual([
      { b: 'x', c: 'y', note: 'n' },
      { b: 'x', c: 'y', note: 'n' },
    ]);
    expect((await read([parts], { header_row: 9 })).warnings).toEqual(['in.xlsx is empty']);
  });

  it('without header the columns are named by `columns`, or by their place', async () => {
    const parts = sheet('S', ['1', 'x']);
    expect((await read([parts], { header: false })).rows).toEqual([{ column_1: '1', column_2: 'x' }]);
    expect((await read([parts], { header: false, columns: ['a', 'b'] })).rows).toEqual([{ a: '1', b: 'x' }]);
  });

  it('names that repeat or are blank get one of their own', async () => {
    expect((await read([sheet('S', ['a', 'A', null, 'd\ne'], ['1', '2', '3', '4'])])).rows).toEqual([
      { a: '1', A_2: '2', column_3: '3', 'd\ne': '4' },
    ]);
  });

  it('3,000 columns', async () => {
    const names = Array.from({ length: 3000 }, (_, i) => `c${i}`);
    const { rows } = await read([sheet('S', names, names)]);
    expect(rows).toEqual([Object.fromEntries(names.map((n) => [n, n]))]);
  });

  it.each([
    ['an empty sheet', []],
    ['a sheet of formats alone', [[{ style: 1, inner: '' }]]],
    ['a header alone', [['a', 'b']]],
  ])('%s is empty', async (_, rows) => {
    expect((await read([{ name: 'S', rows }])).warnings).toEqual(['in.xlsx is empty']);
  });
});

describe('which sheet', () => {
  const sheets: readonly SheetParts[] = [
    { ...sheet('Notes', ['a'], ['hidden']), state: 'hidden' },
    sheet('Orders ', ['a'], ['orders']),
    sheet('2025 & more', ['a'], ['more']),
  ];
  it.each([
    [undefined, 'orders'],
    ['Orders ', 'orders'],
    [' orders', 'orders'],
    ['2025 & more', 'more'],
    ['notes', 'hidden'],
    [3, 'more'],
  ])('%s', async (wanted, expected) => {
    expect((await read(sheets, wanted === undefined ? {} : { sheet: wanted })).rows).toEqual([{ a: expected }]);
  });

  it('one that is not there: says which are', async () => {
    expect((await read(sheets, { sheet: 'Order' })).warnings).toEqual([
      'in.xlsx has no sheet `Order` (it has "Notes", "Orders ", "2025 & more")',
    ]);
  });
});

describe('what is no workbook', () => {
  it.each([
    ['text', Buffer.from('a,b\n1,2\n'), /^in\.xlsx is no workbook; where it is text, say `format: 'csv'`$/],
    [
      'an old or protected workbook',
      Buffer.from('d0cf11e0a1b11ae10000', 'hex'),
      /^in\.xlsx is protected by a password, or a workbook of the old kind/,
    ],
    ['another archive', zip([{ name: 'a.txt', content: 'x' }]), /^in\.xlsx is no workbook/],
    ['one that is cut short', workbook([sheet('S', ['a'], ['1'])]).subarray(0, 900), /^in\.xlsx is no sound zip archive/],
    [
      'one that defines entities',
      zip([{ name: 'xl/workbook.xml', content: '<!DOCTYPE x [<!ENTITY a "b">]><workbook>&a;</workbook>' }]),
      /^in\.xlsx is a damaged workbook/,
    ],
    [
      'one whose XML ends too early',
      zip([{ name: 'xl/workbook.xml', content: '<workbook><sheets><sheet name="' }]),
      /^in\.xlsx is a damaged workbook/,
    ],
  ])('%s: says so', async (_, content, message) => {
    const dir = await streamProject({ path: 'in.xlsx' }, { 'in.xlsx': content });
    expect(warnings(await buildIn(dir))).toEqual([expect.stringMatching(message)]);
  });
});

it('a workbook in a zip archive is read as well', async () => {
  const dir = await streamProject({ path: 'x.zip' }, { 'x.zip': zip([{ name: 'b.xlsx', content: workbook([sheet('S', ['a'], ['1'])]) }]) });
  expect(account(await buildIn(dir))).toEqual({ read: 1, landed: 1 });
});
