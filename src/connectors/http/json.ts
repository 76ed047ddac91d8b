/**
 * JSON as services send it, without loss: JavaScript's numbers hold 15 digits safely, and ids and amounts may have more.
 */

/** A text or a number of a JSON document; texts are matched so that digits within them are left alone. */
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const mayBeLong = /\d[\d.]{15}/;

/**
 * A JSON text as a value; a number that JavaScript can't hold becomes a text with its digits.
 * @throws SyntaxError, whose message may quote the text: never pass it on
 */
export function parseJson(text: string): unknown {
  return JSON.parse(mayBeLong.test(text) ? text.replaceAll(token, keepDigits) : text);
}

function keepDigits(found: string): string {
  return found.startsWith('"') || found.length < 16 || String(Number(found)) === found ? found : `"${found}"`;
}

/**
 * What stands at a dotted path (`data.users`, `items.0.id`); undefined when nothing does. A name that has dots of its own
 * (`@odata.nextLink`) is found too: the longest name that exists is taken. The empty path is the value itself.
 */
export function at(value: unknown, path: string): unknown {
  if (path === '') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const parts = path.split('.');
  for (let taken = parts.length; taken > 0; taken--) {
    const name = parts.slice(0, taken).join('.');
    if (!Object.hasOwn(value, name)) continue;
    const found = at(Reflect.get(value, name), parts.slice(taken).join('.'));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A copy of an object in which a value stands at a dotted path; objects on the way are made where there are none. */
export function withAt(value: unknown, path: string, put: unknown): Readonly<Record<string, unknown>> {
  const [name = '', ...rest] = path.split('.');
  const own: Record<string, unknown> = isObject(value) ? { ...value } : {};
  own[name] = rest.length === 0 ? put : withAt(own[name], rest.join('.'), put);
  return own;
}

/** Whether a value is a JSON object: neither a list, nor null, nor a plain value. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The names in a JSON value, for messages: never its values. */
export function shapeOf(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (!isObject(value)) return value === null ? 'null' : `a ${typeof value}`;
  const names = Object.keys(value);
  const shown = names
    .slice(0, 12)
    .map((name) => `\`${name.slice(0, 40)}\``)
    .join(', ');
  return names.length === 0 ? 'an empty object' : `an object with ${shown}${names.length > 12 ? ', …' : ''}`;
}
