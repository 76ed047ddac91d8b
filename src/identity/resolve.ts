import { z } from 'zod';
import type { Entity } from '../config/project.js';
import type { Columns, Numbers, Step, Written } from '../engine/engine.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql } from '../sql/tag.js';
import type { Assertion } from './cluster.js';
import { cluster } from './cluster.js';
import { causes, constraintsOf } from './constraints.js';
import { decidedBefore, makeDecided, parseDecided, publishDecided } from './decided.js';
import type { Decided } from './decisions.js';
import { changedKeys, current, gatherEvidence, identityTable, otherRecords, solved } from './evidence.js';
import type { FormerKey } from './keys.js';
import { inheritKeys } from './keys.js';
import { cleanOfModel } from './match/clean.js';
import { components, linkPairs, pairsWithin, placesOf, publishMatches } from './match/clusters.js';
import type { TypeOf } from './match/looks.js';
import { matchRecords } from './match/match.js';
import type { MatchModel } from './match/model.js';
import { withOptions } from './match/options.js';
import { numbers, texts } from './match/relations.js';
import type { Scope } from './touched.js';
import { differing, inScope, isReached, rewrite, touch, touchAll } from './touched.js';

/** What goes before what the data says. */
export interface Given {
  /** The model that the project froze; null where it is learned. */
  readonly model: MatchModel | null;
  /** What people decided about the entity. */
  readonly decided: readonly Decided[];
  /** Whether nothing is used that former runs learned. */
  readonly anew: boolean;
}

/** The steps that resolve an entity: what records assert, who is who, and what follows from it. */
export function resolveEntity(
  entity: Entity,
  runId: string,
  typeOf: TypeOf,
  { model, decided, anew }: Given = { model: null, decided: [], anew: false },
): readonly Step[] {
  const { match } = entity;
  const rest = (scope: Scope): readonly Step[] => [
    { kind: 'sql', name: `${entity.name}: keys`, statements: keysThatStood(entity, scope) },
    ...(match === undefined ? [] : components(entity, scope)),
    {
      kind: 'solve',
      name: `${entity.name}: clusters`,
      reads: {
        records:
          match === undefined
            ? sql`SELECT record FROM ${identityTable(entity, 'records')} ORDER BY record`
            : sql`SELECT record FROM touched ORDER BY place`,
        assertions: sql`SELECT record, source, stream, identifier, value, own, weight FROM assertions ORDER BY nr`,
        before: sql`SELECT record, entity_key FROM stood`,
        former: formerKeys(entity, scope),
        decided: decidedBefore(entity),
        ...(match === undefined ? {} : { clean: cleanOfModel(entity) }),
        ...(scope === 'all' ? {} : { taken: keysOfOthers(entity) }),
      },
      numbers: match === undefined ? {} : { pairs: pairsWithin(entity), places: placesOf(entity) },
      solve: (relations, numbers) => solve(entity, relations, numbers, decided),
    },
    ...(match === undefined ? [] : [{ kind: 'sql' as const, name: `${entity.name}: matches`, statements: publishMatches(entity, scope) }]),
    { kind: 'sql', name: `${entity.name}: crosswalk`, statements: [...publishClusters(entity, runId, scope), ...publishDecided(entity)] },
  ];
  return [
    { kind: 'sql', name: `${entity.name}: evidence`, statements: [...gatherEvidence(entity), ...makeDecided(entity, decided)] },
    ...(match === undefined
      ? rest('all')
      : withOptions(entity, match, model, { typeOf, anew, runId }, (options) => [
          ...matchRecords(entity, options),
          ...(options.kept === null ? [...touchAll(entity), ...rest('all')] : [...touch(entity, options.kept.from), ...rest('touched')]),
        ])),
  ];
}

/**
 * The keys up to now of records that are resolved, and of what identifies them: temporary tables `stood` (`record`, `entity_key`) and `held` (`what`, `entity_key`).
 * All records of a key are resolved together, or none.
 */
function keysThatStood(entity: Entity, scope: Scope): readonly Sql[] {
  return [
    sql`CREATE OR REPLACE TEMP TABLE stood AS SELECT record, ${keyColumn(entity)} AS entity_key FROM ${id('gold', `${entity.name}_crosswalk`)} WHERE ${inScope(scope, isReached)}`,
    sql`CREATE OR REPLACE TEMP TABLE held AS ${whatIsHeld(entity, inScope(scope, sql`${keyColumn(entity)} IN (SELECT entity_key FROM stood)`))}`,
  ];
}

