/** The objects that the emulated organisation has, and what `describe` says of them. */
import { compare } from './soql.js';

/** A record by the names of its fields; a field of another object stands below the name of the relationship: `{ Account: { Name: … } }`. */
export type SalesforceRecord = Readonly<Record<string, unknown>>;

/** An object as it is given to the emulator. */
export interface SalesforceObject {
  readonly records: readonly SalesforceRecord[];
  /** Field → its type, where it is not to be guessed from the values: `currency`, `address`, `base64`, … */
  readonly types?: Readonly<Record<string, string>>;
  /** Fields that the user may not see. */
  readonly hidden?: readonly string[];
  /** System fields that this object lacks, such as `SystemModstamp`. */
  readonly lacks?: readonly string[];
  /** Whether the user may not read the object: then it is as if it were not there. */
  readonly forbidden?: boolean;
}

/** An object at work. */
export interface Held extends Required<Omit<SalesforceObject, 'records'>> {
  readonly name: string;
  records: readonly SalesforceRecord[];
}

/** Fields that the service keeps by itself. */
export const systemFields = ['IsDeleted', 'CreatedDate', 'LastModifiedDate', 'SystemModstamp'];

export function held(name: string, { records, types = {}, hidden = [], lacks = [], forbidden = false }: SalesforceObject, now: Date): Held {
  const object: Held = { name, types, hidden, lacks, forbidden, records: [] };
  object.records = records.map((record, index) => completed(object, record, index, now));
  return object;
}

/** A record with an id and the fields that the service keeps by itself, as far as it has none of its own. */
export function completed(object: Held, record: SalesforceRecord, index: number, now: Date): SalesforceRecord {
  const created = record['CreatedDate'] ?? stamp(now);
  const modified = record['LastModifiedDate'] ?? created;
  const Id = record['Id'] ?? `${prefixOf(object.name)}${String(index + 1).padStart(12, '0')}AAA`;
  const own = { IsDeleted: false, CreatedDate: created, LastModifiedDate: modified, SystemModstamp: modified };
  const kept = Object.entries(own).filter(([field]) => !object.lacks.includes(field));
  return { Id, ...Object.fromEntries(kept), ...record };
}

/** A moment as the service spells it: whole seconds, and an offset without a colon. */
export function stamp(moment: Date): string {
  return `${moment.toISOString().slice(0, 19)}.000+0000`;
}

/** A field, as `describe` tells of it. */
interface Described {
  readonly name: string;
  readonly type: string;
  readonly compoundFieldName: string | null;
  readonly calculated: boolean;
}

/** The fields that the user may see. */
export function fieldsOf(object: Held): readonly Described[] {
  const names = new Set([
    'Id',
    ...systemFields.filter((field) => !object.lacks.includes(field)),
    ...object.records.flatMap((r) => Object.keys(r)),
    ...Object.keys(object.types),
  ]);
  return [...names]
    .filter((name) => !object.hidden.includes(name))
    .flatMap((name) => {
      const value = object.records.map((r) => r[name]).find((v) => (v ?? null) !== null);
      const type = object.types[name] ?? typeOf(name, value);
      return type === null ? [] : [{ name, type, compoundFieldName: null, calculated: false }];
    });
}

/** Whether a path leads to something that the user may see; what lies behind a relationship is not judged. */
export function knows(object: Held, path: string): boolean {
  const [first = '', ...rest] = path.split('.');
  if (rest.length === 0) return fieldsOf(object).some(({ name }) => name.toLowerCase() === first.toLowerCase());
  return object.records.some((record) => isNested(record[first]));
}

/** The value at a path, whatever the case of its names; null where there is none. */
export function valueAt(record: SalesforceRecord, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => {
    if (typeof value !== 'object' || value === null) return null;
    const found = Object.keys(value).find((key) => key.toLowerCase() === name.toLowerCase());
    return found === undefined ? null : Reflect.get(value, found);
  }, record);
}

/** A record as an answer has it: only what was asked for, related records as objects of their own. */
export function answered(object: Held, record: SalesforceRecord, paths: readonly string[], version: string): SalesforceRecord {
  const row: Record<string, unknown> = {
    attributes: { type: object.name, url: `/services/data/v${version}/sobjects/${object.name}/${String(record['Id'])}` },
  };
  for (const path of paths) {
    const [first = '', ...rest] = path.split('.');
    if (rest.length === 0) row[path] = valueAt(record, path);
    else if (isNested(record[first]))
      row[first] = { ...(isNested(row[first]) ? row[first] : { attributes: { type: first } }), [rest.join('.')]: valueAt(record, path) };
    else row[first] = null;
  }
  return row;
}

/** Paths with the names of fields as they are defined, whatever the case in which they were asked for. */
export function spelled(object: Held, paths: readonly string[]): readonly string[] {
  const names = new Map(fieldsOf(object).map(({ name }) => [name.toLowerCase(), name] as const));
  return paths.map((path) => names.get(path.toLowerCase()) ?? path);
}

/** Records in the order that is asked for; others stay as they are. */
export function ordered(
  records: readonly SalesforceRecord[],
  order: readonly { readonly field: string; readonly sign: 1 | -1 }[],
): readonly SalesforceRecord[] {
  return [...records].sort((a, b) => {
    for (const { field, sign } of order) {
      const found = sign * compare(valueAt(a, field), valueAt(b, field));
      if (found !== 0) return found;
    }
    return 0;
  });
}

function isNested(value: unknown): value is SalesforceRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Null for a relationship, which is no field. */
function typeOf(name: string, value: unknown): string | null {
  if (name === 'Id') return 'id';
  if (typeof value === 'boolean' || name === 'IsDeleted') return 'boolean';
  if (typeof value === 'number') return 'double';
  if (isNested(value)) return name.endsWith('Address') ? 'address' : null;
  if (systemFields.includes(name) || (typeof value === 'string' && /^\d{4}-\d\d-\d\dT.*[+-]\d{4}$/.test(value))) return 'datetime';
  return 'string';
}

function prefixOf(name: string): string {
  return { Account: '001', Contact: '003', Lead: '00Q', Case: '500', Task: '00T' }[name] ?? 'a00';
}
