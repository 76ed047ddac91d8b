import { afterAll, describe, expect, it } from 'vitest';
import { sql } from '../../src/sql/tag.js';
import { buildWell, csv, makeProject, put, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';

afterAll(removeFolders);

/** A project of one table over one csv, its columns declared. */
async function project(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  columns: Readonly<Record<string, unknown>>,
  more: { readonly config?: object; readonly table?: object; readonly files?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  return makeProject({
    config: {
      name: 'company',
      ...more.config,
      sources: { crm: { connector: 'file', streams: { people: { path: 'data/*.csv' } } } },
      tables: { people: { from: 'crm.people', key: 'id', ...more.table, columns: { id: 'id', ...columns } } },
    },
    files: { 'data/people.csv': csv(head, rows), ...more.files },
  });
}

const reasons = sql`SELECT _key, rules, reasons FROM quarantine.people WHERE status = 'open' ORDER BY _key`;

describe('texts that mean nothing', () => {
  const rows = [
    ['1', 'n/a', 'N/A', '-'],
    ['2', ' NULL ', 'x', '5'],
    ['3', 'Ada', '-', 'n/a'],
  ];
  const columns = { a: 'a', b: { from: 'b', nulls: ['-'] }, c: { from: 'c', type: 'integer', nulls: [], on_error: 'null' } };

  it('are values where nothing is declared', async () => {
    const dir = await project(['id', 'a', 'b', 'c'], rows, { a: 'a' });
    await buildWell(dir);
    expect(await rowsIn(dir, sql`SELECT a FROM silver.people`)).toEqual(['{"a":"Ada"}', '{"a":"NULL"}', '{"a":"n/a"}']);
  });

  it('follow the innermost word, trimmed and in any case', async () => {
    const dir = await project(['id', 'a', 'b', 'c'], rows, columns, { config: { nulls: ['-'] }, table: { nulls: ['null', 'N/A'] } });
    const result = await buildWell(dir);
    expect(await rowsIn(dir, sql`SELECT id, a, b, c FROM silver.people`)).toEqual([
      '{"id":"1","a":null,"b":"N/A","c":null}',
      '{"id":"2","a":null,"b":"x","c":"5"}',
      '{"id":"3","a":"Ada","b":null,"c":null}',
    ]);
    expect(result.tables[0]?.warned).toEqual({ 'c.type': 2 });
  });

  it('are read anew when the list changes', async () => {
    const dir = await project(['id', 'a', 'b', 'c'], rows, { a: 'a' });
    await buildWell(dir);
    await put(dir, {
      'onefold.json': JSON.stringify({
        name: 'company',
        nulls: ['n/a', 'null'],
        sources: { crm: { connector: 'file', streams: { people: { path: 'data/*.csv' } } } },
        tables: { people: { from: 'crm.people', key: 'id', columns: { id: 'id', a: 'a' } } },
      }),
    });
    await buildWell(dir);
    expect(await rowsIn(dir, sql`SELECT count(a)::INTEGER AS n FROM silver.people`)).toEqual(['{"n":1}']);
  });
});

describe('amounts', () => {
  it('are set aside for what they are, each under its own rule, where the column proves nothing', async () => {
    const dir = await project(
      ['id', 'paid', 'in'],
      [
        ['1', '1.234', ''],
        ['2', 'see v2.1', ''],
        ['3', '€5 USD', ''],
        ['4', '5', 'points'],
        ['5', '$5 CAD', 'EUR'],
        ['6', '$5 CAD', '$'],
      ],
      { paid: { type: 'money', currency: 'in' } },
    );
    await buildWell(dir);
    expect(await rowsIn(dir, sql`SELECT id, paid::INTEGER AS paid, paid_currency FROM silver.people`)).toEqual([
      '{"id":"6","paid":5,"paid_currency":"CAD"}',
    ]);
    expect(await rowsIn(dir, sql`SELECT _key, rules FROM quarantine.people`)).toEqual([
      '{"_key":"1","rules":["paid.ambiguous"]}',
      '{"_key":"2","rules":["paid.type"]}',
      '{"_key":"3","rules":["paid.currency"]}',
      '{"_key":"4","rules":["paid.currency"]}',
      '{"_key":"5","rules":["paid.currency"]}',
    ]);
  });
});

describe('characters that nobody sees', () => {
  const rows = [
    ['1', 'Zo\u200Be\u00A0Smith\u202C'],
    ['2', 'so\uFEFF\u00ADft\u0007'],
    ['3', '👩\u200D💻 a\u200Db'],
    ['4', 'می\u200Cخواهم क्\u200Dष'],
    ['5', 'Zoe\u0301'],
    ['6', 'line\nline'],
  ];
  const read = sql`SELECT id, name FROM silver.people`;

  it('stay where nothing is declared', async () => {
    const dir = await project(['id', 'name'], rows, { name: { from: 'name', trim: false } });
    await buildWell(dir);
    expect((await rowsIn(dir, read)).map((row) => JSON.parse(row).name)).toEqual(rows.map((row) => row[1]));
  });

  it('go where that is declared, but for joiners that a script or an emoji needs', async () => {
    const dir = await project(['id', 'name'], rows, { name: 'name' }, { config: { invisible: 'remove', normalize: 'NFC' } });
    await buildWell(dir);
    expect((await rowsIn(dir, read)).map((row) => JSON.parse(row).name)).toEqual([
      'Zoe Smith',
      'soft',
      '👩\u200D💻 ab',
      'می\u200Cخواهم क्\u200Dष',
      'Zoé',
      'line\nline',
    ]);
  });
});

describe('columns that are mapped', () => {
  it('take what the row says of the region, and say why a number is set aside', async () => {
    const dir = await project(
      ['id', 'tel', 'land'],
      [
        ['1', '044 668 18 00', 'Schweiz'],
        ['2', '044 668 18 00', ''],
        ['3', '+1 202 456 1414 x9', 'n/a'],
        ['4', 'nonsense', 'CH'],
        ['5', '', 'CH'],
        ['6', '044 668 18 00', 'Schweiz'],
      ],
      { tel: { from: 'tel', type: 'phone', region_from: 'land' }, land: { from: 'land', type: 'country', on_error: 'null' } },
    );
    await buildWell(dir);
    expect(await rowsIn(dir, sql`SELECT id, tel, tel_extension AS ext, land FROM silver.people`)).toEqual([
      '{"id":"1","tel":"+41446681800","ext":null,"land":"CH"}',
      '{"id":"3","tel":"+12024561414","ext":"9","land":null}',
      '{"id":"5","tel":null,"ext":null,"land":"CH"}',
      '{"id":"6","tel":"+41446681800","ext":null,"land":"CH"}',
    ]);
    expect(await rowsIn(dir, reasons)).toEqual([
      '{"_key":"2","rules":["tel.region"],"reasons":["tel is a number without a country code, and no region is known for it"]}',
      '{"_key":"4","rules":["tel.type"],"reasons":["tel can\'t be read as phone"]}',
    ]);
  });

  it('are mapped for rows that arrive later', async () => {
    const dir = await project(['id', 'tel'], [['1', '+41446681800']], { tel: { from: 'tel', type: 'phone' } });
    await buildWell(dir);
    await put(dir, { 'data/more.csv': csv(['id', 'tel'], [['2', '+12024561414']]) });
    await buildWell(dir);
    expect(await rowsIn(dir, sql`SELECT tel FROM silver.people`)).toEqual(['{"tel":"+12024561414"}', '{"tel":"+41446681800"}']);
  });

  it('are mapped anew where a row is gone and another version of its key stands again', async () => {
    const dir = await makeProject({
      config: {
        name: 'company',
        sources: { crm: { connector: 'file', streams: { people: { path: 'data/*.csv', mode: 'replace' } } } },
        tables: {
          people: { from: 'crm.people', key: 'id', recency: 'at', columns: { id: 'id', at: 'at', tel: { type: 'phone', region: 'CH' } } },
        },
      },
      files: {
        'data/a.csv': csv(['id', 'at', 'tel'], [['1', '1', '044 668 18 00']]),
        'data/b.csv': csv(['id', 'at', 'tel'], [['1', '2', '031 322 21 11']]),
      },
    });
    const read = sql`SELECT tel FROM silver.people WHERE id = '1' AND _deleted_at IS NULL`;
    await buildWell(dir);
    expect(await rowsIn(dir, read)).toEqual(['{"tel":"+41313222111"}']);
    await put(dir, { 'data/b.csv': csv(['id', 'at', 'tel'], [['2', '1', '']]) });
    await buildWell(dir);
    expect(await rowsIn(dir, read)).toEqual(['{"tel":"+41446681800"}']);
  });

  it('take names apart and lose nothing of them', async () => {
    const hostile = [`Robert'); DROP TABLE silver.people;--`, `${'x'.repeat(50_000)} y`, '\u202Eابن رشد\u202C', '🦄'.repeat(10)];
    const dir = await project(
      ['id', 'name'],
      hostile.map((text, i) => [String(i), text]),
      { name: { from: 'name', type: 'name', on_error: 'null' } },
    );
    await buildWell(dir);
    expect((await rowsIn(dir, sql`SELECT id, name FROM silver.people`)).map((row) => JSON.parse(row).name)).toEqual([
      ...hostile.slice(0, 3),
      null,
    ]);
  });

  it('follow a mapping file, and are read anew when it changes', async () => {
    const columns = { tier: { from: 'tier', type: 'category', values: ['gold', 'silver'], mapping_file: 'tiers.csv', unmapped: 'keep' } };
    const rows = [
      ['1', 'G'],
      ['2', 'SILVER'],
      ['3', 'tin'],
    ];
    const dir = await project(['id', 'tier'], rows, columns, { files: { 'tiers.csv': 'from,to\nG,gold\n"a, ""b""",silver\n' } });
    const first = await buildWell(dir);
    expect(await rowsIn(dir, sql`SELECT tier FROM silver.people`)).toEqual(['{"tier":"gold"}', '{"tier":"silver"}', '{"tier":"tin"}']);
    expect(first.tables[0]?.warned).toEqual({ 'tier.unmapped': 1 });
    await put(dir, { 'tiers.csv': 'from,to\nG,gold\ntin,silver\n' });
    await buildWell(dir);
    expect(await rowsIn(dir, sql`SELECT tier FROM silver.people`)).toEqual(['{"tier":"gold"}', '{"tier":"silver"}', '{"tier":"silver"}']);
  });

  it('must be mapped by a file of the project that says each text once', async () => {
    const of = (tiers: string, file = 'tiers.csv') =>
      project(
        ['id', 'tier'],
        [['1', 'G']],
        { tier: { type: 'category', values: ['gold'], mapping_file: file } },
        { files: { 'tiers.csv': tiers } },
      );
    await expect(of('from,to\nG,gold\nG,tin\n').then(buildWell)).rejects.toThrow(/mapped twice/);
    await expect(of('from,to\nG,tin\n').then(buildWell)).rejects.toThrow(/none of `values`/);
    await expect(of('a,b\nG,tin\n').then(buildWell)).rejects.toThrow(/`from` and `to`/);
    await expect(of('', '../tiers.csv').then(buildWell)).rejects.toThrow(/relative to the project/);
    await expect(of('', 'gone.csv').then(buildWell)).rejects.toThrow(/can't be read/);
  });
});

describe('shares', () => {
  const read = sql`SELECT id, p::DECIMAL(9, 4)::VARCHAR AS p FROM silver.people`;
  const share = (rows: readonly (readonly string[])[], options = {}) =>
    project(['id', 'p'], rows, { p: { from: 'p', type: 'percent', ...options } });

  it('follow what the whole column proves', async () => {
    const dir = await share([
      ['1', '15'],
      ['2', '1'],
      ['3', '15 %'],
      ['4', '0'],
    ]);
    const result = await buildWell(dir);
    expect(await rowsIn(dir, read)).toEqual([
      '{"id":"1","p":"0.1500"}',
      '{"id":"2","p":"0.0100"}',
      '{"id":"3","p":"0.1500"}',
      '{"id":"4","p":"0.0000"}',
    ]);
    expect(result.tables[0]?.inferred).toEqual([{ column: 'p', verdict: 'percent', evidence: { ambiguous: 2, fraction: 0, percent: 1 } }]);
  });

  it('are set aside where it proves both, or nothing', async () => {
    const dir = await share([
      ['1', '15'],
      ['2', '0.15'],
      ['3', '-15%'],
    ]);
    await buildWell(dir);
    expect(await rowsIn(dir, read)).toEqual(['{"id":"3","p":"-0.1500"}']);
    expect(await rowsIn(dir, sql`SELECT DISTINCT rules FROM quarantine.people`)).toEqual(['{"rules":["p.ambiguous"]}']);
  });

  it('mean what is declared', async () => {
    const dir = await share([['1', '0,15']], { as: 'fraction' });
    await buildWell(dir);
    expect(await rowsIn(dir, read)).toEqual(['{"id":"1","p":"0.1500"}']);
  });
});

describe('words for true and false', () => {
  it('are those that are declared, beside the usual ones', async () => {
    const rows = ['Ja', 'NEIN', '✓', 'x', 'yes', 'oui'].map((word, i) => [String(i), word]);
    const dir = await project(['id', 'f'], rows, {
      f: { type: 'boolean', words: ['de'], true_words: ['✓'], false_words: ['X'], on_error: 'null' },
    });
    await buildWell(dir);
    expect((await rowsIn(dir, sql`SELECT id, f FROM silver.people`)).map((row) => JSON.parse(row).f)).toEqual([
      true,
      false,
      true,
      false,
      true,
      null,
    ]);
    await expect(project(['id', 'f'], rows, { f: { type: 'boolean', true_words: ['no'] } }).then(buildWell)).rejects.toThrow(
      /`no` means both/,
    );
  });
});

describe('lists', () => {
  it('are read from JSON or by their separator, all items or none', async () => {
    const rows = [
      ['1', '["b", "a, b", "", null]', '[1, 2]'],
      ['2', 'x; y;;x', '3; 4'],
      ['3', '[1, 2', '3; x'],
    ];
    const dir = await project(['id', 't', 'n'], rows, {
      t: { type: 'array', separator: ';', on_error: 'null' },
      n: { type: 'array', of: 'integer', separator: ';', on_error: 'null' },
    });
    await buildWell(dir);
    expect(await rowsIn(dir, sql`SELECT id, to_json(t) AS t, to_json(n) AS n FROM silver.people`)).toEqual([
      '{"id":"1","t":"[\\"b\\",\\"a, b\\"]","n":"[1,2]"}',
      '{"id":"2","t":"[\\"x\\",\\"y\\",\\"x\\"]","n":"[3,4]"}',
      '{"id":"3","t":"[\\"[1, 2\\"]","n":null}',
    ]);
  });
});

describe('an expression in SQL', () => {
  const of = (expression: string, more = {}) =>
    project(
      ['id', 'First Name', 'source', 'n'],
      [
        ['1', 'Ada', 'x', '3'],
        ['2', '', 'y', 'nine'],
        ['3', 'Bob', 'z', ''],
      ],
      { made: { type: 'sql', sql: expression, ...more } },
    );

  it('sees the source columns, and a row for which it fails is set aside', async () => {
    const dir = await of('CAST("First Name" || source AS VARCHAR) || (n::BIGINT + 1)');
    await buildWell(dir);
    expect(await rowsIn(dir, sql`SELECT id, made FROM silver.people`)).toEqual(['{"id":"1","made":"Adax4"}', '{"id":"3","made":null}']);
    expect(await rowsIn(dir, reasons)).toEqual(['{"_key":"2","rules":["made.type"],"reasons":["made can\'t be read as sql"]}']);
  });

  it('has its type declared', async () => {
    const dir = await of('n', { as: 'DECIMAL(9, 2)', on_error: 'null' });
    await buildWell(dir);
    expect(await rowsIn(dir, sql`SELECT id, made::VARCHAR AS made, typeof(made) AS t FROM silver.people WHERE id <> '3'`)).toEqual([
      '{"id":"1","made":"3.00","t":"DECIMAL(9,2)"}',
      '{"id":"2","made":null,"t":"DECIMAL(9,2)"}',
    ]);
  });

  it('is checked before anything runs', async () => {
    await expect(of("read_text('/etc/passwd')").then(buildWell)).rejects.toThrow(
      /tables\.people\.columns\.made: the expression calls `read_text`/,
    );
    await expect(of('(SELECT max(n) FROM silver.people)').then(buildWell)).rejects.toThrow(/the expression holds subquery/);
    await expect(of('nothing_like_it || n').then(buildWell)).rejects.toThrow(/unknown column `nothing_like_it`/);
    await expect(of('n', { as: 'BLOB' }).then(buildWell)).rejects.toThrow(/must be VARCHAR/);
  });
});

describe('a path into a column', () => {
  it('finds nothing in a text that is no JSON, whatever stands in other rows', async () => {
    const texts = ['{"given": "Ada", "n": 1.5}', 'Ada', '', '[1]', '5', '{"given": ', '"Ada"', 'null', '{"given": {"x": 1}}'];
    const rows = texts.map((text, i) => [String(i + 1), text]);
    const dir = await project(['id', 'name'], rows, { given: 'name.given', n: { from: 'name.n', type: 'decimal' }, first: 'name[0]' });
    await buildWell(dir);
    expect(
      await rowsIn(dir, sql`SELECT id, given, n::DOUBLE AS n, first FROM silver.people WHERE given IS NOT NULL OR first IS NOT NULL`),
    ).toEqual([
      '{"id":"1","given":"Ada","n":1.5,"first":null}',
      '{"id":"4","given":null,"n":null,"first":"1"}',
      '{"id":"9","given":"{\\"x\\":1}","n":null,"first":null}',
    ]);
    expect(await rowsIn(dir, sql`SELECT count(*)::INTEGER AS n FROM silver.people`)).toEqual(['{"n":9}']);
  });
});