/** Values of identifiers, and the keys that they lead to. */
function whatIsHeld(entity: Entity, condition: Sql): Sql {
  return sql`SELECT identifier || '=' || value AS what, ${keyColumn(entity)} AS entity_key FROM ${identityTable(entity, 'identifiers')} WHERE ${condition}`;
}

/**
 * The keys of entities that are not touched and that a touched record could be given: each has those of its own name. The later ones are looked for where somebody
 * has the first, which is hardly ever: they are few enough for a list.
 */
function keysOfOthers(entity: Entity): Sql {
  const key = keyColumn(entity);
  const named = (name: Sql): Sql => sql`${`${entity.prefix}_`} || left(md5(${name}), 16)`;
  const others = (condition: Sql): Sql =>
    sql`SELECT DISTINCT ${key} AS entity_key FROM ${id('gold', `${entity.name}_crosswalk`)} WHERE ${condition} AND ${key} NOT IN (SELECT entity_key FROM stood)`;
  return sql`WITH own AS MATERIALIZED (SELECT record, ${named(sql`record`)} AS entity_key FROM touched),
    firsts AS MATERIALIZED (${others(sql`${key} IN (SELECT entity_key FROM own)`)}),
    later AS MATERIALIZED (SELECT ${named(sql`record || '#' || attempt`)} AS entity_key FROM own JOIN firsts USING (entity_key), range(1, 8) t(attempt))
    FROM firsts UNION ${others(sql`list_contains((SELECT list(entity_key) FROM later), ${key})`)}`;
}

/** Keys that are no longer given, as far as those of touched records answer for them. */
function formerKeys(entity: Entity, scope: Scope): Sql {
  const key = keyColumn(entity);
  const reached = sql`${key} IN (SELECT entity_key FROM stood)`;
  return sql`SELECT old_key, ${key} AS entity_key, COALESCE(records, 0)::DOUBLE AS records FROM ${id('gold', `${entity.name}_redirects`)} WHERE ${inScope(scope, reached)} ORDER BY old_key`;
}

function keyColumn(entity: Entity): Sql {
  return id(`${entity.name}_key`);
}

/** Everything by number for the algorithm, and back by name for the tables. */
function solve(
  entity: Entity,
  relations: { readonly [name: string]: Columns },
  { pairs, places: placed }: { readonly [name: string]: Numbers },
  decided: readonly Decided[],
): readonly Written[] {
  const column = (relation: string, name: string): readonly string[] => texts(relations[relation], name);
  const records = column('records', 'record');
  const placeOf = places(records);
  const identifiers = Object.keys(entity.identifiers);
  const numbered = numbering();
  const values = numbering();
  const [record, source, stream, identifier, value] = ['record', 'source', 'stream', 'identifier', 'value'].map((c) =>
    column('assertions', c),
  );
  const own = z.array(z.boolean()).parse(relations['assertions']?.['own'] ?? []);
  const weight = z.array(z.coerce.number()).parse(relations['assertions']?.['weight'] ?? []);
  const assertions: Assertion[] = own.map((isOwn, i) => ({
    record: placeOf(record?.[i] ?? '') ?? 0,
    identifier: identifiers.indexOf(identifier?.[i] ?? ''),
    value: values(`${identifier?.[i] ?? ''}=${value?.[i] ?? ''}`),
    source: numbered(source?.[i] ?? ''),
    stream: numbered(stream?.[i] ?? ''),
    own: isOwn,
    weight: weight[i] ?? 0,
  }));
  const limits = identifiers.map((name) => ({
    unique: entity.identifiers[name]?.unique,
    maxRecords: entity.identifiers[name]?.maxRecords ?? 10,
  }));
  const constraints = constraintsOf(decided, placeOf);
  const answer = cluster(records.length, values.size(), assertions, limits, constraints);
  const matched = pairs === undefined ? null : linkPairs(entity, { pairs, places: placed ?? [], clean: relations['clean'] }, answer);
  // Of a cluster, its smallest record.
  const roots = records.map((_, i) => {
    const root = answer.clusterOf[i] ?? i;
    return matched?.clusterOf.get(answer.partOf[i] ?? root) ?? root;
  });
  const members = new Map<number, string[]>();
  for (const [i, root] of roots.entries()) {
    const list = members.get(root);
    if (list === undefined) members.set(root, [records[i] ?? '']);
    else list.push(records[i] ?? '');
  }
  const nameOf = (root: number): string => records[root] ?? '';
  const clusters = new Map([...members].map(([root, names]) => [nameOf(root), names]));
  const keysBefore = column('before', 'entity_key');
  const before = new Map(column('before', 'record').map((r, i) => [r, keysBefore[i] ?? '']));
  const [answering, sizes] = [column('former', 'entity_key'), numbers(relations['former'], 'records')];
  const keys = inheritKeys(entity.prefix, clusters, before, {
    causeOf: causes(decided, parseDecided(relations['decided'])),
    others: column('taken', 'entity_key'),
    former: new Map(column('former', 'old_key').map((old, i) => [old, { key: answering[i] ?? '', records: sizes[i] ?? 0 }])),
  });
  const keyOfRoot = new Map(Array.from(members.keys(), (root) => [root, keys.keyOf.get(nameOf(root))]));
  const keyOfRecord = roots.map((root) => keyOfRoot.get(root) ?? null);
  return [
    { table: { name: solved.clusters }, columns: [records, keyOfRecord] },
    {
      table: { name: solved.decisions },
      columns: [answer.decisions.map((_, i) => i), answer.decisions, answer.decisions.map((_, i) => answer.yielded.get(i) ?? null)],
    },
    {
      table: { name: solved.events },
      columns: [
        keys.events.map((e) => e.event),
        keys.events.map((e) => e.key),
        keys.events.map((e) => e.other),
        keys.events.map((e) => e.cause),
      ],
    },
    { table: { name: solved.redirects }, columns: redirectsAsColumns(keys.redirects) },
    ...(matched === null ? [] : [{ table: { name: solved.matches }, columns: matched.columns }]),
  ];
}

