import { Buffer } from 'node:buffer';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CsvDialect, type DamagedLine, splitDamagedCsv } from '../../src/connectors/file/damaged.js';

let dir: string;
let connection: DuckDBConnection;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'damaged-'));
  connection = await (await DuckDBInstance.create(':memory:')).connect();
});
afterAll(async () => {
  connection.closeSync();
  await rm(dir, { recursive: true });
});

const two: CsvDialect = { delimiter: ',', quote: '"', header: true, columns: 2 };
const bare: CsvDialect = { ...two, header: false };

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

interface Split {
  readonly sound: number;
  readonly soundBytes: Buffer;
  readonly damaged: readonly DamagedLine[];
}

async function split(input: string | Uint8Array, dialect = two, chunk = 1 << 16): Promise<Split> {
  const [soundPath, damagedPath] = [join(dir, 'sound.csv'), join(dir, 'damaged.ndjson')];
  const counts = await splitDamagedCsv(chunked(Buffer.from(input), chunk), dialect, soundPath, damagedPath);
  const lines = (await readFile(damagedPath, 'utf8')).split('\n');
  expect(lines.pop()).toBe('');
  const damaged = lines.map((line): DamagedLine => JSON.parse(line));
  expect(damaged).toHaveLength(counts.damaged);
  return { sound: counts.sound, soundBytes: await readFile(soundPath), damaged };
}

