import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { OnefoldError } from '../base/errors.js';
import { projectFilesIn } from '../config/load.js';
import type { AddCommand } from './command.js';
import { print, printJson } from './command.js';
import { scaffoldData, scaffoldProject } from './scaffold.js';

/** `onefold init`: a small project that builds at once. */
export const init: AddCommand = (program, run) => {
  program
    .command('init')
    .description('make a small project that builds at once: two systems, one customer')
    .argument('[dir]', 'folder to make it in; the project folder if left out')
    .option('--yaml', 'write the project file as YAML instead of TypeScript')
    .action((dir: string | undefined, options: { yaml?: boolean }) =>
      run(async (globals) => {
        const root = resolve(dir ?? globals.project);
        const files = {
          ...(options.yaml === true
            ? { 'onefold.yaml': (await import('yaml')).stringify(scaffoldProject) }
            : { 'onefold.config.ts': asTypeScript(scaffoldProject) }),
          ...scaffoldData,
        };
        for (const name of [...(await projectFilesIn(root)), ...Object.keys(files)]) {
          if (
            await stat(join(root, name)).then(
              () => true,
              () => false,
            )
          ) {
            throw new OnefoldError('PATH_EXISTS', `${join(root, name)} is there already; nothing was written`, {
              hint: 'Choose an empty folder: `onefold init my-project`.',
            });
          }
        }
        for (const [name, text] of Object.entries(files)) {
          await mkdir(dirname(join(root, name)), { recursive: true });
          await writeFile(join(root, name), text);
        }
        if (globals.json === true) printJson({ project: root, files: Object.keys(files) });
        else
          print(
            ...Object.keys(files).map((f) => `  ${f}`),
            '',
            `Made a project in ${root}. Next: onefold build${dir === undefined ? '' : ` --project ${dir}`}`,
          );
        return 0;
      }),
    );
};

/** A project as the TypeScript that a person would write: what fits on a line stands on one. */
function asTypeScript(project: unknown): string {
  return `import { defineProject } from 'onefold';\n\nexport default defineProject(${literal(project, '')});\n`;
}

function literal(value: unknown, indent: string): string {
  if (typeof value === 'string') return value.includes("'") ? JSON.stringify(value) : `'${value}'`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const list = Array.isArray(value);
  const parts = list ? value.map((v) => literal(v, inner)) : Object.entries(value).map(([k, v]) => `${k}: ${literal(v, inner)}`);
  const flat = list ? `[${parts.join(', ')}]` : `{ ${parts.join(', ')} }`;
  if (indent.length + flat.length <= 100 && !flat.includes('\n')) return flat;
  return `${list ? '[' : '{'}\n${parts.map((p) => `${inner}${p},`).join('\n')}\n${indent}${list ? ']' : '}'}`;
}