function redirectsAsColumns(redirects: ReadonlyMap<string, FormerKey>): readonly (readonly (string | number)[])[] {
  const all = [...redirects.values()];
  return [[...redirects.keys()], all.map((r) => r.key), all.map((r) => r.records)];
}

/** The place of a name, found when the first is asked for. */
function places(names: readonly string[]): (name: string) => number | undefined {
  let known: ReadonlyMap<string, number> | null = null;
  return (name) => {
    known ??= new Map(names.map((n, i) => [n, i]));
    return known.get(name);
  };
}

function numbering(): ((text: string) => number) & { readonly size: () => number } {
  const seen = new Map<string, number>();
  const number = (text: string): number => {
    const known = seen.get(text);
    if (known !== undefined) return known;
    seen.set(text, seen.size);
    return seen.size - 1;
  };
  return Object.assign(number, { size: () => seen.size });
}

/** The tables that others read: crosswalk, links with what was decided and why, identifiers, references, events, redirects. */
function publishClusters(entity: Entity, runId: string, scope: Scope): readonly Sql[] {
  const key = keyColumn(entity);
  const links = identityTable(entity, 'links');
  const [crosswalk, redirects] = [id('gold', `${entity.name}_crosswalk`), id('gold', `${entity.name}_redirects`)];
  // Not a list of texts for each record, which the engine would hold in memory whole.
  const named = Object.keys(entity.identifiers)
    .sort()
    .map((identifier) => sql`CASE WHEN bool_or(identifier = ${identifier} AND decision = 'linked') THEN ${identifier} END`);
  const byIdentifiers = named.length === 0 ? sql`NULL::VARCHAR` : sql`nullif(concat_ws(', ', ${join(named)}), '')`;
  return [
    ...rewrite(
      scope,
      identityTable(entity, 'identifiers'),
      sql`${key} IN (SELECT entity_key FROM stood)`,
      sql`SELECT DISTINCT a.identifier, a.value, c.entity_key AS ${key} FROM assertions a JOIN ${id(solved.decisions)} d USING (nr)
      JOIN ${id(solved.clusters)} c USING (record) WHERE d.decision IN ('own', 'linked') ORDER BY ALL`,
    ),
    ...rewrite(
      scope,
      links,
      isReached,
      sql`WITH held AS (
        SELECT c.entity_key, a.identifier, a.value, sum(a.weight) FILTER (NOT a.own) AS weight, sum(a.observations) FILTER (NOT a.own) AS observations
        FROM assertions a JOIN ${id(solved.decisions)} d USING (nr) JOIN ${id(solved.clusters)} c USING (record)
        WHERE d.decision IN ('own', 'linked') GROUP BY ALL),
      -- The evidence for a value is what records of the cluster say of it, and what the record that owns it says of them.
      backing AS (
        SELECT r.record, o.identifier, o.value, sum(a.weight) AS weight, sum(a.observations) AS observations
        FROM assertions o JOIN assertions a ON a.record = o.record AND NOT a.own
        JOIN assertions r ON r.own AND r.identifier = a.identifier AND r.value = a.value
        WHERE o.own AND r.record <> o.record GROUP BY ALL),
      strongest AS (SELECT * FROM held QUALIFY row_number() OVER (PARTITION BY entity_key, identifier ORDER BY weight DESC NULLS LAST, value) = 1),
      holders AS (SELECT identifier, value, min(entity_key) AS entity_key FROM held GROUP BY ALL)
      SELECT a.record, a.identifier, a.value, a.observations, (a.weight / 1000)::DECIMAL(18, 3) AS weight, d.decision,
        CASE WHEN d.decision NOT IN ('own', 'linked') THEN s.value END AS decided_value,
        CASE WHEN d.decision NOT IN ('own', 'linked') AND s.value IS NOT NULL THEN ((COALESCE(s.weight, 0) + COALESCE(b.weight, 0)) / 1000)::DECIMAL(18, 3) END AS decided_weight,
        c.entity_key AS ${key}, h.entity_key AS value_held_by,
        CASE d.decision
          WHEN 'own' THEN 'its own id'
          WHEN 'linked' THEN a.observations || CASE WHEN a.observations = 1 THEN ' observation says so' ELSE ' observations say so' END
          WHEN 'widely_shared' THEN 'too many records share this value for it to say who is who'
          WHEN 'decided' THEN 'decision ' || d.cause || ' keeps them apart'
          WHEN 'undecided' THEN 'equally strong words contradict each other, so none is followed'
          ELSE a.observations || CASE WHEN a.observations = 1 THEN ' observation says ' ELSE ' observations say ' END || a.value || CASE WHEN s.value IS NOT NULL AND s.value <> a.value
              THEN ', outweighed by ' || (COALESCE(s.observations, 0) + COALESCE(b.observations, 0)) || ' for ' || s.value ELSE ', which stronger evidence gives to another' END
        END AS reason
      FROM assertions a JOIN ${id(solved.decisions)} d USING (nr) JOIN ${id(solved.clusters)} c USING (record)
      LEFT JOIN strongest s ON s.entity_key = c.entity_key AND s.identifier = a.identifier
      LEFT JOIN backing b ON b.record = a.record AND b.identifier = s.identifier AND b.value = s.value
      LEFT JOIN holders h ON h.identifier = a.identifier AND h.value = a.value
      ORDER BY a.record, a.identifier, a.value`,
    ),
    ...rewrite(
      scope,
      crosswalk,
      isReached,
      sql`WITH words AS (SELECT record, ${byIdentifiers} AS by_identifiers,
          sum(weight) FILTER (decision IN ('linked', 'own')) AS followed, sum(weight) FILTER (decision IN ('outweighed', 'undecided')) AS contradicted
        FROM ${links} WHERE ${inScope(scope, isReached)} GROUP BY record),
      sizes AS (SELECT entity_key, count(*) AS records FROM ${id(solved.clusters)} GROUP BY entity_key)
      SELECT c.entity_key AS ${key}, r.source, r.stream, r.record_id, r.record,
        CASE WHEN z.records = 1 THEN 'alone' WHEN j.decision_id IS NOT NULL THEN 'decided: ' || j.decision_id ${entity.match === undefined ? sql`` : sql`WHEN w.by_identifiers IS NULL AND m.record IS NOT NULL THEN 'alike'`} ELSE 'identifiers: ' || COALESCE(w.by_identifiers, 'named by others') END AS how,
        (CASE WHEN COALESCE(w.contradicted, 0) = 0 THEN 1 ELSE COALESCE(w.followed, 0) / (COALESCE(w.followed, 0) + w.contradicted) END
          ${entity.match === undefined ? sql`` : sql`* CASE how WHEN 'alike' THEN m.probability ELSE 1 END`})::DECIMAL(4, 3) AS confidence
      FROM ${identityTable(entity, 'records')} r JOIN ${id(solved.clusters)} c USING (record) JOIN sizes z USING (entity_key) LEFT JOIN words w USING (record) ${entity.match === undefined ? sql`` : sql`LEFT JOIN ${id(solved.matched)} m USING (record)`}
      LEFT JOIN (SELECT record, min(decision_id) AS decision_id FROM ${id(solved.decided)} WHERE decision = 'same' GROUP BY record) j ON j.record = r.record
      ORDER BY r.record`,
    ),
    sql`INSERT INTO ${identityTable(entity, 'events')} SELECT event, entity_key, other_key, ${runId}, cause FROM ${id(solved.events)}`,
    sql`UPDATE ${redirects} SET ${key} = s.entity_key FROM ${id(solved.redirects)} s WHERE ${redirects}.${key} = s.old_key`,
    sql`DELETE FROM ${redirects} WHERE old_key IN (SELECT old_key FROM ${id(solved.redirects)})`,
    sql`INSERT INTO ${redirects} SELECT old_key, entity_key, records FROM ${id(solved.redirects)}`,
    sql`DELETE FROM ${redirects} WHERE old_key IN (SELECT entity_key FROM ${id(solved.clusters)})`,
    followReferences(entity),
    ...keysThatChange(entity, scope),
  ];
}

