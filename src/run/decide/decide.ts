import { z } from 'zod';
import type { Effects } from '../../base/effects.js';
import { OnefoldError } from '../../base/errors.js';
import { didYouMean } from '../../base/suggest.js';
import type { Project } from '../../config/project.js';
import { tryCast } from '../../engine/functions.js';
import { goldenFields } from '../../gold/golden.js';
import type { DecisionEvent, NewEvent } from '../../identity/decisions.js';
import { decidedOf, inWords, withId } from '../../identity/decisions.js';
import type { Settled } from '../../identity/settle.js';
import { restless, settle } from '../../identity/settle.js';
import type { Reader } from '../../publish/reader.js';
import { sql } from '../../sql/tag.js';
import { typesOf } from '../project/types.js';
import { appendDecisions, readDecisions } from './file.js';
import type { Found } from './lookup.js';
import { find } from './lookup.js';

/** What a person decides, named by keys and records. */
export type Wish =
  | { readonly decision: 'same' | 'different'; readonly left: string; readonly right: string }
  | { readonly decision: 'split'; readonly of: string; readonly records: readonly string[] }
  | { readonly decision: 'value'; readonly of: string; readonly field: string; readonly value: string };

/** Who decides, and why. */
export interface Signed {
  readonly by: string;
  readonly why: string;
}

/** A decision that was written, and whom it is about. */
export interface Written {
  readonly event: DecisionEvent;
  readonly words: string;
  /** The entities that it was made about, as they are before the next build; none of an undo. */
  readonly about: readonly Found[];
}

/**
 * Writes a decision into the project's file; the next build follows it.
 * @throws OnefoldError `DECISION_REFUSED` where it contradicts decisions that stand, `NOT_FOUND`, `USAGE`
 */
export async function decide(
  project: Project,
  reader: Reader,
  wish: Wish,
  signature: Signed,
  effects: Effects,
  entity?: string,
): Promise<Written> {
  const events = await readDecisions(project.dir);
  const settled = settle(events);
  const signed = { at: timeAfter(events, effects), ...written(signature) };
  const { said, about } = await sayingOf(project, reader, wish, entity, settled);
  const event = withId({ ...said, ...signed });
  if (event.decision === 'undo') throw new OnefoldError('INTERNAL', 'a decision is no undo');
  const words = inWords(decidedOf(event));
  const standing = settled.decided.find((d) => d.entity === event.entity && inWords(d) === words);
  if (standing !== undefined) throw refused(`that is decided already, by ${standing.by}: ${standing.id}`, 'Nothing has to be done.');
  const lost = settle([...events, event]).lost.get(event.id);
  if (lost !== undefined)
    throw refused(
      `this contradicts what was decided: ${lost.chain}`.replaceAll(event.id, 'this decision'),
      `Undo first what no longer holds: onefold undo ${lost.with.join(' or ')}.`,
    );
  await appendDecisions(project.dir, [event], effects);
  return { event, words, about };
}

/** A signature without blanks around. @throws OnefoldError `USAGE` where it says nothing */
function written({ by, why }: Signed): Signed {
  const signed = { by: by.trim(), why: why.trim() };
  if (signed.why === '') throw usage('a decision needs a reason', "Say why, for those who come after: --why 'she said so on the phone'.");
  if (signed.by === '') throw usage('a decision needs somebody who makes it', 'Name them with --by.');
  return signed;
}

type Saying = NewEvent extends infer E ? (E extends NewEvent ? Omit<E, 'at' | 'by' | 'why'> : never) : never;

async function sayingOf(
  project: Project,
  reader: Reader,
  wish: Wish,
  named: string | undefined,
  settled: Settled,
): Promise<{ readonly said: Saying; readonly about: readonly Found[] }> {
  if ('left' in wish) {
    const [left, right] = [await find(reader, wish.left, named), await find(reader, wish.right, named)];
    if (left.entity !== right.entity) throw usage(`${wish.left} is a ${left.entity}, ${wish.right} a ${right.entity}`);
    if (left.record === right.record || (left.key === right.key && (left.byKey || right.byKey)))
      throw usage(
        `${wish.left} and ${wish.right} name the same ${left.entity}`,
        'Name two records, or take some out with `onefold decide split`.',
      );
    const rests = [left, right].flatMap((f) => (f.byKey ? holding(settled, f) : []));
    const records: [string, string] = left.record < right.record ? [left.record, right.record] : [right.record, left.record];
    return {
      said: { decision: wish.decision, entity: left.entity, rests_on: [...new Set(rests)], records },
      about: left.key === right.key ? [left] : [left, right],
    };
  }
  const found = await find(reader, wish.of, named);
  const base = { entity: found.entity, rests_on: holding(settled, found) };
  if (wish.decision === 'split') {
    const out = new Set(wish.records);
    const strange = wish.records.find((r) => !found.records.includes(r));
    if (strange !== undefined)
      throw new OnefoldError('NOT_FOUND', `${strange} is no record of ${found.key}${didYouMean(strange, found.records)}`);
    const parts = [[...out].sort(), found.records.filter((r) => !out.has(r))];
    if (parts[1]?.length === 0) throw usage(`these are all records of ${found.key}`, 'Name those that belong to somebody else.');
    return { said: { decision: 'split', ...base, parts }, about: [found] };
  }
  await checkValue(project, reader, found, wish.field, wish.value);
  return { said: { decision: 'value', ...base, record: found.record, field: wish.field, value: wish.value }, about: [found] };
}

