import { isUtf8 } from 'node:buffer';
import { writeFile } from 'node:fs/promises';

/** `delimiter` and `quote` are different ASCII characters, `quote` may be empty; `columns` is at least 1. */
export interface CsvDialect {
  readonly delimiter: string;
  readonly quote: string;
  readonly header: boolean;
  readonly columns: number;
}

/** A physical line (counted from 1) no record can start with; in its text a byte that is not UTF-8 reads `\xNN`. */
export interface DamagedLine {
  readonly line: number;
  readonly reason: Reason;
  readonly text: string;
}

/** Counts of sound records (neither header nor blank lines) and of damaged pieces. */
export interface SplitResult {
  readonly sound: number;
  readonly damaged: number;
}

type Reason = 'too_few_fields' | 'too_many_fields' | 'bad_quoting' | 'unclosed_quote' | 'invalid_encoding';

/** DuckDB refuses lines of 2,000,000 bytes; counting a byte of the line break, too, stays clear of that. */
const MAX_RECORD = 1_999_999;
/** So many bytes tell a record from a malformed one, however the file goes on. */
const LOOK_AHEAD = MAX_RECORD + 8;
const WINDOW = 2 * LOOK_AHEAD;
const [LF, CR] = [0x0a, 0x0d];
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const BREAKS = { lf: Buffer.from('\n'), cr: Buffer.from('\r'), crlf: Buffer.from('\r\n') };
// Kinds of bytes. The first two are field content, and HIGH also a flag of what a record holds.
const [OTHER, HIGH, SPACE, DELIMITER, QUOTE, RETURN, FEED] = [0, 1, 2, 3, 4, 5, 6];
// States: at a field's start, after one leading space, in a bare field, in quotes, after a closing quote.
const [START, SPACED, BARE, QUOTED, CLOSED] = [0, 1, 2, 3, 4];

function kindsOf({ delimiter, quote, columns }: CsvDialect): Uint8Array {
  const ascii = (char: string): boolean => char.length === 1 && char > '\0' && char < '\x80' && !/[\r\n]/.test(char);
  const valid = ascii(delimiter) && (quote === '' || ascii(quote)) && quote !== delimiter && columns >= 1;
  if (!valid) throw new RangeError('csv dialect: delimiter and quote must be different ASCII characters, columns >= 1');
  const kinds = new Uint8Array(256).fill(HIGH, 0x80);
  const named = { ' ': SPACE, '\r': RETURN, '\n': FEED, [quote || delimiter]: QUOTE, [delimiter]: DELIMITER };
  for (const [char, kind] of Object.entries(named)) kinds[char.charCodeAt(0)] = kind;
  return kinds;
}

const startsWithBom = (bytes: Buffer, at: number): boolean => BOM.equals(bytes.subarray(at, at + BOM.length));

/** DuckDB lets a record run on with empty fields: not a byte, or an empty pair of quotes with spaces around it. */
const holdsNothing = (bytes: Buffer, from: number, to: number, state: number): boolean =>
  state === START || (state === CLOSED && bytes.toString('latin1', from, to).trim().length === 2);

/** The line break DuckDB takes for that of the whole file: the first one it meets, in quotes or not. */
function firstBreak(bytes: Buffer): Buffer | undefined {
  const found = /\r*\n|\r/.exec(bytes.toString('latin1'))?.[0];
  return found === undefined ? found : found === '\r' ? BREAKS.cr : found === '\n' ? BREAKS.lf : BREAKS.crlf;
}

/** Bytes of the line break at `at`, 0 if there is none. */
function breakWidth(bytes: Buffer, at: number, crEnds: boolean): number {
  if (bytes[at] === LF) return 1;
  return bytes[at] === CR && bytes[at + 1] === LF ? 2 : bytes[at] === CR && crEnds ? 1 : 0;
}

/** What may be a UTF-8 character, or is a stray byte, in text decoded as latin1. */
const HIGH_BYTES = /[\xc0-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xff][\x80-\xbf]{3}|[\x80-\xff]/g;

