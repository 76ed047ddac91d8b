import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { Said } from '../support/command_line.js';
import { onefold } from '../support/command_line.js';
import { buildWell, configure, csv, makeProject, put, removeFolders } from '../support/project.js';

// What a person asks who has some labels and wants to know how good the entities are.

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const attributes = ['given_name', 'family_name', 'birth_date', 'email', 'phone', 'city'];
const columns = Object.fromEntries(['record_id', ...attributes].map((name) => [name, name]));
const people = {
  records: [{ table: 'people', id: 'record_id', attributes: Object.fromEntries(attributes.map((a) => [a, a])) }],
  match: true,
};
// Branches know each other by their number alone: what two systems call 1 is not one.
const branches = {
  records: [
    { table: 'ours', id: 'id', identifiers: { number: 'number' }, attributes: { name: 'name' } },
    { table: 'theirs', id: 'id', identifiers: { number: 'number' }, attributes: { name: 'name' } },
  ],
};
const config = {
  name: 'labelled',
  sources: {
    s: { connector: 'file', streams: { people: { path: 'data/records.csv' }, ours: { path: 'ours.csv' } } },
    t: { connector: 'file', streams: { theirs: { path: 'theirs.csv' } } },
  },
  tables: {
    people: { from: 's.people', key: 'record_id', columns },
    ours: { from: 's.ours', key: 'id', columns: { id: 'id', number: 'number', name: 'name' } },
    theirs: { from: 't.theirs', key: 'id', columns: { id: 'id', number: 'number', name: 'name' } },
  },
  entities: { person: people, branch: { ...branches, identifiers: { number: {} } } },
};
const files = {
  'ours.csv': csv(
    ['id', 'number', 'name'],
    [
      ['1', 'N1', 'Main'],
      ['2', 'N2', 'East'],
      ['3', 'N3', 'West'],
    ],
  ),
  'theirs.csv': csv(
    ['id', 'number', 'name'],
    [
      ['1', 'N1', 'Main St'],
      ['2', 'N3', 'Eastern'],
      ['4', 'N9', 'North'],
    ],
  ),
};

let dir: string;
const typed = (args: readonly string[]): Promise<Said> => onefold(args, { cwd: dir });
beforeAll(async () => {
  dir = await makeProject({ config, files });
  const made = await typed(['generate', 'people', '--customers', '40', '--truth']);
  expect(made.code, made.stderr).toBe(0);
  await buildWell(dir);
});
afterAll(removeFolders);

const scores = z.object({ precision: z.number(), recall: z.number(), f1: z.number() });
const answer = z.looseObject({
  form: z.string(),
  labels: z.looseObject({ rows: z.number(), used: z.number(), unknown: z.number(), ambiguous: z.number() }),
  pairs: scores.extend({ true_positives: z.number(), false_positives: z.number(), false_negatives: z.number() }),
  clusters: z.looseObject({ bcubed: scores, exact: scores }).nullable(),
  thresholds: z
    .looseObject({
      chosen: scores.extend({ threshold: z.number() }),
      best: scores,
      curve: z.array(z.looseObject({ threshold: z.number(), recall: z.number() })),
    })
    .nullable(),
  blocking: z
    .looseObject({ true_pairs: z.number(), weighed: z.number(), weighed_little: z.number(), never_compared: z.number() })
    .nullable(),
  false_positives: z.array(z.looseObject({ left: z.string(), right: z.string(), why: z.string() })),
  false_negatives: z.array(z.looseObject({ left: z.string(), right: z.string(), why: z.string() })),
  files: z.array(z.string()),
});