async function strictRows(file: Uint8Array, { delimiter, quote, header, columns }: CsvDialect): Promise<unknown[][]> {
  const path = join(dir, 'read.csv');
  await writeFile(path, file);
  const types = Array.from({ length: columns }, (_, at) => `'c${at}': 'VARCHAR'`).join(', ');
  const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  const reader = await connection.runAndReadAll(
    `SELECT * FROM read_csv(${literal(path)}, auto_detect=false, header=${header}, delim=${literal(delimiter)},
      quote=${literal(quote)}, escape=${literal(quote)}, strict_mode=true, null_padding=false, encoding='utf-8',
      columns={${types}})`,
  );
  return reader.getRows();
}

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('hand-written cases', () => {
  const one: CsvDialect = { ...two, columns: 1 };
  const long = 'x'.repeat(2_100_000);
  // Input, expected sound file, expected damaged lines, dialect.
  type Case = [string, string | Buffer, string | Buffer, string[], CsvDialect?];
  // biome-ignore format: a table reads best with one case per line
  const cases: Case[] = [
    ['all sound', 'a,b\n1,2\n3,4\n', 'a,b\n1,2\n3,4\n', []],
    ['header only', 'a,b', 'a,b', []],
    ['nothing at all', '', '', []],
    ['no last newline', 'a,b\n1,2\n3', 'a,b\n1,2\n', ['3 too_few_fields 3']],
    ['last newline missing after a sound record', 'a,b\n1\n1,2', 'a,b\n1,2', ['2 too_few_fields 1']],
    ['ragged rows', 'a,b\n1\n1,2\n1,2,3\n', 'a,b\n1,2\n', ['2 too_few_fields 1', '4 too_many_fields 1,2,3']],
    ['empty trailing fields are DuckDB-sound', 'a,b\n1,2,\n1,2,"",\n1,2, \n', 'a,b\n1,2,\n1,2,"",\n', ['4 too_many_fields 1,2, ']],
    ['text after a closing quote', 'a,b\n1,"x"y\n1,2\n', 'a,b\n1,2\n', ['2 bad_quoting 1,"x"y']],
    ['a quote in a bare field is text', 'a,b\n1,5" pipe\n1,2\n', 'a,b\n1,5" pipe\n1,2\n', []],
    ['one space before, any after the quotes', 'a,b\n "1" , "2,3"  \n', 'a,b\n "1" , "2,3"  \n', []],
    ['unclosed quote swallows nothing', 'a,b\n1,"abc\n2,3\n4,5\n', 'a,b\n2,3\n4,5\n', ['2 unclosed_quote 1,"abc']],
    ['quote closing in the next line', 'a,b\n1,"abc\n2,"def"\n3,4\n', 'a,b\n2,"def"\n3,4\n', ['2 bad_quoting 1,"abc']],
    ['quotes that happen to pair', 'a,b\n1,"abc\n2,def"\n3,4\n', 'a,b\n1,"abc\n2,def"\n3,4\n', []],
    ['newlines in quotes count as lines', 'a,b\n1,"x\n\ny"\n3\n', 'a,b\n1,"x\n\ny"\n', ['5 too_few_fields 3']],
    ['doubled quotes', 'a,b\n"""1""","a""b"\n1,""""x\n', 'a,b\n"""1""","a""b"\n', ['3 bad_quoting 1,""""x']],
    ['invalid UTF-8', latin('a,b\n1,caf\xe9\n1,\xc3\xa9\n'), latin('a,b\n1,\xc3\xa9\n'), ['2 invalid_encoding 1,caf\\xe9']],
    ['surrogates and overlong forms', latin('\xff,b\n1,\xed\xa0\x80\n\xc0\x80,2\n'), latin('\xff,b\n'), ['2 invalid_encoding 1,\\xed\\xa0\\x80', '3 invalid_encoding \\xc0\\x80,2']],
    ['NUL, which is content', 'a,b\n1,x\0y\n1,2\n3\n', 'a,b\n1,x\0y\n1,2\n', ['4 too_few_fields 3']],
    ['blank lines', 'a,b\n\n1,2\n\n\n3\n', 'a,b\n\n1,2\n\n\n', ['6 too_few_fields 3']],
    ['a line of spaces is not blank', 'a,b\n \n1,2\n', 'a,b\n1,2\n', ['2 too_few_fields  ']],
    ['blank lines are records of a single column', 'a\n\nx\n1,2\n', 'a\n\nx\n', ['4 too_many_fields 1,2'], one],
    ['crlf', 'a,b\r\n1,"x\r\ny"\r\n1\r\n3,4\r\n', 'a,b\r\n1,"x\r\ny"\r\n3,4\r\n', ['4 too_few_fields 1']],
    ['cr only', 'a,b\r1,"x\ry"\r1\r3,4\r', 'a,b\r1,"x\ry"\r3,4\r', ['4 too_few_fields 1']],
    ['mixed line breaks', 'a,b\r\n1,"2\n"\n3,4\r\n5\n', 'a,b\r\n1,"2\n"\r\n3,4\r\n', ['5 too_few_fields 5']],
    ['the first break is in quotes', '1,"x\ry"\n3,4\n', '1,"x\ry"\r3,4\r', [], bare],
    ['stray carriage return', 'a,b\n1,x\ry\n1,2\r\r\n3,4\n', 'a,b\n3,4\n', ['2 bad_quoting 1,x\ry', '3 bad_quoting 1,2\r']],
    ['carriage return cut off at the end', 'a,b\r\n1,2\r', 'a,b\r\n1,2\r\n', []],
    ['byte order mark', '\ufeff"a\nb",c\n1,2\n', '"a\nb",c\n1,2\n', []],
    ['byte order mark without header', '\ufeff"1","2\n"\n3\n', '\ufeff"1","2\n"\n', ['3 too_few_fields 3'], bare],
    ['byte order mark that comes to the front', '1\n\ufeff"1",2\n', '\ufeff\ufeff"1",2\n', ['1 too_few_fields 1'], bare],
    ['blank header', '\n1,2\n', '\n1,2\n', []],
    ['header of another width', 'a\n1,2\n', 'a\n1,2\n', []],
    ['header over two lines', '"a\nb",c\n1,2\n3\n', '"a\nb",c\n1,2\n', ['4 too_few_fields 3']],
    ['unclosed header', '"a,b\r\n1,2\r\n', '\n1,2\n', ['1 unclosed_quote "a,b']],
    ['no quoting', 'a,b\n1,"2\n3,"4,5"\n', 'a,b\n1,"2\n', ['3 too_many_fields 3,"4,5"'], { ...two, quote: '' }],
    ['another dialect', "a;b\n'1;';2\n1;'2\n", "a;b\n'1;';2\n", ["3 unclosed_quote 1;'2"], { ...two, delimiter: ';', quote: "'" }],
    ['space as delimiter', 'a b\n"1" "2 "\n1  2\n', 'a b\n"1" "2 "\n', ['3 too_many_fields 1  2'], { ...two, delimiter: ' ' }],
    ['record too long', `a,b\n1,"x\n2,${long.slice(0, 1e6)}\n3,${long.slice(0, 1e6)}\n4,"\n`, `a,b\n2,${long.slice(0, 1e6)}\n3,${long.slice(0, 1e6)}\n`, ['2 unclosed_quote 1,"x', '5 unclosed_quote 4,"']],
    ['line too long', `a,b\n1,${long}\n3\n4,5\n`, 'a,b\n4,5\n', [`2 unclosed_quote 1,${long.slice(0, 1_999_997)}`, `2 unclosed_quote ${long.slice(1_999_997)}`, '3 too_few_fields 3']],
    ['line just short enough', `a,b\n1,${long.slice(0, 1_999_996)}\n3\n`, `a,b\n1,${long.slice(0, 1_999_996)}\n`, ['3 too_few_fields 3']],
  ];
  test.each(cases)('%s', async (_name, input, sound, damaged, dialect = two) => {
    const result = await split(input, dialect);
    expect(result.damaged.map(({ line, reason, text }) => `${line} ${reason} ${text}`)).toEqual(damaged);
    expect(result.soundBytes.toString('latin1')).toBe(Buffer.from(sound).toString('latin1'));
    expect(await strictRows(result.soundBytes, dialect)).toHaveLength(result.sound);
  });

  test('cuts an overlong line between characters', async () => {
    const text = `1,${'é'.repeat(1_500_000)}`;
    const { damaged } = await split(`a,b\n${text}\n`);
    expect(damaged.map((piece) => piece.text).join('')).toBe(text);
  });

  test.each([{ delimiter: '' }, { delimiter: '¦' }, { delimiter: '\n' }, { quote: ',' }, { columns: 0 }])(
    'refuses the dialect %o',
    async (part) => {
      await expect(split('', { ...two, ...part })).rejects.toThrow(RangeError);
    },
  );
});

