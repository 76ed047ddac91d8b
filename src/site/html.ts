/** A piece of HTML whose texts are escaped: only `html` and `markup` of this file make pieces. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: pieces as they are, texts and numbers escaped; null, undefined and false are nothing. */
export type Piece = Html | string | number | null | undefined | false | readonly Piece[];

/** HTML from a template: whatever is not a piece already is escaped, in texts and in quoted attributes alike. */
export function html(strings: TemplateStringsArray, ...values: readonly Piece[]): Html {
  let out = strings[0] ?? '';
  values.forEach((value, i) => {
    out += spelled(value) + (strings[i + 1] ?? '');
  });
  return new Html(out);
}

/** Markup that this package spells by itself, such as a number of a drawing. Never a name, never a text of a project. */
export function markup(text: string): Html {
  return new Html(text);
}

function spelled(value: Piece): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(spelled).join('');
  return escaped(String(value));
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/**
 * A text as HTML. Control characters, and those that turn the direction of what follows them, are shown as `�`: a name
 * must not change how the text around it reads.
 */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (c) => entities[c] ?? c).replace(unseen, '�');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
const unseen = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|[\ud800-\udbff](?![\udc00-\udfff])/g;
