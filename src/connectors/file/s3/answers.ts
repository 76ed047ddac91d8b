import { XmlReader } from '../xml.js';

/** What an object store answered: texts of elements by their name. */
export interface Answer {
  /** The text of the first element of a name outside of repeated ones. */
  readonly one: (name: string) => string | undefined;
  /** Each element of a repeated name, with the texts of what is in it. */
  readonly all: (name: string) => readonly ReadonlyMap<string, string>[];
}

/** Reads an answer in XML. @throws OnefoldError `FILE_UNREADABLE` when it is no sound XML */
export function answerOf(xml: string): Answer {
  const top = new Map<string, string>();
  const repeated: { name: string; texts: Map<string, string> }[] = [];
  const path: string[] = [];
  let text = '';
  const reader = new XmlReader({
    open: (name) => {
      path.push(name);
      text = '';
      if (path.length === 2) repeated.push({ name, texts: new Map() });
    },
    text: (piece) => {
      text += piece;
    },
    close: (name) => {
      if (path.length === 2 && !top.has(name)) top.set(name, text);
      if (path.length === 3) repeated.at(-1)?.texts.set(name, text);
      path.pop();
    },
  });
  reader.write(xml);
  reader.end();
  return { one: (name) => top.get(name), all: (name) => repeated.filter((r) => r.name === name).map((r) => r.texts) };
}
