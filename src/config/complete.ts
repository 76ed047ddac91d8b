import { readFile } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import type { Problem } from '../base/errors.js';
import { messageOf, OnefoldError } from '../base/errors.js';
import type { Catalog, ParsedProject, ProjectFiles } from './spec.js';

/**
 * Fills in what columns say by naming a file of the project, so that its content is a part of the table's definition and a
 * change of it replays the table, and what only the SQL parser can tell of an expression.
 */
export async function completeColumns(
  project: ParsedProject,
  dir: string,
  catalog: Catalog,
): Promise<{ readonly project: ParsedProject; readonly problems: readonly Problem[] }> {
  const problems: Problem[] = [];
  const files = projectFiles(dir);
  const tables: ParsedProject['tables'] = {};
  for (const [name, table] of Object.entries(project.tables)) {
    const columns: typeof table.columns = {};
    for (const [column, spec] of Object.entries(table.columns)) {
      const kind = catalog.columnTypes.find((t) => t.name === spec.type);
      columns[column] = spec;
      try {
        columns[column] = { ...spec, options: { ...(await kind?.complete(spec.options, files)) } };
      } catch (cause) {
        problems.push({ path: `tables.${name}.columns.${column}`, message: messageOf(cause) });
      }
    }
    tables[name] = { ...table, columns };
  }
  return { project: { ...project, tables }, problems };
}

/** Files below the project's folder, and no others: a project says what it is made of. */
function projectFiles(dir: string): ProjectFiles {
  return {
    read: async (path) => {
      const full = resolve(dir, path);
      const below = relative(dir, full);
      if (isAbsolute(path) || below.startsWith('..') || isAbsolute(below)) {
        throw new OnefoldError('CONFIG_INVALID', `\`${path}\` must be a file of the project, its path relative to the project's folder`);
      }
      return readFile(full, 'utf8').catch(() => {
        throw new OnefoldError('CONFIG_INVALID', `the file \`${path}\` can't be read`);
      });
    },
  };
}
