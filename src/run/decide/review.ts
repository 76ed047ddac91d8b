import { z } from 'zod';
import type { Entity, Project } from '../../config/project.js';
import type { Decided } from '../../identity/decisions.js';
import type { Compared } from '../../identity/match/waterfall.js';
import type { Reader } from '../../publish/reader.js';
import { publishedIn } from '../../publish/snapshot.js';
import type { Sql } from '../../sql/tag.js';
import { id, join, sql } from '../../sql/tag.js';
import { strongestOf } from '../explain/explain_pair.js';
import { publishedModel } from '../explain/matched.js';
import { settledDecisions } from './file.js';
import type { Impact } from './impact.js';
import { impactOf, withWarehouse } from './impact.js';

/** A question for people: are these two records one? */
export interface Question {
  readonly entity: string;
  /**
   * `near` the threshold, `unconfirmed` (one value agrees alone), or held back by a guard: `bridge`, `too_large`, `outvoted`, `conflict` (an identifier of which an entity has one);
   * `weak`: one by a link that is near the threshold; `outweighed`, `undecided`: identifiers contradict each other.
   */
  readonly kind: string;
  readonly left: { readonly record: string; readonly key: string };
  readonly right: { readonly record: string; readonly key: string };
  /** The chance that they are one, by what is known. */
  readonly probability: number;
  /** Doubt (1 at even odds) × records and references that hang on the answer; a tenth of it where an identifier answers it. */
  readonly worth: number;
  /** What would go to another key if the answer is not the one that stands. */
  readonly impact: Impact;
  /** The identifier that is in question, where one is. */
  readonly identifier: string | null;
  /** What both records say, attribute by attribute, and how alike it is; empty where records are not matched by attributes. */
  readonly attributes: readonly Pick<Compared, 'attribute' | 'left' | 'right' | 'level'>[];
  /** The attributes of which one value agrees, and nothing confirms it; null where that is not what keeps them apart. */
  readonly alone: readonly string[] | null;
}

/** What a question counts for where the answer that does not stand breaks a rule: identifiers are seldom wrong. */
const breaking = 0.1;

const asked = z.object({
  kind: z.string(),
  left_record: z.string(),
  left_key: z.string(),
  right_record: z.string(),
  right_key: z.string(),
  probability: z.number(),
  worth: z.number(),
  identifier: z.string().nullable(),
});

/** The questions whose answers are worth most, the best first; those that people answered are left out. */
export async function review(project: Project, reader: Reader, limit: number): Promise<readonly Question[]> {
  const { decided } = await settledDecisions(project.dir);
  return withWarehouse(project, async (warehouse) => {
    const questions: { readonly entity: Entity; readonly asked: z.output<typeof asked>; readonly moving: readonly string[] }[] = [];
    for (const entity of project.entities.filter((e) => reader.snapshot.entities.some((s) => s.name === e.name))) {
      const about = decided.filter((d) => d.entity === entity.name);
      const found = await reader.engine.rows(questionsOf(entity, reader, limit + 4 * about.length), asked);
      for (const one of found) {
        const [left, right] = [await recordsOf(reader, entity, one.left_key), await recordsOf(reader, entity, one.right_key)];
        const isWeak = one.left_key === one.right_key;
        if (isAnswered(about, isWeak ? [one.left_record] : left, isWeak ? [one.right_record] : right)) continue;
        questions.push({ entity, asked: one, moving: isWeak ? [one.left_record] : left.length < right.length ? left : right });
      }
    }
    const best = questions.sort((a, b) => b.asked.worth - a.asked.worth).slice(0, limit);
    const out: Question[] = [];
    for (const { entity, asked: one, moving } of best) {
      out.push({
        entity: entity.name,
        kind: one.kind,
        left: { record: one.left_record, key: one.left_key },
        right: { record: one.right_record, key: one.right_key },
        probability: one.probability,
        worth: one.worth,
        identifier: one.identifier,
        impact: await impactOf(project, entity, reader, warehouse, moving),
        ...(await comparedOf(reader, entity, one.left_record, one.right_record)),
      });
    }
    return out;
  });
}

async function comparedOf(reader: Reader, { name }: Entity, left: string, right: string): Promise<Pick<Question, 'attributes' | 'alone'>> {
  const published = await publishedModel(reader, name);
  if (published === null) return { attributes: [], alone: null };
  const pair = await strongestOf(reader, name, published.model, [{ record: left }], [{ record: right }]);
  const attributes = (pair?.waterfall.attributes ?? []).map(({ attribute, left: here, right: there, level }) => ({
    attribute,
    left: here,
    right: there,
    level,
  }));
  return { attributes, alone: pair?.waterfall.alone?.attributes ?? null };
}

/** Whether a decision that stands speaks of both sides. */
function isAnswered(decided: readonly Decided[], left: readonly string[], right: readonly string[]): boolean {
  return decided.some(({ kind, parts }) => {
    const sides = kind === 'same' ? (parts[0] ?? []).map((r) => [r]) : parts;
    const of = (records: readonly string[]) => sides.flatMap((part, i) => (part.some((r) => records.includes(r)) ? [i] : []));
    const [here, there] = [of(left), of(right)];
    return kind !== 'value' && here.some((i) => there.some((j) => i !== j));
  });
}

