/*
 * The one place that knows secrets. Whatever reads a secret tells it here; whatever writes for people or machines (the command
 * line, errors, artifacts) passes its text through here. It is a register of the process, as output is: a secret of one
 * project must not show in the output of another either.
 */

/** Every spelling under which a secret could be quoted. */
const spellings = new Set<string>();
let pattern: RegExp | null = null;

/** Shorter texts say nothing and stand everywhere, so they are not masked. */
const shortest = 4;

/**
 * Remembers a secret, so that no text that passes `redact` holds it any more: as it is, line by line, with its quotes doubled
 * as in SQL, escaped as in JSON, percent-encoded, in base64 (also in the middle of something longer) and in hexadecimal digits.
 */
export function rememberSecret(secret: string): void {
  const before = spellings.size;
  for (const text of [secret, ...secret.split(/\r?\n/)].map((t) => t.trim())) {
    if (text.length < shortest) continue;
    for (const spelling of spelled(text)) if (spelling.length >= shortest) spellings.add(spelling);
  }
  if (spellings.size !== before) pattern = null;
}

/** A text with `***` where it quoted a secret. */
export function redact(text: string): string {
  if (spellings.size === 0) return text;
  // The longest first, so that of a spelling that holds another nothing stays.
  pattern ??= new RegExp(
    [...spellings]
      .sort((a, b) => b.length - a.length)
      .map((s) => s.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
      .join('|'),
    'g',
  );
  return text.replace(pattern, '***');
}

/** A value as JSON text, its texts and names redacted before they are escaped, so that the document stays one. */
export function redactedJson(value: unknown, indent?: number): string {
  if (spellings.size === 0) return JSON.stringify(value, null, indent);
  return JSON.stringify(
    value,
    (_key, inner: unknown) => {
      if (typeof inner === 'string') return redact(inner);
      if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
      return Object.fromEntries(Object.entries(inner).map(([name, item]) => [redact(name), item]));
    },
    indent,
  );
}

function spelled(text: string): readonly string[] {
  const bytes = Buffer.from(text, 'utf8');
  // Through bytes, as half a surrogate pair has no percent-encoding.
  const encoded = encodeURIComponent(bytes.toString('utf8'));
  const once = [
    text,
    encoded,
    encoded.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    // Stricter encoders take these too.
    encoded.replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`),
    new URLSearchParams([['', text]]).toString().slice(1),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...inBase64(bytes),
    ...inBase64(Buffer.from(text, 'latin1')),
  ];
  // Any of these can stand in SQL or JSON, and that in SQL or JSON again.
  const quoted = (all: readonly string[]): readonly string[] => [
    ...new Set(all.flatMap((s) => [s, s.replaceAll("'", "''"), JSON.stringify(s).slice(1, -1)])),
  ];
  return quoted(quoted(quoted(once)));
}

/**
 * What base64 of the bytes looks like at each of the three places where they can begin (`user:secret` is encoded as one), less
 * the digits that the neighbours have a part in; in both alphabets.
 */
function inBase64(bytes: Buffer): readonly string[] {
  // Few bytes leave too few digits to tell them from other text.
  if (bytes.length < 6) return [bytes.toString('base64'), bytes.toString('base64url')];
  return [0, 1, 2].flatMap((before) => {
    const digits = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const whole = Math.floor(((before + bytes.length) * 8) / 6);
    const inner = digits.slice([0, 2, 3][before], whole);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