const tokens = '"|"|"|,|,|,|\n|\n|\r\n|\r| |a|b|1,2\n|"x","y"\n|\0|\xff|\xc3|\xc3\xa9|\xe2\x82\xac|\xf0\x9f\x98\x80|\xef\xbb\xbf|""|,"';
const token = fc.constantFrom(...tokens.split('|'));
const soup = fc.array(token, { maxLength: 40 }).map((parts) => latin(parts.join('')));
/** Like `soup`, with a single kind of line break and mostly sound, so that DuckDB often accepts it as it is. */
const mild = fc
  .tuple(
    fc.constantFrom('\n', '\r\n', '\r'),
    fc.array(fc.constantFrom(...'"x|y"|"|"a|b"|1|2|,|,||""| |\n|é'.split('|')), { maxLength: 14 }),
  )
  .map(([lineBreak, parts]) => Buffer.from(parts.join('').replaceAll('\n', lineBreak)));
const dialects = fc.record({
  delimiter: fc.constant(','),
  quote: fc.constantFrom('"', '"', '"', ''),
  header: fc.boolean(),
  columns: fc.integer({ min: 1, max: 3 }),
});

/** Whether the first line break is a lone carriage return. */
const crFirst = (input: Buffer): boolean => /^[^\r\n]*\r+(?!\r|\n)/.test(input.toString('latin1'));

/** The physical lines of a file with their line breaks, told apart by other means than in the module. */
function physicalLines(input: Buffer): Buffer[] {
  const text = input.toString('latin1');
  return text.split(crFirst(input) ? /(?<=\n|\r(?!\n))/ : /(?<=\n)/).map(latin);
}

const unified = (text: string): string => text.replace(/\r\n?/g, '\n');

