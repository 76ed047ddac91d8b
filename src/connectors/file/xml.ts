import { OnefoldError } from '../../base/errors.js';

/** What is told of a document as it comes in. Names come without their namespace prefix. */
export interface XmlEvents {
  readonly open: (name: string, attributes: string) => void;
  readonly text: (text: string) => void;
  readonly close: (name: string) => void;
}

/**
 * Reads XML in pieces, in bounded memory: elements and text, which is all that a workbook needs. Document type
 * declarations are refused, so no entity can be defined and none can grow.
 * @throws OnefoldError `FILE_UNREADABLE`
 */
export class XmlReader {
  readonly #events: XmlEvents;
  #rest = '';

  constructor(events: XmlEvents) {
    this.#events = events;
  }

  write(chunk: string): void {
    const text = this.#rest + chunk;
    let at = 0;
    for (;;) {
      const tag = text.indexOf('<', at);
      if (tag === -1) break;
      const end = markupEnd(text, tag);
      if (end === -1) {
        if (tag > at) this.#events.text(decoded(text.slice(at, tag)));
        at = tag;
        break;
      }
      if (tag > at) this.#events.text(decoded(text.slice(at, tag)));
      this.#markup(text, tag, end);
      at = end;
    }
    this.#rest = text.slice(at);
    // Text may be cut within a character reference, so what is not followed by a tag waits; a tag that never ends must not wait for ever.
    if (this.#rest.length > longestMarkup) throw damaged();
  }

  /** To be called when nothing more comes. */
  end(): void {
    if (this.#rest.includes('<')) throw damaged();
  }

  #markup(text: string, tag: number, end: number): void {
    const next = text.charCodeAt(tag + 1);
    if (next === SLASH) this.#events.close(localName(text, tag + 2));
    else if (next === BANG) {
      if (text.startsWith('<![CDATA[', tag)) this.#events.text(text.slice(tag + 9, end - 3));
      else if (!text.startsWith('<!--', tag)) throw damaged();
    } else if (next !== QUESTION) {
      const name = localName(text, tag + 1);
      const empty = text.charCodeAt(end - 2) === SLASH;
      this.#events.open(name, text.slice(tag + 1, empty ? end - 2 : end - 1));
      if (empty) this.#events.close(name);
    }
  }
}

/** The value of an attribute in the text of a tag, its entities resolved; `name` without prefix. */
export function attribute(tag: string, name: string): string | undefined {
  // As programs write it; whatever else is allowed is looked for below.
  const usual = tag.indexOf(` ${name}="`);
  if (usual !== -1) {
    const start = usual + name.length + 3;
    return decoded(tag.slice(start, tag.indexOf('"', start)));
  }
  for (let at = tag.indexOf(name); at !== -1; at = tag.indexOf(name, at + 1)) {
    const before = tag.charAt(at - 1);
    if (at === 0 || !/[\s:]/.test(before)) continue;
    const found = /^\s*=\s*(?:"([^"]*)"|'([^']*)')/.exec(tag.slice(at + name.length));
    if (found !== null) return decoded(found[1] ?? found[2] ?? '');
  }
  return undefined;
}

const longestMarkup = 1 << 26;
const [BANG, QUOTE, APOSTROPHE, SLASH, GREATER, QUESTION] = [0x21, 0x22, 0x27, 0x2f, 0x3e, 0x3f];

function damaged(): OnefoldError {
  return new OnefoldError('FILE_UNREADABLE', 'is a damaged workbook: its XML is not sound');
}

/** Behind the end of the markup that begins at `tag`; -1 when it is not all there. */
function markupEnd(text: string, tag: number): number {
  if (text.charCodeAt(tag + 1) === BANG) {
    for (const [start, stop] of [
      ['<!--', '-->'],
      ['<![CDATA[', ']]>'],
    ] as const) {
      if (text.startsWith(start, tag)) {
        const end = text.indexOf(stop, tag + start.length);
        return end === -1 ? -1 : end + stop.length;
      }
      if (start.startsWith(text.slice(tag))) return -1;
    }
  }
  let quote = 0;
  for (let at = tag + 1; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (quote !== 0) {
      if (c === quote) quote = 0;
    } else if (c === QUOTE || c === APOSTROPHE) quote = c;
    else if (c === GREATER) return at + 1;
  }
  return -1;
}

function localName(text: string, from: number): string {
  let start = from;
  let at = from;
  for (; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === 0x3a) start = at + 1;
    else if (c <= 0x20 || c === GREATER || c === SLASH) break;
  }
  return text.slice(start, at);
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decoded(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([a-z]+));/g, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return entities[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
