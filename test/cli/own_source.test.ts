import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { onefold } from '../support/command_line.js';
import { newFolder, put, removeFolders } from '../support/project.js';

// A connector that a project brings describes its options with the zod that the project has installed, and ours are in there too: the
// built package has a copy of its own.

const config = (queue: string): string => `
import { defineProject, defineSource, secretRef } from 'onefold';
import { z } from 'zod';

const desk = defineSource({
  name: 'desk',
  config: z.object({ token: secretRef.describe('Opens the desk') }),
  stream: z.object({ queue: z.enum(['open', 'closed']).default('open') }),
  capabilities: () => ({ key: ['id'], ordered: true }),
  check: async () => 'there',
  read: async function* (source, stream, context) {
    const token: string = await context.secret(source.token);
    yield { kind: 'page', records: [{ id: 1, subject: stream.queue + ' ' + token.length }], cursor: null, sweep: 's' };
    yield { kind: 'end', cursor: null, sweep: 's', total: 1 };
  },
});

export default defineProject({
  name: 'own',
  connectors: [desk],
  sources: { d: { connector: 'desk', token: { env: 'DESK_TOKEN' }, streams: { tickets: { queue: ${JSON.stringify(queue)} } } } },
  tables: { tickets: { from: 'd.tickets', key: 'id', columns: { id: 'id', subject: 'subject' } } },
});
`;

let dir: string;
const typed = (...args: readonly string[]) => onefold([...args, '--project', dir], { env: { DESK_TOKEN: 'opensesame' } });

beforeAll(async () => {
  dir = await newFolder();
  await mkdir(join(dir, 'node_modules'), { recursive: true });
  await symlink(fileURLToPath(new URL('../../node_modules/zod', import.meta.url)), join(dir, 'node_modules', 'zod'));
});
afterAll(removeFolders);

test('a connector of a project is read with options that another copy of zod describes', async () => {
  await put(dir, { 'onefold.config.ts': config('closed') });
  expect((await typed('build')).code).toBe(0);
  const asked = await typed('query', '--warehouse', '--json', 'SELECT id, subject FROM silver.tickets');
  expect(JSON.parse(asked.stdout)).toEqual([{ id: '1', subject: 'closed 10' }]);
});

test('what is wrong with its options is told where it stands', async () => {
  await put(dir, { 'onefold.config.ts': config('shut') });
  const { code, stderr } = await typed('validate');
  expect(code).toBe(2);
  expect(stderr).toMatch(/sources\.d\.streams\.tickets\.queue.*known: `open`, `closed`/);
});