/** Finds `changed_keys`, when keys are given anew. */
function keysThatChange(entity: Entity, scope: Scope): readonly Sql[] {
  const clusters = sql`SELECT record AS what, entity_key FROM ${id(solved.clusters)}`;
  const before = sql`SELECT * FROM stood UNION ALL SELECT * FROM held`;
  const now = sql`${clusters} UNION ALL ${whatIsHeld(entity, inScope(scope, sql`${keyColumn(entity)} IN (SELECT entity_key FROM (${clusters}))`))}`;
  const decided = sql`SELECT decision_id, nr, record FROM`;
  const decidedOtherwise = differing(
    sql`record`,
    sql`${decided} ${id(solved.decided)}`,
    sql`${decided} ${identityTable(entity, 'decisions')}`,
  );
  return [
    sql`CREATE OR REPLACE TEMP TABLE ${changedKeys} AS ${differing(sql`entity_key`, now, before)}
      UNION SELECT ${keyColumn(entity)} FROM ${id('gold', `${entity.name}_crosswalk`)} WHERE record IN (SELECT record FROM ${otherRecords} UNION ${decidedOtherwise})`,
    sql`DROP TABLE stood`,
    sql`DROP TABLE held`,
  ];
}

/** Every row that refers to an entity, with the key that its first known identifier leads to, or why none does. */
function followReferences(entity: Entity): Sql {
  const key = keyColumn(entity);
  const parts = entity.records
    .filter((r) => r.role === 'reference')
    .map((r) => {
      const words = Object.entries(r.identifiers).map(
        ([identifier, column], place) =>
          sql`SELECT _key AS row_key, ${place} AS place, ${identifier}::VARCHAR AS identifier, ${id(column)}::VARCHAR AS value FROM ${current(r)}`,
      );
      return sql`SELECT ${r.table}::VARCHAR AS table_name, w.row_key, w.identifier, w.value, i.${key},
      CASE WHEN w.value IS NULL THEN 'no identifier' WHEN i.${key} IS NULL THEN 'no record has this identifier' ELSE 'linked' END AS reason
      FROM (${join(words, ' UNION ALL ')}) w LEFT JOIN ${identityTable(entity, 'identifiers')} i ON i.identifier = w.identifier AND i.value = w.value
      QUALIFY row_number() OVER (PARTITION BY w.row_key ORDER BY i.${key} IS NULL, w.value IS NULL, w.place, i.${key}) = 1`;
    });
  const empty = sql`SELECT NULL::VARCHAR AS table_name, NULL::VARCHAR AS row_key, NULL::VARCHAR AS identifier, NULL::VARCHAR AS value, NULL::VARCHAR AS ${key}, NULL::VARCHAR AS reason WHERE FALSE`;
  return sql`CREATE OR REPLACE TABLE ${identityTable(entity, 'references')} AS SELECT * FROM (${join([...parts, empty], ' UNION ALL ')}) ORDER BY table_name, row_key`;
}
