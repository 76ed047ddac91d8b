import { afterAll, expect, test } from 'vitest';
import { openProject, realEffects } from '../../src/index.js';
import { closeStore, openStore } from '../../src/run/store/store.js';
import { makeProject, removeFolders } from '../support/project.js';

afterAll(removeFolders);

test('of those that open a store at once, one has it; the next has it when that one is done', async () => {
  const project = await openProject(await makeProject({ config: { name: 'shop', sources: {}, tables: {} } }));
  const opened = await Promise.allSettled([1, 2, 3].map(() => openStore(project, realEffects())));
  const had = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const told = opened.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  expect(had).toHaveLength(1);
  expect(told).toMatchObject([{ code: 'STORE_LOCKED' }, { code: 'STORE_LOCKED' }]);
  for (const engine of had) await closeStore(engine, project);
  await closeStore(await openStore(project, realEffects()), project);
});
