import type { Http } from '../http/client.js';
import { failureOf } from '../http/failure.js';
import type { Filter } from './site.js';
import { list, portions, rowsOf } from './site.js';

const log = 'Deleted Document';

/** Something that only who may read the log of deleted documents can know. */
export type IfPermitted<T> = { readonly permitted: true; readonly value: T } | { readonly permitted: false };

async function ifPermitted<T>(ask: () => Promise<T>): Promise<IfPermitted<T>> {
  try {
    return { permitted: true, value: await ask() };
  } catch (thrown) {
    const failure = failureOf(thrown);
    if (failure?.kind !== 'status' || failure.status !== 403) throw thrown;
    return { permitted: false };
  }
}

/** When the log last told of this DocType, by the site's own clock; null when it never did. */
export function lastDeletion(http: Http, doctype: string): Promise<IfPermitted<string | null>> {
  return ifPermitted(async () => {
    const listing = { doctype: log, fields: ['name', 'creation'], filters: about(doctype), size: 1 };
    const [last] = await list(http, listing, 'creation desc');
    return typeof last?.['creation'] === 'string' ? last['creation'] : null;
  });
}

/**
 * Names of documents that the log tells of from a time on (null: from its beginning) up to another, and that are not there now: a name may
 * have been given anew, as Frappe does with the last number of a series.
 */
export function goneSince(
  http: Http,
  doctype: string,
  since: string | null,
  until: string | null,
): Promise<IfPermitted<readonly string[]>> {
  return ifPermitted(async () => {
    const from: readonly Filter[] = since === null ? [] : [['creation', '>=', since]];
    const to: readonly Filter[] = until === null ? [] : [['creation', '<', until]];
    const names = new Set<string>();
    const listing = { doctype: log, fields: ['name', 'creation', 'deleted_name'], filters: [...about(doctype), ...from, ...to], size: 500 };
    for await (const rows of rowsOf(http, listing, 'creation', null)) for (const row of rows) names.add(String(row['deleted_name']));
    for (const some of portions([...names])) {
      const standing = { doctype, fields: ['name'], filters: [['name', 'in', some]] as const, size: 500 };
      for await (const rows of rowsOf(http, standing, 'name', null)) for (const { name } of rows) names.delete(String(name));
    }
    return [...names];
  });
}

function about(doctype: string): readonly Filter[] {
  return [['deleted_doctype', '=', doctype]];
}
