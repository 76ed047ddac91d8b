import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { OnefoldError } from '../base/errors.js';
import { describeProject } from '../run/explain/describe.js';
import { openProject } from '../run/project/open.js';
import type { AddCommand } from './command.js';
import { print, printJson } from './command.js';
import { counted } from './text.js';

/** `onefold docs`: the project and what is known of its data as a site that opens from disk. */
export const docs: AddCommand = (program, run) => {
  program
    .command('docs')
    .description('write a site about the project: what it is made of, how the data flows and how well it holds; no value of any row')
    .option('--out <dir>', 'folder to write to; `site` in the store if left out')
    .option('--open', 'open it in the browser')
    .action((options: { out?: string; open?: boolean }) =>
      run(async (globals) => {
        const project = await openProject(globals.project, globals);
        const out = options.out === undefined ? join(project.store, 'site') : resolve(options.out);
        const before = await writtenBefore(out);
        const site = await describeProject(project);
        const { renderSite } = await import('../site/render.js');
        const pages = [...renderSite(site), ...(await assets())];
        await writeSite(out, pages, before);
        const index = join(out, 'index.html');
        if (globals.json === true) printJson({ index, pages: pages.length, snapshot: site.snapshot?.run ?? null, notes: site.notes });
        else print(...site.notes, `${index}: ${counted(pages.length, 'file')}`);
        if (options.open === true) openInBrowser(index);
        return 0;
      }),
    );
};

interface File {
  readonly file: string;
  readonly text: string;
}

/** The list of what was written, so that the next time what is gone from the project goes from the site, and nothing else does. */
const list = 'site.json';
const written = z.object({ format: z.literal(1), files: z.array(z.string().regex(/^[a-z0-9_.]+\.(html|js|css)$/)) });

/** The style and the script, which are files of the package. */
function assets(): Promise<readonly File[]> {
  return Promise.all(
    ['site.css', 'site.js'].map(async (file) => ({
      file,
      text: await readFile(new URL(`../site/assets/${file}`, import.meta.url), 'utf8'),
    })),
  );
}

/**
 * The files of an earlier site in a folder.
 * @throws OnefoldError `PATH_EXISTS` when the folder holds anything but a site
 */
async function writtenBefore(out: string): Promise<readonly string[]> {
  const there = await readdir(out).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw new OnefoldError('PATH_EXISTS', `${out} is not a folder that can be written to`, { cause });
  });
  if (there.length === 0) return [];
  const text = await readFile(join(out, list), 'utf8').catch(() => '{}');
  const known = written.safeParse(parsed(text));
  if (!known.success)
    throw new OnefoldError('PATH_EXISTS', `${out} holds other things than a site`, {
      hint: 'Give a folder of its own with --out, or empty this one.',
    });
  return known.data.files;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Writes a site over the one before. The list of files comes first: what is broken off is known to be ours the next time. */
async function writeSite(out: string, pages: readonly File[], before: readonly string[]): Promise<void> {
  const now = pages.map((p) => p.file).sort();
  const all = [...new Set([...now, ...before])].sort();
  const keep = (files: readonly string[]) => writeFile(join(out, list), `${JSON.stringify({ format: 1, files }, null, 1)}\n`);
  await mkdir(out, { recursive: true });
  await keep(all);
  for (const { file, text } of pages) await writeFile(join(out, file), text);
  for (const gone of all.filter((file) => !now.includes(file))) await rm(join(out, gone), { force: true });
  await keep(now);
}

/** Hands a file to whatever the machine opens such files with; that there is nothing is no error. */
function openInBrowser(file: string): void {
  const url = pathToFileURL(file).href;
  const [command, ...args] =
    process.platform === 'darwin' ? ['open', url] : process.platform === 'win32' ? ['explorer.exe', url] : ['xdg-open', url];
  spawn(command ?? '', args, { detached: true, stdio: 'ignore' })
    .on('error', () => undefined)
    .unref();
}
