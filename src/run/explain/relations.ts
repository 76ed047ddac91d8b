import { z } from 'zod';
import { splitDotted } from '../../base/names.js';
import type { Entity, Project } from '../../config/project.js';
import type { Engine } from '../../engine/engine.js';
import type { Measured, RelationDoc } from '../../site/site.js';
import { idOf } from '../../site/site.js';
import type { Sql } from '../../sql/tag.js';
import { id, join, sql } from '../../sql/tag.js';

/** Where relations are measured: gold on the snapshot, silver in the warehouse where it is free. */
export interface Places {
  readonly snapshot: { readonly engine: Engine; readonly has: (schema: string, table: string, column?: string) => boolean } | null;
  readonly warehouse: { readonly engine: Engine; readonly has: (schema: string, table: string, column?: string) => boolean } | null;
}

/** A relation with the question that measures it. */
interface Asked {
  readonly relation: Omit<RelationDoc, 'measured' | 'unmeasured'>;
  readonly of: keyof Places;
  /** `schema.table` and the columns of it that the question needs. */
  readonly needs: readonly (readonly [string, string, string])[];
  readonly question: Sql;
}

const answer = z.object({
  nr: z.number(),
  rows: z.number(),
  filled: z.number(),
  matched: z.number(),
  orphans: z.number(),
  most_from: z.number(),
  most_to: z.number(),
  targets: z.number(),
  met: z.number(),
  inferred: z.number(),
});

/** How many questions go into one statement. */
const together = 40;

/** Every declared relation of a project, each measured by one set-based question where its place can be asked. */
export async function measureRelations(project: Project, places: Places): Promise<readonly RelationDoc[]> {
  const asked = [...foreignKeys(project, places), ...relationshipRules(project), ...project.entities.flatMap(rolesOf)];
  const out = new Map<Asked, RelationDoc>();
  for (const of of ['snapshot', 'warehouse'] as const) {
    const place = places[of];
    const mine = asked.filter((a) => a.of === of);
    const open = mine.filter((a) => place !== null && a.needs.every((need) => place.has(...need)));
    const why =
      place !== null
        ? 'not built yet'
        : of === 'snapshot'
          ? 'nothing has been published yet'
          : 'silver is in the warehouse, which could not be opened';
    for (const a of mine) out.set(a, { ...a.relation, measured: null, unmeasured: why });
    for (let i = 0; i < open.length && place !== null; i += together) {
      const some = open.slice(i, i + together);
      const answers = await place.engine.rows(
        join(
          some.map((a, nr) => sql`SELECT ${nr}::INTEGER AS nr, * FROM (${a.question})`),
          ' UNION ALL ',
        ),
        answer,
      );
      for (const one of answers) {
        const a = some[one.nr];
        if (a !== undefined) out.set(a, { ...a.relation, measured: measured(one), unmeasured: null });
      }
    }
  }
  return asked.flatMap((a) => out.get(a) ?? []);
}

function measured(a: z.output<typeof answer>): Measured {
  const [from, to] = [a.most_from > 1 ? 'n' : '1', a.most_to > 1 ? (a.most_from > 1 ? 'm' : 'n') : '1'];
  const cardinality = a.matched === 0 ? '–' : from === '1' ? (to === '1' ? '1:1' : '1:n') : to === '1' ? 'n:1' : 'n:m';
  return {
    rows: a.rows,
    filled: a.filled,
    matched: a.matched,
    orphanValues: a.orphans,
    cardinality,
    targets: a.targets,
    met: a.met,
    inferred: a.inferred,
  };
}

/** How two columns meet; values are compared as text, as the rules compare them. */
function meeting(from: Sql, column: string, to: Sql, target: string, inferred: Sql): Sql {
  return sql`WITH f AS (SELECT ${id(column)}::VARCHAR AS v, count(*) AS n FROM ${from} GROUP BY 1),
    t AS (SELECT ${id(target)}::VARCHAR AS v, count(*) AS n FROM ${to} WHERE ${id(target)} IS NOT NULL GROUP BY 1)
    SELECT COALESCE(sum(f.n), 0)::DOUBLE AS rows, COALESCE(sum(f.n) FILTER (f.v IS NOT NULL), 0)::DOUBLE AS filled,
      COALESCE(sum(f.n) FILTER (t.v IS NOT NULL), 0)::DOUBLE AS matched, count(f.v) FILTER (t.v IS NULL)::DOUBLE AS orphans,
      COALESCE(max(f.n) FILTER (t.v IS NOT NULL), 0)::DOUBLE AS most_from, COALESCE(max(t.n), 0)::DOUBLE AS most_to,
      (SELECT count(*) FROM t)::DOUBLE AS targets, count(t.v)::DOUBLE AS met, ${inferred}::DOUBLE AS inferred
    FROM f LEFT JOIN t ON t.v = f.v`;
}

