import type { Entity } from '../config/project.js';
import type { Columns, Numbers, Step, Written } from '../engine/engine.js';
import { textsOfAny } from '../engine/functions.js';
import type { Sql } from '../sql/tag.js';
import { id, join, sql } from '../sql/tag.js';
import type { Assertion } from './cluster.js';
import { cluster } from './cluster.js';
import { constraintsOf } from './constraints.js';
import { makeDecided, publishDecided } from './decided.js';
import type { Decided } from './decisions.js';
import { changedKeys, current, gatherEvidence, identityTable, keyColumn, otherRecords, solved, sourcesOf } from './evidence.js';
import { giveKeys } from './given_keys.js';
import { cleanOfModel } from './match/clean.js';
import { components, linkPairs, pairsWithin, publishMatches } from './match/clusters.js';
import type { Bits } from './match/kept.js';
import { withBits } from './match/kept.js';
import type { TypeOf } from './match/looks.js';
import { matchRecords } from './match/match.js';
import type { MatchModel } from './match/model.js';
import { withOptions } from './match/options.js';
import { numbers, texts } from './match/relations.js';
import type { Scope } from './touched.js';
import { differing, inScope, isReached, placesOf, rewrite, touch, touchAll } from './touched.js';

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
  const rest = (scope: Scope, bits: Bits | null): readonly Step[] => [
    { kind: 'sql', name: `${entity.name}: keys`, statements: keysThatStood(entity, scope) },
    ...(bits === null ? [] : components(entity, scope, bits)),
    {
      kind: 'solve',
      name: `${entity.name}: clusters`,
      reads: { named: namedByDecisions(), ...(bits === null ? {} : { clean: cleanOfModel(entity) }) },
      numbers: {
        assertions: assertionsByNumber(entity),
        places: placesOf(entity),
        ...(bits === null ? {} : { pairs: pairsWithin(entity, scope, bits) }),
      },
      solve: (relations, numbers) => solve(entity, relations, numbers, decided),
    },
    ...giveKeys(entity, decided),
    ...(bits === null ? [] : [{ kind: 'sql' as const, name: `${entity.name}: matches`, statements: publishMatches(entity, scope, bits) }]),
    { kind: 'sql', name: `${entity.name}: crosswalk`, statements: [...publishClusters(entity, runId, scope), ...publishDecided(entity)] },
  ];
  return [
    { kind: 'sql', name: `${entity.name}: evidence`, statements: [...gatherEvidence(entity), ...makeDecided(entity, decided)] },
    ...(match === undefined
      ? [...touchAll(entity), ...rest('all', null)]
      : withOptions(entity, match, model, { typeOf, anew, runId }, (options) => [
          ...matchRecords(entity, options),
          ...withBits(entity, options.kept, (bits) =>
            options.kept === null
              ? [...touchAll(entity), ...rest('all', bits)]
              : [...touch(entity, options.kept.from, bits), ...rest('touched', bits)],
          ),
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

/** Records that decisions name, with their places. */
function namedByDecisions(): Sql {
  return sql`SELECT record, place::DOUBLE AS place FROM touched WHERE record IN (SELECT record FROM ${id(solved.decided)}) ORDER BY place`;
}

/** Assertions by number: the place of the record, the identifier, the value by the first that says it, source, stream, whether it is the record's own id, and the weight. */
function assertionsByNumber(entity: Entity): Sql {
  const among = (names: readonly string[], name: Sql): Sql => sql`list_position(${[...new Set(names)]}::VARCHAR[], ${name})::DOUBLE`;
  return sql`SELECT COALESCE(t.place, 0)::DOUBLE AS record, ${among(Object.keys(entity.identifiers), sql`identifier`)} - 1 AS identifier,
      (min(a.nr) OVER (PARTITION BY identifier, value))::DOUBLE AS value, ${among(sourcesOf(entity), sql`a.source`)} AS source,
      ${among(
        entity.records.map((r) => `${r.source}.${r.stream}`),
        sql`stream`,
      )} AS stream, own::INTEGER::DOUBLE AS own, weight::DOUBLE AS weight
    FROM assertions a LEFT JOIN touched t USING (record) ORDER BY a.nr`;
}

/** Clusters, all by number: `solved_roots`, `solved_decisions`, `solved_matches`. */
function solve(
  entity: Entity,
  { named, clean }: { readonly [name: string]: Columns },
  { assertions: said = [], places = [], pairs }: { readonly [name: string]: Numbers },
  decided: readonly Decided[],
): readonly Written[] {
  const records = places[0]?.length ?? 0;
  const [record, identifier, value, source, stream, own, weight] = said;
  const assertions = Array.from(
    record ?? [],
    (place, i): Assertion => ({
      record: place,
      identifier: identifier?.[i] ?? 0,
      value: value?.[i] ?? 0,
      source: source?.[i] ?? 0,
      stream: stream?.[i] ?? 0,
      own: own?.[i] === 1,
      weight: weight?.[i] ?? 0,
    }),
  );
  const limits = Object.values(entity.identifiers).map(({ unique, maxRecords = 10 }) => ({ unique, maxRecords }));
  const placesNamed = numbers(named, 'place');
  const placeOf = new Map(texts(named, 'record').map((name, i) => [name, placesNamed[i] ?? 0]));
  const constraints = constraintsOf(decided, (name) => placeOf.get(name));
  const answer = cluster(records, assertions.length, assertions, limits, constraints);
  const matched = pairs === undefined ? null : linkPairs(entity, { pairs, places, clean }, answer);
  const roots = Int32Array.from(answer.clusterOf, (root, i) => {
    const joined = matched?.clusterOf[answer.partOf[i] ?? root] ?? -1;
    return joined < 0 ? root : joined;
  });
  return [
    { table: { name: solved.roots }, columns: [roots.map((_, place) => place), roots] },
    {
      table: { name: solved.decisions },
      columns: [answer.decisions.map((_, i) => i), answer.decisions, answer.decisions.map((_, i) => answer.yielded.get(i) ?? null)],
    },
    ...(matched === null ? [] : [{ table: { name: solved.matches }, columns: matched.columns }]),
  ];
}

/** The tables that others read: crosswalk, links with what was decided and why, identifiers, references, events, redirects. */
function publishClusters(entity: Entity, runId: string, scope: Scope): readonly Sql[] {
  const key = keyColumn(entity);
  const links = identityTable(entity, 'links');
  const [crosswalk, redirects] = [id('gold', `${entity.name}_crosswalk`), id('gold', `${entity.name}_redirects`)];
  const byIdentifiers = textsOfAny(
    Object.keys(entity.identifiers).sort(),
    (identifier) => sql`identifier = ${identifier} AND decision = 'linked'`,
  );
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
      ORDER BY c.place`,
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
    sql`CREATE OR REPLACE TEMP TABLE ${changedKeys} AS WITH others AS MATERIALIZED (SELECT record FROM ${otherRecords} UNION ${decidedOtherwise})
      ${differing(sql`entity_key`, now, before)} UNION SELECT entity_key FROM ${id(solved.clusters)} WHERE record IN (FROM others)
      UNION SELECT ${keyColumn(entity)} FROM ${id('gold', `${entity.name}_crosswalk`)} WHERE record IN (FROM others EXCEPT SELECT record FROM ${id(solved.clusters)})`,
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
