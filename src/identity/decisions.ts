import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Problem } from '../base/errors.js';

/*
 * What people decided, as events: one JSON document a line of `decisions.jsonl`, in the order in which they were made. Nothing is ever taken
 * out: who thinks better of it undoes, and an undo is an event too.
 */

const record = z
  .string()
  .regex(/^[^.:]+\.[^:]+:./s, 'must be `source.stream:id`')
  .describe('A record, `source.stream:id`, as it is called on every machine');
const id = z
  .string()
  .regex(/^d_[0-9a-f]{16}$/, 'must be `d_` and 16 hexadecimal digits')
  .describe('Digest of all else that the event says');
const common = {
  format: z.literal(1).describe('Version of this form'),
  id,
  at: z.iso.datetime().describe('When it was made, UTC'),
  by: z.string().min(1).describe('Who made it'),
  why: z.string().min(1).describe('The reason, in words'),
};
const about = {
  entity: z.string().min(1).describe('The entity that it is about, such as `customer`'),
  rests_on: z
    .array(id)
    .default([])
    .describe('Decisions that made the entity what it was when this one was made; they are not undone while it stands'),
};

/** An event of `decisions.jsonl`. */
export const decisionEvent = z.discriminatedUnion('decision', [
  z.strictObject({ ...common, decision: z.literal('same'), ...about, records: z.tuple([record, record]) }).describe('They are one'),
  z
    .strictObject({ ...common, decision: z.literal('different'), ...about, records: z.tuple([record, record]) })
    .describe('They are not one, nor is anything that either is one with'),
  z
    .strictObject({ ...common, decision: z.literal('split'), ...about, parts: z.array(z.array(record).min(1)).min(2) })
    .describe('No record of one part is one with a record of another'),
  z
    .strictObject({ ...common, decision: z.literal('value'), ...about, record, field: z.string().min(1), value: z.string().min(1) })
    .describe('The golden record of whoever the record belongs to has this value'),
  z.strictObject({ ...common, decision: z.literal('undo'), undoes: id }).describe('Another event no longer counts'),
]);

export type DecisionEvent = z.output<typeof decisionEvent>;
export type DecisionKind = Exclude<DecisionEvent['decision'], 'undo'>;

type WithoutId<E> = E extends DecisionEvent ? Omit<E, 'id' | 'format'> : never;
/** An event before it has an id. */
export type NewEvent = WithoutId<DecisionEvent>;

/** A decision that counts, in one shape for all kinds. */
export interface Decided {
  readonly id: string;
  readonly kind: DecisionKind;
  readonly entity: string;
  readonly at: string;
  readonly by: string;
  readonly why: string;
  readonly restsOn: readonly string[];
  /** Of `same` one part, the records that are one; of `different` and `split` the parts that are not; of `value` the record by which the entity is named. */
  readonly parts: readonly (readonly string[])[];
  readonly field: string | null;
  readonly value: string | null;
}

/** Gives an event its id: the digest of what it says. */
export function withId(said: NewEvent): DecisionEvent {
  return decisionEvent.parse({ ...said, format: 1, id: digestOf({ ...said, format: 1 }) });
}

function digestOf(event: Readonly<Record<string, unknown>>): string {
  const said = Object.entries(event)
    .filter(([name, value]) => name !== 'id' && value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `d_${createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 16)}`;
}

/** An event as a line of the file, its end included. */
export function lineOf(event: DecisionEvent): string {
  return `${JSON.stringify(event)}\n`;
}

/**
 * The events of a file in the order in which they were made, whatever that of the lines, which depends on who merged whose; the same line twice counted
 * once; and what is wrong with lines, by their numbers.
 */
export function parseDecisions(text: string): { readonly events: readonly DecisionEvent[]; readonly problems: readonly Problem[] } {
  const events = new Map<string, DecisionEvent>();
  const problems: Problem[] = [];
  for (const [i, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (line.trim() === '') continue;
    const wrong = (message: string): void => void problems.push({ path: `line ${i + 1}`, message });
    const parsed = decisionEvent.safeParse(json(line));
    if (!parsed.success) {
      wrong(
        /^[<=>]{7}/.test(line)
          ? 'is a mark that git left where a merge conflicted: keep the lines of both sides'
          : firstIssue(parsed.error),
      );
      continue;
    }
    const expected = digestOf(parsed.data);
    if (parsed.data.id !== expected) wrong(`its id is not that of what it says (${expected}): it was edited by hand`);
    else events.set(expected, parsed.data);
  }
  return { events: [...events.values()].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)), problems };
}

function json(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined || (issue.path.length === 0 && issue.code === 'invalid_type')) return 'is no JSON object';
  return `${issue.path.length === 0 ? '' : `${issue.path.join('.')}: `}${issue.message}`;
}

/** An event that is no undo, in the shape of all kinds. */
export function decidedOf(event: Exclude<DecisionEvent, { readonly decision: 'undo' }>): Decided {
  const { id: name, decision: kind, entity, at, by, why, rests_on: restsOn } = event;
  const base = { id: name, kind, entity, at, by, why, restsOn, field: null, value: null };
  if (event.decision === 'same') return { ...base, parts: [event.records] };
  if (event.decision === 'different') return { ...base, parts: event.records.map((r) => [r]) };
  if (event.decision === 'split') return { ...base, parts: event.parts };
  return { ...base, parts: [[event.record]], field: event.field, value: event.value };
}

/** A decision in words. */
export function inWords({ kind, parts, field, value }: Decided): string {
  const [first = [], second = []] = parts;
  if (kind === 'same') return `${first.join(' and ')} are one`;
  if (kind === 'different') return `${[...first, ...second].join(' and ')} are not one`;
  if (kind === 'split')
    return `${parts.map((p) => (p.length > 3 ? `${p.slice(0, 3).join(', ')} and ${p.length - 3} more` : p.join(', '))).join(' are not one with ')}`;
  return `${field ?? ''} of ${first.join()} is ${JSON.stringify(value)}`;
}
