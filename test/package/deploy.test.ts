import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { openCli } from '../../src/cli/program.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const text = (...path: readonly string[]): Promise<string> => readFile(join(root, ...path), 'utf8');

test('the image installs the version of this package, runs as somebody who is not root, and holds no secrets and no state', async () => {
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(await text('package.json')));
  const lines = (await text('docker', 'Dockerfile')).split('\n').filter((line) => /^[A-Z]+ /.test(line));
  expect(lines).toContain(`ARG ONEFOLD_PACKAGE=onefold@${version}`);
  const order = ['FROM node:20-slim', 'COPY . .', 'USER node', 'ENTRYPOINT ["onefold", "--project", "/project", "--store", "/store"]'];
  expect(lines.filter((line) => order.includes(line))).toEqual(order);
  const ignored = (await text('docker', 'Dockerfile.dockerignore')).split('\n');
  expect(ignored).toEqual(expect.arrayContaining(['.env', '.env.*', '.onefold*', 'node_modules']));
});

const step = z.strictObject({
  name: z.string().optional(),
  if: z.string().optional(),
  uses: z
    .string()
    .regex(/^actions\/[a-z-]+@v\d+$/)
    .optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
  env: z.record(z.string(), z.string()).optional(),
});
const workflow = z.strictObject({
  name: z.string(),
  on: z.strictObject({ pull_request: z.null(), push: z.unknown(), schedule: z.unknown(), workflow_dispatch: z.unknown() }),
  permissions: z.strictObject({ contents: z.literal('read') }),
  concurrency: z.strictObject({ group: z.string(), 'cancel-in-progress': z.literal(false) }),
  env: z.record(z.string(), z.string()),
  jobs: z.record(
    z.string(),
    z.strictObject({
      if: z.string(),
      'runs-on': z.string(),
      environment: z.string().optional(),
      permissions: z.record(z.string(), z.string()).optional(),
      steps: z.array(step).min(1),
    }),
  ),
});

test('the workflow is one, asks for no right that it does not need, and lets nobody write into its commands', async () => {
  const { jobs } = workflow.parse(parse(await text('examples', 'ci', 'onefold.yml')));
  const steps = Object.values(jobs).flatMap((job) => job.steps);
  expect(steps.every((s) => (s.uses === undefined) !== (s.run === undefined))).toBe(true);
  // What others can name (titles, branches) reaches a command by the environment alone.
  expect(steps.filter((s) => s.run?.includes('${{')).map((s) => s.name)).toEqual([]);
  const commands = steps.flatMap((s) => [...(s.run ?? '').matchAll(/npx onefold (\w+)/g)].map((m) => m[1]));
  expect(commands).toEqual(['validate', 'plan', 'build', 'build', 'test', 'rollback']);
  // Without it, or a run, a rollback only lists.
  expect(steps.map((s) => s.run ?? '').filter((text) => text.includes('onefold rollback'))).toEqual([
    expect.stringContaining(' --previous '),
  ]);
});

test('commands and options that guides and examples show are those of the command line', async () => {
  const { program } = await openCli();
  const guides = (await readdir(join(root, 'docs', 'guides'))).map((name) => ['docs', 'guides', name]);
  const unknown: string[] = [];
  for (const path of [['README.md'], ['examples', 'ci', 'onefold.yml'], ...guides]) {
    for (const [shown, name = '', rest = ''] of (await text(...path)).matchAll(/(?:^(?:\$ )?|\bnpx |`)onefold ([a-z]+)\b([^`\n]*)/gm)) {
      const command = program.commands.find((c) => c.name() === name);
      const options = [command, ...(command?.commands ?? [])].flatMap((c) => c?.options.map((o) => o.long) ?? []);
      const strange = [...rest.replaceAll(/"[^"]*"|'[^']*'/g, '').matchAll(/(?<=\s)--[a-z-]+/g)].filter(([o]) => !options.includes(o));
      if (command === undefined || strange.length > 0) unknown.push(`${path.at(-1)}: ${shown}`);
    }
  }
  expect(unknown).toEqual([]);
});