test('generated people, by the truth that was written beside them: scores, thresholds, curves', async () => {
  const asked = await typed(['evaluate', '--entity', 'person', '--labels', 'data/truth/records.csv', '--json', '--out', 'curves']);
  expect(asked).toMatchObject({ code: 0, stderr: '' });
  const { labels, pairs, clusters, thresholds, blocking, files: written } = answer.parse(JSON.parse(asked.stdout));
  expect(labels).toMatchObject({ unknown: 0, ambiguous: 0, used: labels.rows });
  expect(pairs.f1).toBeGreaterThan(0.8);
  expect(clusters?.bcubed.f1).toBeGreaterThan(0.8);
  expect(thresholds?.best.f1).toBeGreaterThanOrEqual(thresholds?.chosen.f1 ?? 1);
  // The lower the threshold, the more is found, and at its lowest all that was weighed.
  const recalls = thresholds?.curve.map((p) => p.recall) ?? [];
  expect(recalls).toEqual([...recalls].sort((a, b) => a - b));
  expect(recalls.at(-1)).toBeCloseTo((blocking?.weighed ?? 0) / (blocking?.true_pairs ?? 1), 5);
  // So few records were all compared with each other.
  expect(blocking).toMatchObject({ never_compared: 0, true_pairs: pairs.true_positives + pairs.false_negatives });

  expect(written.length).toBe(3);
  expect((await readdir(join(dir, 'curves'))).sort()).toEqual(['precision_recall.svg', 'thresholds.csv', 'thresholds.svg']);
  const table = (await readFile(join(dir, 'curves', 'thresholds.csv'), 'utf8')).trim().split('\n');
  expect(table.length).toBe(recalls.length + 1);
  expect(table[0]).toBe('threshold,probability,precision,recall,f1,true_positives,false_positives,false_negatives');
  const drawn = await readFile(join(dir, 'curves', 'thresholds.svg'), 'utf8');
  expect(drawn).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"[\s\S]*<\/svg>\n$/);
  expect(drawn).not.toMatch(/NaN|undefined/);
});

test('wrong pairs are shown with what both records say', async () => {
  // Whoever says that everybody is somebody else finds every joined pair wrong.
  const records = (await readFile(join(dir, 'data/truth/records.csv'), 'utf8')).trim().split('\n').slice(1);
  const rows = records.map((line, i) => [line.split(',')[2] ?? '', `E${i}`]);
  await put(dir, { 'all_apart.csv': csv(['id', 'cluster'], rows) });
  const said = await typed(['evaluate', '--entity', 'person', '--labels', 'all_apart.csv', '--examples', '2']);
  expect(said.code, said.stderr).toBe(0);
  expect(said.stdout).toMatch(
    /Taken for one, and different\n {2}above the threshold\n +\d+\.\d bits +s\.people:\S+ +s\.people:\S+\n +given_name +\S+/,
  );
  expect(said.stdout.match(/ bits {2}/g)?.length).toBe(2);
  expect(said.stdout).toContain('–');
});

test('records that identifiers link: labels by pairs, ids by stream, and what is not understood is said', async () => {
  const pairs = [
    ['ours:1', 'theirs:1', '1'],
    ['s.ours:2', 't.theirs:2', 'yes'],
    ['3', 'theirs:2', 'false'],
    ['1', 'theirs:4', '0'],
    ['ours:9', '3', '1'],
    ['3', '4', '?'],
  ];
  const semicolons = csv(['left_id', 'right_id', 'label'], pairs).replaceAll(',', ';').replaceAll('\n', '\r\n');
  await put(dir, { 'pairs.csv': `\uFEFF${semicolons}` });
  const asked = await typed(['evaluate', '--entity', 'branch', '--labels', 'pairs.csv', '--json']);
  expect(asked).toMatchObject({ code: 0, stderr: '' });
  const found = answer.parse(JSON.parse(asked.stdout));
  expect(found).toMatchObject({
    form: 'pairs',
    // The plain 1 is in both tables: on the left it is that of the first.
    labels: { rows: 6, used: 4, unknown: 1, ambiguous: 0, unread: 1 },
    pairs: { true_positives: 1, false_positives: 1, false_negatives: 1, precision: 0.5, recall: 0.5, f1: 0.5 },
    clusters: null,
    thresholds: null,
    blocking: null,
  });
  expect(found.false_positives).toMatchObject([{ left: 's.ours:3', right: 't.theirs:2', why: 'together' }]);
  expect(found.false_negatives).toMatchObject([{ left: 's.ours:2', right: 't.theirs:2', why: 'apart' }]);
  const said = await typed(['evaluate', '--entity', 'branch', '--labels', 'pairs.csv']);
  expect(said.stdout).toContain('1 id of the labels: no record is called so');
  expect(said.stdout).toContain('pairs  50.00 %    50.00 %  50.00 %  1 right, 1 wrong, 1 missed');

  // A list of all that is one: what it does not name is not.
  await put(dir, {
    'mapping.csv': csv(
      ['idOurs', 'idTheirs'],
      [
        ['ours:1', 'theirs:1'],
        ['ours:2', 'theirs:2'],
      ],
    ),
  });
  const listed = await typed(['evaluate', '--entity', 'branch', '--labels', 'mapping.csv', '--as', 'matches', '--json']);
  expect(answer.parse(JSON.parse(listed.stdout))).toMatchObject({
    form: 'matches',
    pairs: { true_positives: 1, false_positives: 1, false_negatives: 1 },
  });
});