function foreignKeys(project: Project, places: Places): readonly Asked[] {
  return project.models.flatMap((model) =>
    model.foreignKeys.map((key): Asked => {
      const entity = project.entities.find((e) => key.toModel === e.name || key.toModel.startsWith(`${e.name}_`));
      const isModel = project.models.some((m) => m.name === key.toModel);
      const marks = places.snapshot?.has('gold', key.toModel, '_inferred') === true;
      return {
        relation: {
          kind: 'foreign key',
          from: { node: idOf('model', model.name), label: `gold.${model.name}`, column: key.column },
          to: {
            node: isModel || entity === undefined ? idOf('model', key.toModel) : idOf('entity', entity.name),
            label: `gold.${key.toModel}`,
            column: key.toColumn,
          },
          policy: missingWords[key.missing],
        },
        of: 'snapshot',
        needs: [
          ['gold', model.name, key.column],
          ['gold', key.toModel, key.toColumn],
        ],
        question: meeting(
          id('gold', model.name),
          key.column,
          id('gold', key.toModel),
          key.toColumn,
          marks ? sql`(SELECT count(*) FILTER (_inferred) FROM ${id('gold', key.toModel)})` : sql`0`,
        ),
      };
    }),
  );
}

const missingWords = {
  fail: 'nothing is published',
  warn: 'a warning',
  inferred: 'the target gets an inferred row',
  unknown: 'it points at the row `unknown`',
} as const;

function relationshipRules(project: Project): readonly Asked[] {
  const standing = (table: string): Sql => sql`(SELECT * FROM ${id('silver', table)} WHERE _deleted_at IS NULL)`;
  return project.tables.flatMap((table) =>
    table.rules.flatMap((rule): readonly Asked[] => {
      const { column, to } = rule.options;
      const target = rule.kind === 'relationship' && typeof to === 'string' ? splitDotted(to) : null;
      if (target === null || typeof column !== 'string') return [];
      return [
        {
          relation: {
            kind: 'relationship rule',
            from: { node: idOf('table', table.name), label: `silver.${table.name}`, column },
            to: { node: idOf('table', target[0]), label: `silver.${target[0]}`, column: target[1] },
            policy: severityWords[rule.severity],
          },
          of: 'warehouse',
          needs: [
            ['silver', table.name, column],
            ['silver', target[0], target[1]],
          ],
          question: meeting(standing(table.name), column, standing(target[0]), target[1], sql`0`),
        },
      ];
    }),
  );
}

const severityWords = { warn: 'a warning', quarantine: 'the row is set aside', fail: 'nothing is published' } as const;

/** How the tables of an entity meet it: a record belongs to one key, a reference leads to one or to none. */
function rolesOf(entity: Entity): readonly Asked[] {
  const key = id(`${entity.name}_key`);
  const crosswalk = `${entity.name}_crosswalk`;
  const golden = id('gold', entity.name);
  const tail = sql`(SELECT count(*) FROM ${golden})::DOUBLE AS targets`;
  return entity.records.map((role): Asked => {
    const to = { node: idOf('entity', entity.name), label: `gold.${entity.name}`, column: `${entity.name}_key` };
    const from = { node: idOf('table', role.table), label: `silver.${role.table}` };
    if (role.role === 'record') {
      return {
        relation: { kind: 'record', from: { ...from, column: role.id ?? '' }, to, policy: 'every record belongs to one key' },
        of: 'snapshot',
        needs: [
          ['identity', `${entity.name}_records`, 'table_name'],
          ['gold', crosswalk, 'record'],
        ],
        question: sql`WITH r AS (SELECT observations, x.${key} AS k FROM ${id('identity', `${entity.name}_records`)} r
            LEFT JOIN ${id('gold', crosswalk)} x USING (record) WHERE r.table_name = ${role.table}),
          per AS (SELECT k, sum(observations) AS n FROM r GROUP BY k)
          SELECT (SELECT COALESCE(sum(observations), 0) FROM r)::DOUBLE AS rows, (SELECT COALESCE(sum(observations), 0) FROM r)::DOUBLE AS filled,
            (SELECT COALESCE(sum(observations) FILTER (k IS NOT NULL), 0) FROM r)::DOUBLE AS matched, (SELECT count(*) FILTER (k IS NULL) FROM r)::DOUBLE AS orphans,
            (SELECT COALESCE(max(n) FILTER (k IS NOT NULL), 0) FROM per)::DOUBLE AS most_from, 1::DOUBLE AS most_to, ${tail},
            (SELECT count(k) FROM per)::DOUBLE AS met, 0::DOUBLE AS inferred`,
      };
    }
    return {
      relation: {
        kind: 'reference',
        from: { ...from, column: [...new Set(Object.values(role.identifiers))].join(', ') },
        to,
        policy: 'the row stays, without a key',
      },
      of: 'snapshot',
      needs: [['identity', `${entity.name}_references`, 'table_name']],
      question: sql`WITH r AS (SELECT value, reason, ${key} AS k FROM ${id('identity', `${entity.name}_references`)} WHERE table_name = ${role.table}),
        per AS (SELECT k, count(*) AS n FROM r GROUP BY k)
        SELECT (SELECT count(*) FROM r)::DOUBLE AS rows, (SELECT count(*) FILTER (reason <> 'no identifier') FROM r)::DOUBLE AS filled,
          (SELECT count(k) FROM r)::DOUBLE AS matched, (SELECT count(DISTINCT value) FILTER (k IS NULL AND reason <> 'no identifier') FROM r)::DOUBLE AS orphans,
          (SELECT COALESCE(max(n) FILTER (k IS NOT NULL), 0) FROM per)::DOUBLE AS most_from, 1::DOUBLE AS most_to, ${tail},
          (SELECT count(k) FROM per)::DOUBLE AS met, 0::DOUBLE AS inferred`,
    };
  });
}
