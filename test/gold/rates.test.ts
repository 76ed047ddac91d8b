import { afterAll, describe, expect, it } from 'vitest';
import { sql } from '../../src/sql/tag.js';
import { buildWell, configure, csv, makeProject, put, removeFolders } from '../support/project.js';
import { rowsIn } from '../support/query.js';

afterAll(removeFolders);

const rateHead = ['day', 'currency', 'quote', 'value'];
const fx = [
  ['2025-01-01', 'USD', 'EUR', '0.9'],
  ['2025-02-01', 'USD', 'EUR', '0.8'],
  ['2025-01-01', 'EUR', 'GBP', '0.8'],
  ['2025-01-01', 'JPY', 'EUR', '0.006'],
  ['2025-01-01', 'XAU', 'EUR', '0'],
];

function config(rates: object = {}, rule: object | null = null): Record<string, unknown> {
  return {
    name: 'company',
    sources: {
      erp: { connector: 'file', streams: { payments: { path: 'data/payments.csv', mode: 'replace' }, rates: { path: 'data/rates*.csv' } } },
    },
    tables: {
      payments: {
        from: 'erp.payments',
        key: 'id',
        columns: { id: 'id', amount: { type: 'money', currency: 'cur', decimal: '.' }, day: { type: 'date' }, currency: 'cur' },
        rules: rule === null ? [] : [rule],
      },
      fx: {
        from: 'erp.rates',
        key: ['currency', 'quote', 'day'],
        columns: { day: { type: 'date' }, currency: 'currency', quote: 'quote', value: { type: 'decimal', decimal: '.' } },
      },
    },
    rates: { table: 'fx', from: 'currency', to: 'quote', rate: 'value', date: 'day', ...rates },
  };
}

async function project(payments: readonly (readonly string[])[], rates: object = {}, rule: object | null = null): Promise<string> {
  return makeProject({
    config: config(rates, rule),
    files: { 'data/payments.csv': csv(['id', 'amount', 'cur', 'day'], payments), 'data/rates.csv': csv(rateHead, fx) },
    models: { sales: `SELECT id, to_currency(amount, currency, 'EUR', day) AS eur FROM silver.payments` },
  });
}

const sales = sql`SELECT id, eur::VARCHAR AS eur FROM gold.sales`;

describe('to_currency', () => {
  it('takes the newest rate of the day or before, rounds half up, and is null where there is none', async () => {
    const dir = await project([
      ['1', '10.00', 'USD', '2025-01-31'],
      ['2', '10.00', 'USD', '2025-02-01'],
      ['3', '10.00', 'USD', '2024-12-31'],
      ['4', '10.005', 'EUR', '2020-01-01'],
      ['5', '-0.05', 'USD', '2025-01-15'],
      ['6', '10.00', 'GBP', '2025-01-15'],
      ['7', '10.00', '', '2025-01-15'],
      ['8', '', 'USD', '2025-01-15'],
      ['9', '0.84', 'JPY', '2025-01-15'],
      ['x', '5', 'XAU', '2025-01-15'],
    ]);
    await buildWell(dir);
    expect(await rowsIn(dir, sales)).toEqual([
      '{"id":"1","eur":"9.00"}',
      '{"id":"2","eur":"8.00"}',
      '{"id":"3","eur":null}',
      '{"id":"4","eur":"10.01"}',
      '{"id":"5","eur":"-0.05"}',
      '{"id":"6","eur":null}',
      '{"id":"7","eur":null}',
      '{"id":"8","eur":null}',
      '{"id":"9","eur":"0.01"}',
      '{"id":"x","eur":null}',
    ]);
  });

  it('divides by the rate of the other way only where that is declared, exactly', async () => {
    const dir = await project(
      [
        ['1', '10.00', 'GBP', '2025-01-15'],
        ['2', '-10.01', 'GBP', '2025-01-15'],
        ['3', '99999999999999.99', 'GBP', '2025-01-15'],
      ],
      { inverse: true, scale: 3 },
    );
    await buildWell(dir);
    expect(await rowsIn(dir, sales)).toEqual([
      '{"id":"1","eur":"12.500"}',
      '{"id":"2","eur":"-12.513"}',
      '{"id":"3","eur":"124999999999999.988"}',
    ]);
  });

  it('counts an old rate as missing where that is declared', async () => {
    const dir = await project([['1', '10.00', 'USD', '2025-01-31']], { max_age_days: 20 });
    await buildWell(dir);
    expect(await rowsIn(dir, sales)).toEqual(['{"id":"1","eur":null}']);
  });

  it('is computed anew when rates arrive', async () => {
    const dir = await project([['1', '10.00', 'CHF', '2025-01-31']]);
    await buildWell(dir);
    expect(await rowsIn(dir, sales)).toEqual(['{"id":"1","eur":null}']);
    await put(dir, { 'data/rates2.csv': csv(rateHead, [['2025-01-01', 'CHF', 'EUR', '1.05']]) });
    await buildWell(dir);
    expect(await rowsIn(dir, sales)).toEqual(['{"id":"1","eur":"10.50"}']);
  });
});

describe('the rule `convertible`', () => {
  const rule = { rule: 'convertible', column: 'amount', currency: 'EUR', on: 'day' };
  const payments = [
    ['1', '10.00', 'USD', '2025-01-31'],
    ['2', '10.00', 'CHF', '2025-01-31'],
    ['3', '', 'CHF', '2025-01-31'],
  ];

  it('counts amounts without a rate, and clears by itself when the rate comes', async () => {
    const dir = await project(payments, {}, rule);
    await buildWell(dir);
    expect(await rowsIn(dir, sql`SELECT _key, reasons FROM quarantine.payments WHERE status = 'open'`)).toEqual([
      '{"_key":"2","reasons":["no rate is known to convert amount to EUR"]}',
    ]);
    await put(dir, { 'data/rates2.csv': csv(rateHead, [['2025-01-01', 'CHF', 'EUR', '1.05']]) });
    await buildWell(dir);
    expect(await rowsIn(dir, sql`SELECT _key FROM quarantine.payments WHERE status = 'open'`)).toEqual([]);
    await configure(dir, config({ max_age_days: 5 }, rule));
    await buildWell(dir);
    expect(await rowsIn(dir, sql`SELECT _key FROM quarantine.payments WHERE status = 'open'`)).toEqual(['{"_key":"1"}', '{"_key":"2"}']);
  });

  it('needs rates, and so does a model', async () => {
    const dir = await project(payments, {}, rule);
    const { rates: _none, ...without } = config({}, rule);
    await configure(dir, without);
    await expect(buildWell(dir)).rejects.toThrow(
      /rules\[0\]: rule `convertible` needs `rates`[\s\S]*sales\.sql: `to_currency` needs `rates`/,
    );
    await configure(dir, config({ table: 'fxx' }));
    await expect(buildWell(dir)).rejects.toThrow(/rates\.table: unknown table `fxx`/);
  });
});