test.each([
  ['verdicts on columns that are called after tables', 'ours|theirs|label', ['1|1|match', '3|2|M', '2|4|non-match'], 'pairs'],
  ['numbers of records, as other tools write them', 'ltable_id,rtable_id,label', ['1.0,01,1.0', '3.0,02,1.0', '2.0,4.0,0.0'], 'pairs'],
  ['clusters of records, by table', 'cluster,table,id', ['a,ours,1', 'a,theirs,1', 'b,ours,3', 'b,theirs,2', 'c,ours,2'], 'clusters'],
  ['two columns of ids', '"D1"\t"D2"', ['"ours:1"\t"theirs:1"', '"ours:3"\t"theirs:2"'], 'matches'],
])('labels in other shapes: %s', async (_what, header, rows, form) => {
  await put(dir, { 'shape.csv': `${[header, ...rows].join('\n')}\n` });
  const asked = await typed(['evaluate', '--entity', 'branch', '--labels', 'shape.csv', '--json']);
  expect(asked).toMatchObject({ code: 0, stderr: '' });
  expect(answer.parse(JSON.parse(asked.stdout))).toMatchObject({
    form,
    labels: { unknown: 0, ambiguous: 0 },
    pairs: { true_positives: 2, false_positives: 0, false_negatives: 0 },
  });
});

test('what can not be asked is refused with what to do', async () => {
  await put(dir, {
    'wide.csv': csv(['colour', 'size', 'shape'], [['1', '2', '3']]),
    'strangers.csv': csv(['id', 'cluster'], [['x', '1']]),
  });
  const refused = async (...args: readonly string[]): Promise<string> => {
    const { code, stderr } = await typed(['evaluate', ...args]);
    expect(code).not.toBe(0);
    return stderr;
  };
  expect(await refused('--labels', 'pairs.csv')).toMatch(/USAGE.*several entities[\s\S]*Name one of them: person, branch/);
  expect(await refused('--labels', 'pairs.csv', '--entity', 'brunch')).toMatch(/NOT_FOUND.*did you mean `branch`/);
  expect(await refused('--labels', 'nowhere.csv', '--entity', 'branch')).toMatch(/FILE_UNREADABLE.*nowhere\.csv is not there/);
  expect(await refused('--labels', 'wide.csv', '--entity', 'branch')).toMatch(/USAGE.*colour,size,shape[\s\S]*left_id, right_id, label/);
  // Nothing of a damaged file is quoted.
  await put(dir, { 'damaged.csv': 'id,cluster\nours:1,a\nours:2,Miller,b\n' });
  const damaged = await refused('--labels', 'damaged.csv', '--entity', 'branch');
  expect(damaged).toMatch(/FILE_UNREADABLE.*damaged\.csv can't be read as csv/);
  expect(damaged).not.toContain('Miller');
  expect(await refused('--labels', 'strangers.csv', '--entity', 'branch')).toMatch(
    /NOT_FOUND.*1 ids are unknown[\s\S]*id of ours, id of theirs/,
  );
  await put(dir, {
    'twice.csv': csv(['id', 'cluster'], [['1', 'a']]),
    'unread.csv': csv(['id1', 'id2', 'label'], [['ours:1', 'theirs:1', '?']]),
  });
  expect(await refused('--labels', 'twice.csv', '--entity', 'branch')).toMatch(
    /1 ambiguous[\s\S]*write `ours:id`, or add a column `table`/,
  );
  expect(await refused('--labels', 'unread.csv', '--entity', 'branch')).toMatch(/1 labels can't be read[\s\S]*Write 1 or 0/);
  await configure(dir, { ...config, entities: { ...config.entities, other: branches } });
  expect(await refused('--labels', 'pairs.csv', '--entity', 'other')).toMatch(/CONFIG_INVALID|NOT_FOUND/);
  await configure(dir, config);
});
