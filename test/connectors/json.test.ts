import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sql } from '../../src/sql/tag.js';
import { buildIn, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';
import { account, landed, streamProject, warnings } from '../support/stream.js';

afterAll(removeFolders);

async function read(content: string, path = 'in.ndjson', stream: Record<string, unknown> = {}) {
  const dir = await streamProject({ path, ...stream }, { [path]: content });
  const result = await buildIn(dir);
  return { dir, result, rows: await landed(dir) };
}

describe('numbers in JSON', () => {
  it('land as they were written', async () => {
    const numbers = ['12345678901234567890.10', '123456789012345678901234567890', '0.1000000000000000055511151231257827', '12.50'];
    numbers.push('1E5', '1e400', '-0.0', '9007199254740993', '1', '0.5');
    const records = numbers.map((number, i) => `{"i":"${i}","a":${number},"b":"1.50 and 1e5, 1.50}"}\n`);
    expect((await read(records.join(''))).rows).toEqual(numbers.map((a, i) => JSON.stringify({ i: `${i}`, a, b: '1.50 and 1e5, 1.50}' })));
  });

  it('inside nested values too; those that a double can not hold are text there, so that nobody reads them as one', async () => {
    const { rows } = await read('{"a":{"x":1.50,"y":[12345678901234567890.10,1e2],"z":"1.50","n":123456789012345678901}}\n');
    expect(rows).toEqual([JSON.stringify({ a: '{"x":1.50,"y":["12345678901234567890.10",1e2],"z":"1.50","n":123456789012345678901}' })]);
  });

  it('and a column that reaches into a nested value gets all digits', async () => {
    const { dir } = await read('{"a":{"y":12345678901234567890.10}}\n');
    expect(await rowsIn(dir, sql`SELECT json_extract_string(a, '$.y') AS y FROM bronze.s__r`)).toEqual(['{"y":"12345678901234567890.10"}']);
  });

  it('in a json array, and under a record path', async () => {
    expect((await read('[{"a":1.50}]', 'in.json')).rows).toEqual(['{"a":"1.50"}']);
    expect((await read('{"d":[{"a":1.50},{"a":2}]}', 'in.json', { records: 'd' })).rows).toEqual(['{"a":"1.50"}', '{"a":"2"}']);
  });
});

it('whatever a record holds, what lands is what it said', async () => {
  const values = fc.sample(fc.jsonValue(), { numRuns: 300, seed: 7 }).filter((v) => v !== null);
  const { rows } = await read(values.map((v, i) => `{"i":"${i}","v":${JSON.stringify(v)}, "w": 1.50}\n`).join(''));
  expect(rows).toHaveLength(values.length);
  for (const row of rows) {
    const { i, v, w } = z.object({ i: z.string(), v: z.string(), w: z.string() }).parse(JSON.parse(row));
    const said = values[Number(i)];
    // A number that a double holds in more than 15 digits is a text inside nested values; here only its value counts.
    const plain = (x: unknown): string => JSON.stringify(x).replace(/"(-?[0-9][-+.0-9e]*)"/g, '$1');
    expect(plain(typeof said === 'string' ? v : JSON.parse(v))).toBe(plain(said));
    expect(w).toBe('1.50');
  }
});

describe('keys in JSON', () => {
  it('that differ only by case are one column, when no record has both', async () => {
    expect((await read('{"Name":"x","n":1}\n{"name":"y","n":2}\n{"NAME":"z"}\n')).rows).toEqual([
      '{"Name":"x","n":"1"}',
      '{"Name":"y","n":"2"}',
      '{"Name":"z","n":null}',
    ]);
  });

  it('are columns of their own when a record has both', async () => {
    expect((await read('{"a":1,"A":2}\n{"A":3}\n')).rows).toEqual(['{"a":"1","A_2":"2"}', '{"a":null,"A_2":"3"}']);
  });

  it('said twice in one record leave no value behind: the record is kept as text', async () => {
    const { rows, result } = await read('{"a":1,"a":2}\n{"a":3}\n');
    expect(account(result)).toEqual({ read: 2, landed: 1, rejected: 1 });
    expect(rows).toEqual(['damaged: {"a":1,"a":2}', '{"a":"3"}']);
  });

  it('may be any text', async () => {
    const record = {
      '': '1',
      'a/b': '2',
      'c~d': '3',
      'e"f': '4',
      '$.g': '5',
      "h'i": '6',
      '0': '7',
      'j\\k': '8',
      'l.m[0]': '9',
      'tab\t': '10',
    };
    const { rows } = await read(`${JSON.stringify(record)}\n`);
    const values = Object.values(JSON.parse(rows[0] ?? '') as Record<string, string>);
    expect(new Set(values)).toEqual(new Set(Object.values(record)));
  });
});

describe('JSON of odd shapes', () => {
  it.each([
    ['one byte', '1', ['damaged: 1']],
    ['one byte that opens what nothing closes', '{', ['damaged: {']],
    ['an empty record', '{}', ['{}']],
    ['a record that is null', 'null\n{"a":1}', ['damaged: null', '{"a":"1"}']],
    ['carriage returns', '{"a":1}\r\n{"a":2}\r\n', ['{"a":"1"}', '{"a":"2"}']],
    ['NUL in a text', '{"a":"x\\u0000y"}\n', ['{"a":"x\\u0000y"}']],
  ])('%s', async (_, content, expected) => {
    expect((await read(content)).rows).toEqual(expected);
  });

  it('500 and more levels deep', async () => {
    const deep = `${'[1.50,'.repeat(2000)}1${']'.repeat(2000)}`;
    expect((await read(`{"a":${deep}}\n`)).rows).toEqual([JSON.stringify({ a: deep })]);
  });

  it('5,000 keys wide', async () => {
    const record = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, `${i}`]));
    const { rows, result } = await read(`${JSON.stringify(record)}\n`.repeat(3));
    expect(account(result)).toEqual({ read: 3, landed: 3 });
    expect(JSON.parse(rows[0] ?? '')).toEqual(record);
  });

  it('an empty array is an empty file', async () => {
    const dir = await streamProject({ path: 'in.json' }, { 'in.json': '[]' });
    expect(warnings(await buildIn(dir))).toEqual(['in.json is empty']);
  });
});
