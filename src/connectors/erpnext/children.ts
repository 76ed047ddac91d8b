import { OnefoldError } from '../../base/errors.js';
import type { Http } from '../http/client.js';
import type { ErpnextStream } from './options.js';
import type { Row } from './site.js';
import { portions, rowsOf } from './site.js';

/**
 * Documents with their child tables as lists, in the order that they have on the form. Rows are read from the child DocType, for many
 * documents at once. A document that changes between the two requests has a later `modified`, and is met again.
 */
export async function withChildren(
  http: Http,
  { doctype, children, page_size }: ErpnextStream,
  documents: readonly Row[],
): Promise<readonly Row[]> {
  const tables = await Promise.all(
    Object.entries(children).map(async ([field, type]) => {
      const rows = new Map(documents.map(({ name }): [string, Row[]] => [String(name), []]));
      const read = async (parents: readonly Row['name'][]): Promise<void> => {
        const filters = [
          ['parenttype', '=', doctype],
          ['parentfield', '=', field],
          ['parent', 'in', parents],
        ] as const;
        const listing = { doctype: type, parent: doctype, fields: ['*'], filters, size: page_size };
        for await (const page of rowsOf(http, listing, 'name', null)) for (const row of page) ownerOf(rows, row, type).push(row);
      };
      await Promise.all(portions(documents.map(({ name }) => name)).map(read));
      return [field, rows] as const;
    }),
  );
  return documents.map((document) => ({
    ...document,
    ...Object.fromEntries(tables.map(([field, rows]) => [field, inOrder(rows.get(String(document.name)) ?? [])])),
  }));
}

function ownerOf(rows: ReadonlyMap<string, Row[]>, row: Row, type: string): Row[] {
  const found = rows.get(String(row['parent']));
  if (found !== undefined) return found;
  throw new OnefoldError('SOURCE_BROKEN', `a row of ${type} belongs to none of the documents that were asked for`, {
    hint: 'leave the child table out, and tell us how its rows name their documents',
  });
}

function inOrder(rows: readonly Row[]): readonly Row[] {
  return [...rows].sort((a, b) => Number(a['idx']) - Number(b['idx']));
}
