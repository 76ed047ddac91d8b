import { z } from 'zod';
import type { Entity } from '../config/project.js';
import type { Columns } from '../engine/engine.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql } from '../sql/tag.js';
import type { Decided } from './decisions.js';
import { identityTable, solved } from './evidence.js';
import { texts } from './match/relations.js';

/** Columns of `identity.<entity>_decisions` but `known`: one row for every record that a decision names. */
const columns = sql`nr INTEGER, decision_id VARCHAR, decision VARCHAR, record VARCHAR, part INTEGER, field VARCHAR, value VARCHAR, decided_by VARCHAR, decided_at TIMESTAMP, why VARCHAR`;

/** What people decided, as a temporary table, and the table of the decisions that were followed last where there is none yet. */
export function makeDecided(entity: Entity, decided: readonly Decided[]): readonly Sql[] {
  const rows = decided.flatMap((d, nr) =>
    d.parts.flatMap((part, i) =>
      part.map((record) => sql`(${nr}, ${d.id}, ${d.kind}, ${record}, ${i}, ${d.field}, ${d.value}, ${d.by}, ${new Date(d.at)}, ${d.why})`),
    ),
  );
  return [
    sql`CREATE OR REPLACE TEMP TABLE ${id(solved.decided)} (${columns})`,
    ...(rows.length === 0 ? [] : [sql`INSERT INTO ${id(solved.decided)} VALUES ${join(rows)}`]),
    sql`CREATE TABLE IF NOT EXISTS ${identityTable(entity, 'decisions')} (${columns}, known BOOLEAN)`,
  ];
}

/** The decisions that the last resolution followed. */
export function decidedBefore(entity: Entity): Sql {
  return sql`SELECT decision_id, decision, record, part, decided_by, why FROM ${identityTable(entity, 'decisions')} ORDER BY nr, part, record`;
}

/** What `decidedBefore` gave. */
export function parseDecided(relation: Columns | undefined): readonly Decided[] {
  const [ids, kinds, records, by, why] = ['decision_id', 'decision', 'record', 'decided_by', 'why'].map((c) => texts(relation, c));
  const parts = z.array(z.number()).parse(relation?.['part'] ?? []);
  const found = new Map<string, Omit<Decided, 'parts'> & { readonly parts: string[][] }>();
  for (const [i, name] of (ids ?? []).entries()) {
    const kind = z.enum(['same', 'different', 'split', 'value']).parse(kinds?.[i]);
    const about = { entity: '', at: '', by: by?.[i] ?? '', why: why?.[i] ?? '', restsOn: [], field: null, value: null };
    const one = found.get(name) ?? { id: name, kind, ...about, parts: [] };
    found.set(name, one);
    const part = parts[i] ?? 0;
    while (one.parts.length <= part) one.parts.push([]);
    one.parts[part]?.push(records?.[i] ?? '');
  }
  return [...found.values()];
}

/** `identity.<entity>_decisions`: what was followed, and whether there is such a record. */
export function publishDecided(entity: Entity): readonly Sql[] {
  return [
    sql`CREATE OR REPLACE TABLE ${identityTable(entity, 'decisions')} AS SELECT d.*, r.record IS NOT NULL AS known
      FROM ${id(solved.decided)} d LEFT JOIN (SELECT record FROM ${identityTable(entity, 'records')} WHERE record IN (SELECT record FROM ${id(solved.decided)})) r USING (record) ORDER BY d.nr, d.part, d.record`,
  ];
}
