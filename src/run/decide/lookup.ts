import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import type { Reader } from '../../publish/reader.js';
import { id, join, sql } from '../../sql/tag.js';

/** An entity as the published snapshot has it, found by a key or a record. */
export interface Found {
  readonly entity: string;
  readonly key: string;
  /** The record that was named; of a key its smallest one. */
  readonly record: string;
  /** Whether a key was named, so that all its records are meant. */
  readonly byKey: boolean;
  /** All its records, sorted. */
  readonly records: readonly string[];
}

/**
 * Finds whom a key (an old one too) or a record names.
 * @param entity where to look; everywhere if left out
 * @throws OnefoldError `NOT_FOUND`, and `USAGE` where a record belongs to several kinds of entity
 */
export async function find({ engine, snapshot }: Reader, asked: string, entity?: string): Promise<Found> {
  const places = snapshot.entities.filter((e) => entity === undefined || e.name === entity);
  if (places.length === 0)
    throw new OnefoldError('NOT_FOUND', entity === undefined ? 'nothing is resolved yet' : `there is no entity \`${entity}\``);
  const hits = await engine.rows(
    join(
      places.map(({ name }) => {
        const [crosswalk, key] = [id('gold', `${name}_crosswalk`), id(`${name}_key`)];
        return sql`SELECT ${name} AS entity, ${key} AS key, record, record <> ${asked} AS by_key FROM ${crosswalk} WHERE ${key} IN (
          SELECT ${key} FROM ${crosswalk} WHERE record = ${asked} OR ${key} = ${asked}
          UNION ALL SELECT ${key} FROM ${id('gold', `${name}_redirects`)} WHERE old_key = ${asked})`;
      }),
      ' UNION ALL ',
    ),
    z.object({ entity: z.string(), key: z.string(), record: z.string(), by_key: z.boolean() }),
  );
  const kinds = [...new Set(hits.map((h) => h.entity))];
  const [first] = hits;
  if (first === undefined)
    throw new OnefoldError('NOT_FOUND', `no key or record \`${asked}\` is in the published snapshot`, {
      hint: 'Give a key, or a record as `source.stream:id`, as `onefold explain` shows them.',
    });
  if (kinds.length > 1)
    throw new OnefoldError('USAGE', `${asked} is a record of ${kinds.join(' and ')}`, {
      hint: `Say which is meant, as in --entity ${kinds[0] ?? ''}.`,
    });
  const records = hits.map((h) => h.record).sort();
  const byKey = hits.every((h) => h.by_key);
  return { entity: first.entity, key: first.key, record: byKey ? (records[0] ?? '') : asked, byKey, records };
}
