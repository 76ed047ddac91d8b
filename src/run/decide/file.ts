import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Effects } from '../../base/effects.js';
import { OnefoldError } from '../../base/errors.js';
import type { DecisionEvent } from '../../identity/decisions.js';
import { lineOf, parseDecisions } from '../../identity/decisions.js';
import type { Settled } from '../../identity/settle.js';
import { settle } from '../../identity/settle.js';

/** The file in a project's folder that holds what people decided. */
const fileName = 'decisions.jsonl';

/**
 * Every event of a project's decisions, in their order; none where there is no file.
 * @throws OnefoldError `CONFIG_INVALID`, with every broken line by its number
 */
export async function readDecisions(dir: string): Promise<readonly DecisionEvent[]> {
  const text = await readFile(join(dir, fileName), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return '';
    throw cause;
  });
  const { events, problems } = parseDecisions(text);
  if (problems.length > 0)
    throw new OnefoldError('CONFIG_INVALID', `${join(dir, fileName)}: ${problems.map((p) => `${p.path} ${p.message}`).join('; ')}`, {
      problems: problems.map((p) => ({ ...p, path: `${fileName} ${p.path}` })),
      hint: 'Take the line back as it was committed; decisions are changed by undoing and deciding anew.',
    });
  return events;
}

/** What a project's decisions come to. @throws OnefoldError `CONFIG_INVALID` */
export async function settledDecisions(dir: string): Promise<Settled> {
  return settle(await readDecisions(dir));
}

/** Adds events to the file in one write, so that others who add at the same time lose nothing, and waits until they are on the disk. */
export async function appendDecisions(dir: string, events: readonly DecisionEvent[], effects: Effects): Promise<void> {
  const path = join(dir, fileName);
  await effects.commit('decisions', async () => {
    const handle = await open(path, 'a+');
    try {
      const { size } = await handle.stat();
      // A line that was written by hand may lack its end.
      const last = size === 0 ? null : await handle.read(Buffer.alloc(1), 0, 1, size - 1);
      const before = last === null || last.buffer[0] === 0x0a ? '' : '\n';
      await handle.write(Buffer.from(before + events.map(lineOf).join(''), 'utf8'));
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}
