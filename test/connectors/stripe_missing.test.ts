import { afterAll, expect, test, vi } from 'vitest';
import { openProject } from '../../src/index.js';
import { diagnose } from '../../src/run/explain/doctor.js';
import { makeProject, removeFolders } from '../support/project.js';

vi.mock('stripe', () => {
  throw new Error('not installed');
});
afterAll(removeFolders);

test('without the client of Stripe, doctor says what to install', async () => {
  const stripe = { connector: 'stripe', api_key: { env: 'PATH' }, streams: { r: { list: 'customers' } } };
  const dir = await makeProject({
    config: { name: 'p', sources: { stripe }, tables: { t: { from: 'stripe.r', key: 'id', columns: { id: 'id' } } } },
  });
  expect(await diagnose(await openProject(dir))).toMatchObject([
    { ok: false, message: 'the connector `stripe` needs the package stripe', hint: 'Type `npm install stripe`.' },
  ]);
});