/** Bytes as text; each that is not UTF-8 reads `\xNN`. */
export function spelledBytes(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  return bytes.toString('latin1').replace(HIGH_BYTES, (chars) => {
    const char = chars.length > 1 ? Buffer.from(chars, 'latin1') : undefined;
    if (char !== undefined && isUtf8(char)) return char.toString('utf8');
    return chars.replace(/./gs, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`);
  });
}

/** `crEnds` tells whether a lone carriage return ends a line. */
interface Grammar extends CsvDialect {
  readonly kinds: Uint8Array;
  readonly crEnds: boolean;
}

/**
 * Reads the record at `start` as DuckDB's strict reader does: RFC 4180, but one space may precede an opening quote and
 * more follow a closing one (where a quote opens again), a quote in a bare field is text, and empty fields may trail.
 */
function readRecord(bytes: Buffer, start: number, limit: number, grammar: Grammar, header: boolean) {
  const { kinds, columns, crEnds } = grammar;
  let [state, fields, fieldStart, innerBreaks, flags, at, width] = [START, 1, start, 0, 0, start, 0];
  const most = header ? Number.POSITIVE_INFINITY : columns;
  for (; at < limit; at += 1) {
    const kind = kinds[bytes[at] ?? 0] ?? OTHER;
    if (kind <= HIGH) {
      flags |= kind;
      if (state === CLOSED) return 'bad_quoting';
      if (state !== QUOTED) state = BARE;
    } else if (kind === QUOTE) {
      if (state !== BARE) state = state === QUOTED ? CLOSED : QUOTED;
    } else if (state === QUOTED) {
      if (kind >= RETURN && breakWidth(bytes, at, crEnds) === 1) innerBreaks += 1;
    } else if (kind === SPACE) {
      if (state !== CLOSED) state = state === START ? SPACED : BARE;
    } else if (kind === DELIMITER) {
      if (fields > most && !holdsNothing(bytes, fieldStart, at, state)) return 'too_many_fields';
      fields += 1;
      fieldStart = at + 1;
      state = START;
    } else {
      // A carriage return as the very last byte is a line break cut in half.
      width = at + 1 === bytes.length ? 1 : breakWidth(bytes, at, crEnds);
      if (width === 0) return 'bad_quoting';
      break;
    }
  }
  if (state === QUOTED || (at === limit && limit < bytes.length)) return 'unclosed_quote';
  const blank = at === start && (columns > 1 || width === 0);
  if (!header && !blank) {
    if (fields > most && !holdsNothing(bytes, fieldStart, at, state)) return 'too_many_fields';
    if ((flags & HIGH) !== 0 && !isUtf8(bytes.subarray(start, at))) return 'invalid_encoding';
    if (fields < columns) return 'too_few_fields';
  }
  return { textEnd: at, next: at + width, lines: 1 + innerBreaks, counts: !header && !blank };
}

/** The splitting itself, free of I/O. */
class Splitter {
  readonly counts = { sound: 0, damaged: 0 };
  /** Twice the window, since every byte may be a line feed that becomes `\r\n`. */
  readonly #soundBytes = Buffer.allocUnsafe(2 * WINDOW);
  #soundEnd = 0;
  #damagedText = '';
  #line = 1;
  #grammar: Grammar;
  /** The line break of the sound file, known once something is in it. */
  #style: Buffer | undefined;
  /** Set while a line too long for one piece goes on. */
  #overlong: Reason | undefined;

  constructor(dialect: CsvDialect) {
    this.#grammar = { ...dialect, kinds: kindsOf(dialect), crEnds: false };
  }

  /** Splits what it can judge of the window, in pieces of bearable size; the result holds until the next call. */
  consume(window: Buffer, atEof: boolean): { sound: Buffer; damaged: string; consumed: number } {
    if (this.#line === 1) this.#grammar = { ...this.#grammar, crEnds: firstBreak(window) === BREAKS.cr };
    this.#soundEnd = 0;
    this.#damagedText = '';
    const last = atEof ? window.length : window.length - LOOK_AHEAD;
    let at = 0;
    while (at < last && this.#damagedText.length < WINDOW) {
      at = this.#overlong ? this.#damage(window, at, this.#overlong) : this.#record(window, at);
    }
    return { sound: this.#soundBytes.subarray(0, this.#soundEnd), damaged: this.#damagedText, consumed: at };
  }

  #record(window: Buffer, start: number): number {
    const header = this.#grammar.header && this.#line === 1;
    const textStart = this.#line === 1 && startsWithBom(window, start) ? start + BOM.length : start;
    const record = readRecord(window, textStart, Math.min(window.length, start + MAX_RECORD), this.#grammar, header);
    if (typeof record === 'string') {
      // A blank line is header enough for DuckDB, which would otherwise take the first sound record for it.
      if (header) this.#write(BREAKS.lf);
      return this.#damage(window, start, record);
    }
    // DuckDB would strip a byte order mark that only came to the front because all before it was damaged.
    if (this.#style === undefined && textStart === start && startsWithBom(window, start)) this.#write(BOM);
    // A mark before a header is left out: DuckDB does not see a quote behind it as an opening one.
    this.#write(window, header ? textStart : start, record.textEnd);
    const lineBreak = window.subarray(record.textEnd, record.next);
    if (lineBreak.length > 0) this.#write(this.#style ?? lineBreak);
    this.#line += record.lines;
    if (record.counts) this.counts.sound += 1;
    return record.next;
  }

  #write(bytes: Buffer, from = 0, to = bytes.length): void {
    this.#style ??= firstBreak(bytes.subarray(from, to));
    this.#soundEnd += bytes.copy(this.#soundBytes, this.#soundEnd, from, to);
  }

  /** Sets aside the physical line at `start`, or as much of it as makes one piece. */
  #damage(window: Buffer, start: number, reason: Reason): number {
    const limit = Math.min(window.length, start + MAX_RECORD);
    let end = start;
    while (end < limit && breakWidth(window, end, this.#grammar.crEnds) === 0) end += 1;
    const whole = end < limit || limit === window.length;
    // A piece must not end within a character, or its text would show that one as bad bytes.
    if (!whole) while (end > limit - 3 && ((window[end] ?? 0) & 0xc0) === 0x80) end -= 1;
    if (this.#overlong === undefined || end > start) {
      const piece: DamagedLine = { line: this.#line, reason, text: spelledBytes(window.subarray(start, end)) };
      this.#damagedText += `${JSON.stringify(piece)}\n`;
      this.counts.damaged += 1;
    }
    this.#overlong = whole ? undefined : reason;
    if (whole) this.#line += 1;
    return whole ? end + breakWidth(window, end, this.#grammar.crEnds) : end;
  }
}

/**
 * Splits the bytes of a decompressed csv into what DuckDB's strict reader accepts and what it does not: header and
 * sound records go to `soundPath` as they are, damaged lines to `damagedPath` as NDJSON of {@link DamagedLine}; both
 * files are overwritten. Every byte after the header ends up in exactly one of the two.
 *
 * Of a malformed record only the first physical line is set aside; reading resumes with the next one, so that an
 * unclosed quote swallows nothing. A record of 2 MB or more, which DuckDB would not read, counts as `unclosed_quote`; a
 * single line that long makes several pieces of the same line number. Memory is bounded by a few times that size.
 *
 * Lines end with `\n` or `\r\n`, or with a lone `\r` if that is the first line break of the file; elsewhere a lone
 * `\r` outside quotes is `bad_quoting`. DuckDB reads no mixture, so breaks between records are made like the first one
 * in the sound file. Blank lines stay, and are records only where there is a single column. Of a header only the
 * quoting is judged; a broken one is set aside, too, a blank line standing in for it. No byte order mark precedes it.
 *
 * Rejects with a RangeError for an invalid dialect, and with what `source` or the file system throws.
 */
export async function splitDamagedCsv(
  source: AsyncIterable<Uint8Array>,
  dialect: CsvDialect,
  soundPath: string,
  damagedPath: string,
): Promise<SplitResult> {
  const splitter = new Splitter(dialect);
  const buffer = Buffer.allocUnsafe(WINDOW);
  let [end, flag] = [0, 'w'];
  const drain = async (atEof: boolean): Promise<void> => {
    const split = splitter.consume(buffer.subarray(0, end), atEof);
    await writeFile(soundPath, split.sound, { flag });
    await writeFile(damagedPath, split.damaged, { flag });
    flag = 'a';
    end = buffer.copy(buffer, 0, split.consumed, end);
  };
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + WINDOW - end);
      buffer.set(part, end);
      at += part.length;
      end += part.length;
      if (end === WINDOW) await drain(false);
    }
  }
  do await drain(true);
  while (end > 0);
  return splitter.counts;
}
