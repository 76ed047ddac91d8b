import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import type { Row } from '../../engine/engine.js';
import type { Reader } from '../../publish/reader.js';
import type { Sql } from '../../sql/tag.js';
import { id, sql } from '../../sql/tag.js';
import type { Merge } from './merges.js';
import { mergesIn } from './merges.js';

/** Why an entity is what it is, all of it from the published snapshot. */
export interface Explanation {
  readonly entity: string;
  readonly key: string;
  /** The key that was asked for, where it is an old one that this one answers for. */
  readonly redirected_from: string | null;
  /** The golden record: each field's value, where it comes from, the rule that chose it, and what lost. */
  readonly golden: readonly Row[];
  /** Empty where all records of the entity are gone. */
  readonly records: readonly Row[];
  /** What its records say of identifiers, and what was decided. */
  readonly links: readonly Row[];
  /** How its records came to be one: the links that hold them together, strongest first. The last is the weakest. */
  readonly merges: readonly Merge[];
  readonly events: readonly Row[];
}

/** Why a row is in quarantine. */
export interface QuarantineExplanation {
  readonly quarantined: readonly Row[];
}

/**
 * Explains a key (an old one too), a record (`source.stream:id`), an identifier's value, or the key of a row in quarantine.
 * @throws OnefoldError `NOT_FOUND`
 */
export async function explain(reader: Reader, asked: string): Promise<Explanation | QuarantineExplanation> {
  const { engine, snapshot } = reader;
  const rows = async (query: Sql): Promise<readonly Row[]> => (await engine.table(query)).rows;
  for (const { name: entity } of snapshot.entities) {
    const key = id(`${entity}_key`);
    const found = await engine.rows(
      sql`SELECT ${key} AS key, place FROM (
        SELECT ${key}, 1 AS place FROM ${id('gold', `${entity}_crosswalk`)} WHERE ${key} = ${asked} OR record = ${asked}
        UNION ALL SELECT ${key}, 2 FROM ${id('gold', `${entity}_redirects`)} WHERE old_key = ${asked}
        UNION ALL SELECT ${key}, 3 FROM ${id('identity', `${entity}_identifiers`)} WHERE value = ${asked}
        UNION ALL SELECT ${key}, 4 FROM ${id('gold', `${entity}_crosswalk`)} WHERE record_id = ${asked}
        UNION ALL SELECT ${key}, 5 FROM ${id('identity', `${entity}_events`)} WHERE ${key} = ${asked})
        ORDER BY place, key LIMIT 1`,
      z.object({ key: z.string(), place: z.number() }),
    );
    const hit = found[0];
    if (hit === undefined) continue;
    return {
      entity,
      key: hit.key,
      redirected_from: hit.place === 2 ? asked : null,
      golden: await rows(
        sql`SELECT field, value, record, rule, losers FROM ${id('gold', `${entity}_provenance`)} WHERE ${key} = ${hit.key} ORDER BY field`,
      ),
      records: await rows(
        sql`SELECT x.record, x.how, x.confidence, r.observations::INTEGER AS observations FROM ${id('gold', `${entity}_crosswalk`)} x
          JOIN ${id('identity', `${entity}_records`)} r USING (record) WHERE x.${key} = ${hit.key} ORDER BY x.record`,
      ),
      links: await rows(
        sql`SELECT record, identifier, value, decision, reason FROM ${id('identity', `${entity}_links`)} WHERE ${key} = ${hit.key}
          ORDER BY decision = 'own' DESC, decision = 'linked' DESC, record, identifier, value`,
      ),
      merges: await mergesIn(reader, entity, hit.key),
      events: await rows(
        sql`SELECT * FROM ${id('identity', `${entity}_events`)} WHERE ${key} = ${hit.key} OR other_key = ${hit.key} ORDER BY run_id, event, ${key}`,
      ),
    };
  }
  const quarantined: Row[] = [];
  const rowKey = asked.includes(':') ? asked.slice(asked.indexOf(':') + 1) : asked;
  for (const { name } of snapshot.tables.filter((t) => t.schema === 'quarantine')) {
    quarantined.push(
      ...(await rows(sql`SELECT ${name} AS "table", _quarantine_id, _key, rules, reasons, status, run_id FROM ${id('quarantine', name)}
        WHERE _key = ${rowKey} OR _quarantine_id = ${asked} ORDER BY _quarantine_id`)),
    );
  }
  if (quarantined.length > 0) return { quarantined };
  throw new OnefoldError('NOT_FOUND', `nothing is known as \`${asked}\``, {
    hint: `Give a key${snapshot.entities.map((e) => ` (\`${e.prefix}_…\`)`).join('')}, a record (\`source.stream:id\`) or an identifier's value.`,
  });
}
