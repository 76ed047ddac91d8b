import { posix } from 'node:path';
import { OnefoldError } from '../../../base/errors.js';
import type { NumberStyle } from '../../spreadsheet/numbers.js';
import { numberStyle } from '../../spreadsheet/numbers.js';
import type { XmlEvents } from '../xml.js';
import { attribute, XmlReader } from '../xml.js';
import type { Zip } from '../zip.js';

/** A sheet of a workbook: its name, whether a person sees it, and the part that holds its cells. */
export interface Sheet {
  readonly name: string;
  readonly hidden: boolean;
  readonly part: string;
}

/** What cells refer to. */
export interface Workbook {
  readonly sheets: readonly Sheet[];
  readonly date1904: boolean;
  readonly styles: readonly NumberStyle[];
  readonly sharedStrings: readonly string[];
}

/** Reads everything of a workbook but its cells. @throws OnefoldError `FILE_UNREADABLE` */
export async function readWorkbook(zip: Zip): Promise<Workbook> {
  const root = [...(await relations(zip, '', '_rels/.rels')).values()].find((r) => r.type.endsWith('/officeDocument'))?.target;
  const main = root ?? 'xl/workbook.xml';
  const related = await relations(zip, posix.dirname(main), posix.join(posix.dirname(main), '_rels', `${posix.basename(main)}.rels`));
  const partOf = (type: string): string | undefined => [...related.values()].find((r) => r.type.endsWith(type))?.target;
  const sheets: Sheet[] = [];
  let date1904 = false;
  const found = await parse(zip, main, {
    open: (name, tag) => {
      if (name === 'workbookPr') date1904 = /^(1|true)$/.test(attribute(tag, 'date1904') ?? '');
      if (name !== 'sheet') return;
      const relation = related.get(attribute(tag, 'id') ?? '');
      // Sheets that are charts or macros have no cells.
      if (relation?.type.endsWith('/worksheet') !== true) return;
      sheets.push({ name: attribute(tag, 'name') ?? '', hidden: /hidden/i.test(attribute(tag, 'state') ?? ''), part: relation.target });
    },
  });
  if (!found) throw new OnefoldError('FILE_UNREADABLE', 'is no workbook: it is a zip archive without `xl/workbook.xml`');
  return {
    sheets,
    date1904,
    styles: await styles(zip, partOf('/styles')),
    sharedStrings: await sharedStrings(zip, partOf('/sharedStrings')),
  };
}

/** Reads a part of a workbook; false when it is not there. @throws OnefoldError `FILE_UNREADABLE` */
export async function parse(zip: Zip, part: string, events: Partial<XmlEvents>, rest?: () => Promise<void>): Promise<boolean> {
  const found = zip.entries.find((e) => e.name === part) ?? zip.entries.find((e) => e.name.toLowerCase() === part.toLowerCase());
  if (found === undefined) return false;
  const nothing = (): void => undefined;
  const reader = new XmlReader({ open: nothing, text: nothing, close: nothing, ...events });
  const decoder = new TextDecoder();
  for await (const chunk of await zip.stream(found.entry)) {
    reader.write(decoder.decode(chunk, { stream: true }));
    await rest?.();
  }
  reader.write(decoder.decode());
  reader.end();
  return true;
}

/** Collects what an item of rich text says, but not how it is pronounced. */
export function richText(): XmlEvents & { readonly take: () => string } {
  let text = '';
  let inText = false;
  let phonetic = false;
  return {
    open: (name) => {
      if (name === 'rPh') phonetic = true;
      if (name === 't') inText = !phonetic;
    },
    text: (piece) => {
      if (inText) text += piece;
    },
    close: (name) => {
      if (name === 'rPh') phonetic = false;
      if (name === 't') inText = false;
    },
    take: () => {
      const taken = unescaped(text);
      text = '';
      return taken;
    },
  };
}

/** Control characters stand in a workbook's texts as `_x000D_`. */
export function unescaped(text: string): string {
  if (!text.includes('_x')) return text;
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (whole, hex: string) =>
    hex === '0000' ? whole : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

async function relations(
  zip: Zip,
  folder: string,
  part: string,
): Promise<ReadonlyMap<string, { readonly type: string; readonly target: string }>> {
  const found = new Map<string, { type: string; target: string }>();
  await parse(zip, part, {
    open: (name, tag) => {
      if (name !== 'Relationship') return;
      const target = attribute(tag, 'Target') ?? '';
      const path = target.startsWith('/') ? target.slice(1) : posix.join(folder, target);
      found.set(attribute(tag, 'Id') ?? '', { type: attribute(tag, 'Type') ?? '', target: path });
    },
  });
  return found;
}

async function styles(zip: Zip, part: string | undefined): Promise<readonly NumberStyle[]> {
  const codes = new Map<number, string>();
  const formats: number[] = [];
  let inCells = false;
  if (part !== undefined) {
    await parse(zip, part, {
      open: (name, tag) => {
        if (name === 'cellXfs') inCells = true;
        else if (name === 'numFmt') codes.set(Number(attribute(tag, 'numFmtId')), attribute(tag, 'formatCode') ?? '');
        else if (name === 'xf' && inCells) formats.push(Number(attribute(tag, 'numFmtId') ?? 0));
      },
      close: (name) => {
        if (name === 'cellXfs') inCells = false;
      },
    });
  }
  return formats.map((format) => numberStyle(format, codes.get(format)));
}

async function sharedStrings(zip: Zip, part: string | undefined): Promise<readonly string[]> {
  const strings: string[] = [];
  if (part === undefined) return strings;
  const item = richText();
  await parse(zip, part, {
    open: item.open,
    text: item.text,
    close: (name) => {
      item.close(name);
      if (name === 'si') strings.push(item.take());
    },
  });
  return strings;
}