describe('properties', () => {
  test('every line is either sound or damaged, and DuckDB reads what is sound', async () => {
    await fc.assert(
      fc.asyncProperty(soup, dialects, async (input, dialect) => {
        const { sound, soundBytes, damaged } = await split(input, dialect);
        const lines = physicalLines(input);
        const gone = new Set(damaged.map((piece) => piece.line));
        expect([...gone].sort((a, b) => a - b)).toEqual(damaged.map((piece) => piece.line));
        for (const piece of damaged) {
          const line = lines[piece.line - 1] ?? Buffer.alloc(0);
          const text = line.toString('latin1').replace(crFirst(input) ? /\r?\n$|\r$/ : /\r?\n$/, '');
          const undone = piece.text.replace(/\\x([0-9a-f]{2})|[^\\]+/g, (all, hex?: string) =>
            hex === undefined ? Buffer.from(all).toString('latin1') : String.fromCharCode(Number.parseInt(hex, 16)),
          );
          expect(undone).toBe(text);
        }
        const left = lines.filter((_, at) => !gone.has(at + 1)).map((line) => line.toString('latin1'));
        const standIn = dialect.header && gone.has(1) ? '\n' : '';
        const bom = '\xef\xbb\xbf';
        if (dialect.header && !gone.has(1)) left[0] = left[0]?.replace(/^\xef\xbb\xbf/, '') ?? '';
        const guard = standIn === '' && gone.has(1) && left[0]?.startsWith(bom) ? bom : '';
        const written = soundBytes.toString('latin1');
        expect(unified(written)).toBe(guard + standIn + left.map(unified).join(''));
        if (!input.includes(0x0d)) expect(written).toBe(guard + standIn + left.join(''));
        expect(await strictRows(soundBytes, dialect)).toHaveLength(sound);
      }),
      { numRuns: 400 },
    );
  });

  test('chunks do not matter', async () => {
    await fc.assert(
      fc.asyncProperty(soup, dialects, fc.integer({ min: 1, max: 9 }), async (input, dialect, size) => {
        expect(await split(input, dialect, size)).toEqual(await split(input, dialect));
      }),
      { numRuns: 100 },
    );
  });

  test('what DuckDB accepts goes through unchanged', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(mild, fc.integer({ min: 1, max: 3 }), async (body, columns) => {
        const dialect = { ...bare, columns };
        const rows = await strictRows(body, dialect).catch(() => undefined);
        fc.pre(rows !== undefined);
        accepted += 1;
        const result = await split(body, dialect);
        expect(result.damaged).toEqual([]);
        expect(result.sound).toBe(rows?.length);
        expect(unified(result.soundBytes.toString())).toBe(unified(body.toString()));
      }),
      { numRuns: 300 },
    );
    expect(accepted).toBeGreaterThan(0);
  });

  test('a sound csv goes through unchanged', async () => {
    const field = fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', ' ', 'a', 'é', '😀'), maxLength: 6 });
    const rows = fc.array(fc.tuple(field, field, field), { maxLength: 8 });
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(rows, async (records) => {
        const csv = `a,b,c\n${records.map((record) => `${record.map(quoted).join(',')}\n`).join('')}`;
        const result = await split(csv, { ...two, columns: 3 }, 7);
        expect(result.damaged).toEqual([]);
        expect(result.soundBytes.toString()).toBe(csv);
        const read = await strictRows(result.soundBytes, { ...two, columns: 3 });
        expect(read).toEqual(records.map((record) => record.map((text) => (text === '' ? null : text))));
      }),
      { numRuns: 100 },
    );
  });
});

test('keeps up with a large file', async () => {
  const block = Buffer.from(`${'1,"some text, quoted",plain é,4\n'.repeat(20_000)}2,"unclosed,x,y\n`);
  const blocks = 30;
  async function* source(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < blocks; at += 1) yield block;
  }
  const begin = performance.now();
  const dialect: CsvDialect = { ...bare, columns: 4 };
  const result = await splitDamagedCsv(source(), dialect, join(dir, 'sound.csv'), join(dir, 'damaged.ndjson'));
  const rate = (block.length * blocks) / 1e3 / (performance.now() - begin);
  console.info(`split ${rate.toFixed(0)} MB/s`);
  expect(result).toEqual({ sound: blocks * 20_000, damaged: blocks });
  expect(rate).toBeGreaterThan(5);
  expect(await strictRows(await readFile(join(dir, 'sound.csv')), dialect)).toHaveLength(result.sound);
});