/** The decisions that hold an entity together: both records that each joins are among its records. */
function holding({ decided }: Settled, { entity, records }: Found): string[] {
  const mine = new Set(records);
  return decided.filter((d) => d.kind === 'same' && d.entity === entity && d.parts[0]?.every((r) => mine.has(r))).map((d) => d.id);
}

/** @throws OnefoldError `NOT_FOUND` for a field that there is not, `USAGE` for a value that is none of its type */
async function checkValue(project: Project, { engine }: Reader, found: Found, field: string, value: string): Promise<void> {
  const entity = project.entities.find((e) => e.name === found.entity);
  const fields = entity === undefined ? [] : goldenFields(entity, typesOf(project));
  const known = fields.find((f) => f.name === field);
  if (known === undefined)
    throw new OnefoldError(
      'NOT_FOUND',
      `the golden record of ${found.entity} has no field \`${field}\`${didYouMean(
        field,
        fields.map((f) => f.name),
      )}`,
    );
  if (value === '') throw usage(`no value is given for ${field}`);
  const [cast] = await engine.rows(sql`SELECT ${tryCast(sql`${value}`, known.type)} IS NOT NULL AS ok`, z.object({ ok: z.boolean() }));
  if (cast?.ok !== true) throw usage(`the value is no ${known.type}, which ${field} is`);
}

/**
 * Writes that a decision, or an undo, no longer counts.
 * @param withLater whether decisions that rest on it are undone too, the last first
 * @throws OnefoldError `DECISION_REFUSED`, naming what blocks it, `NOT_FOUND`, `USAGE` without a reason
 */
export async function undo(
  dir: string,
  named: string,
  signature: Signed,
  effects: Effects,
  withLater: boolean,
): Promise<readonly Written[]> {
  const signed = written(signature);
  const events = await readDecisions(dir);
  const settled = settle(events);
  const target = events.find((e) => e.id === named);
  if (target === undefined)
    throw new OnefoldError('NOT_FOUND', `no decision is called ${named}`, { hint: '`onefold decisions list` shows all of them.' });
  const before = settled.undone.get(named);
  if (before !== undefined)
    throw refused(`${named} was undone already, by ${before}`, `To have it again, undo that: onefold undo ${before}.`);
  const at = timeAfter(events, effects);
  const undoing = (id: string): DecisionEvent => withId({ decision: 'undo', at, ...signed, undoes: id });
  const left = leftBy(events, settled, named, undoing);
  const back = events.find((e) => left.includes(e.id) && settled.undone.has(e.id));
  if (back !== undefined && back.decision !== 'undo') {
    const missing = back.rests_on.find((id) => settled.undone.has(id)) ?? '';
    throw refused(`${back.id} rests on ${missing}, which is undone`, `Bring that back first: onefold undo ${settled.undone.get(missing)}.`);
  }
  if (left.length > 0 && !withLater)
    throw refused(
      `${left.map((id) => `${id} (${wordsOf(events, id)})`).join(', ')} ${left.length === 1 ? 'rests' : 'rest'} on ${named}`,
      `Undo first: onefold undo ${left[0] ?? ''}. Or all of them: onefold undo ${named} --with-later.`,
    );
  const undos = [...left, named].map(undoing);
  const after = settle([...events, ...undos]);
  for (const [id, { chain }] of after.lost) {
    if (!settled.lost.has(id))
      throw refused(`then ${id} would contradict what comes back: ${chain}`, `Undo that first: onefold undo ${id}.`);
  }
  await appendDecisions(dir, undos, effects);
  return undos.map((event) => ({
    event,
    words: `no longer: ${event.decision === 'undo' ? wordsOf(events, event.undoes) : ''}`,
    about: [],
  }));
}

/** What an undo would leave without a decision that it rests on, and what rests on that in turn, the last first. */
function leftBy(
  events: readonly DecisionEvent[],
  settled: Settled,
  named: string,
  undoing: (id: string) => DecisionEvent,
): readonly string[] {
  const before = new Set(restless(events, settled));
  const left = new Set<string>();
  for (;;) {
    const found = restless(events, settle([...events, ...[named, ...left].map(undoing)])).filter((id) => !before.has(id));
    if (found.length === 0) break;
    for (const id of found) left.add(id);
  }
  return events.flatMap(({ id }) => (left.has(id) ? [id] : [])).reverse();
}

/** The time of a new event, UTC: now, but never before what was decided already, though somebody's clock was fast. Events count in this order. */
function timeAfter(events: readonly DecisionEvent[], effects: Effects): string {
  const last = events.at(-1);
  return new Date(Math.max(effects.now().getTime(), last === undefined ? 0 : Date.parse(last.at))).toISOString();
}

/** What an event says, in words. */
export function wordsOf(events: readonly DecisionEvent[], id: string): string {
  const event = events.find((e) => e.id === id);
  if (event === undefined) return 'an event that is not there';
  return event.decision === 'undo' ? `undo of ${event.undoes}: ${wordsOf(events, event.undoes)}` : inWords(decidedOf(event));
}

function refused(message: string, hint: string): OnefoldError {
  return new OnefoldError('DECISION_REFUSED', message, { hint });
}

function usage(message: string, hint?: string): OnefoldError {
  return new OnefoldError('USAGE', message, hint === undefined ? {} : { hint });
}
