import type { Project } from '../../config/project.js';
import { declaredColumns } from '../../silver/stage.js';

/** The SQL types of the columns of silver tables. */
export function typesOf(project: Project): (table: string, column: string) => string {
  return (table, column) => {
    const found = project.tables.find((t) => t.name === table);
    return (found === undefined ? undefined : declaredColumns(found).find((c) => c.name === column)?.type) ?? 'VARCHAR';
  };
}