async function recordsOf({ engine }: Reader, entity: Entity, key: string): Promise<readonly string[]> {
  const rows = await engine.rows(
    sql`SELECT record FROM ${id('gold', `${entity.name}_crosswalk`)} WHERE ${id(`${entity.name}_key`)} = ${key} ORDER BY record`,
    z.object({ record: z.string() }),
  );
  return rows.map((r) => r.record);
}

/** Pairs of entities that may be one, records that may not belong to theirs, and identifiers that contradict each other; one row a question. */
function questionsOf(entity: Entity, { snapshot }: Reader, limit: number): Sql {
  const key = id(`${entity.name}_key`);
  const crosswalk = id('gold', `${entity.name}_crosswalk`);
  const links = id('identity', `${entity.name}_links`);
  const parts = [
    sql`SELECT l.decision AS kind, l.record AS left_record, l.${key} AS left_key, h.record AS right_record, l.value_held_by AS right_key,
      CASE WHEN l.decision = 'undecided' THEN 0.5 ELSE (l.weight / (l.weight + COALESCE(l.decided_weight, l.weight)))::DOUBLE END AS probability, l.identifier
      FROM ${links} l JOIN (SELECT ${key}, identifier, value, min(record) AS record FROM ${links} WHERE decision IN ('own', 'linked') GROUP BY ALL) h
        ON h.${key} = l.value_held_by AND h.identifier = l.identifier AND h.value = l.value
      WHERE l.decision IN ('undecided', 'outweighed') AND l.value_held_by <> l.${key}`,
  ];
  if (publishedIn(snapshot, 'identity', `${entity.name}_matches`) !== null) {
    const pairs = sql`SELECT m.*, m.probability::DOUBLE AS chance, a.${key} AS left_key, b.${key} AS right_key, a.how AS left_how, b.how AS right_how
      FROM ${id('identity', `${entity.name}_matches`)} m JOIN ${crosswalk} a ON a.record = m.left_record JOIN ${crosswalk} b ON b.record = m.right_record`;
    // What is near and would break a rule is not asked: only who is alike enough puts the rule in doubt.
    const unique = Object.entries(entity.identifiers).flatMap(([name, { unique }]) => (unique === 'entity' ? [name] : []));
    const held = sql`(SELECT DISTINCT ${key} AS key, identifier, value FROM ${links} WHERE decision IN ('own', 'linked') AND list_contains(${unique}::VARCHAR[], identifier))`;
    parts.push(
      sql`SELECT CASE WHEN decision = 'below' THEN 'near' ELSE decision END AS kind, left_record, left_key, right_record, right_key, chance, NULL
        FROM (${pairs}) p WHERE left_key <> right_key AND decision <> 'decided' AND (decision NOT IN ('below', 'unconfirmed')
          OR NOT EXISTS (FROM ${held} x JOIN ${held} y ON y.identifier = x.identifier AND y.value <> x.value WHERE x.key = p.left_key AND y.key = p.right_key))`,
      // A record hangs by its best link; where that is near the threshold, it may be a stranger.
      sql`SELECT 'weak' AS kind, record, key, other, key, chance, NULL FROM (
          SELECT left_record AS record, right_record AS other, left_key AS key, left_how AS how, chance FROM (${pairs}) WHERE left_key = right_key
          UNION ALL SELECT right_record, left_record, right_key, right_how, chance FROM (${pairs}) WHERE left_key = right_key)
        WHERE how = 'alike' QUALIFY row_number() OVER (PARTITION BY record ORDER BY chance DESC, other) = 1`,
    );
  }
  return sql`WITH questions AS (${join(parts, ' UNION ALL ')}),
    best AS (SELECT * FROM questions QUALIFY row_number() OVER (
      PARTITION BY least(left_key, right_key), greatest(left_key, right_key) ORDER BY probability * (1 - probability) DESC, left_record, right_record) = 1),
    sizes AS (SELECT key, sum(n)::DOUBLE AS n FROM (SELECT ${key} AS key, count(*) AS n FROM ${crosswalk} GROUP BY 1
      UNION ALL SELECT ${key}, count(*) FROM ${id('identity', `${entity.name}_references`)} WHERE ${key} IS NOT NULL GROUP BY 1) GROUP BY 1)
    SELECT b.*, 4 * probability * (1 - probability) * CASE WHEN left_key = right_key THEN 1 ELSE least(l.n, r.n) END
      * CASE kind WHEN 'conflict' THEN ${breaking} ELSE 1 END AS worth
    FROM best b JOIN sizes l ON l.key = left_key JOIN sizes r ON r.key = right_key
    WHERE probability BETWEEN 0.02 AND 0.98 OR kind IN ('bridge', 'too_large', 'conflict', 'outvoted')
    ORDER BY worth DESC, left_record, right_record LIMIT ${limit}`;
}
