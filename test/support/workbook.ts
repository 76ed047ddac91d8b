import type { Member } from './zip.js';
import { zip } from './zip.js';

/** A cell as its XML in a sheet, without its place: `t`, `s` and what stands between `<c>` and `</c>`. */
export interface Cell {
  readonly type?: string;
  readonly style?: number;
  readonly inner: string;
}

export interface SheetParts {
  readonly name: string;
  readonly state?: 'hidden' | 'veryHidden';
  /** Rows from row 1; a row left `null` is not in the file, and a cell left `null` not in its row. */
  readonly rows: readonly (readonly (Cell | string | number | boolean | null)[] | null)[];
  readonly merged?: readonly string[];
}

/** Number formats of the styles 0, 1, 2, …: a built-in number, or the text of one of the workbook's own. */
const defaultFormats: readonly (number | string)[] = [0, 14, 22, 'yyyy\\-mm\\-dd hh:mm:ss', '[$€-407] #,##0.00', '[h]:mm:ss', 20, '0.00%'];

/** A workbook with the parts that a spreadsheet program writes, and no others. */
export function workbook(
  sheets: readonly SheetParts[],
  more: { readonly date1904?: boolean; readonly sharedStrings?: readonly string[]; readonly formats?: readonly (number | string)[] } = {},
): Buffer {
  const formats = more.formats ?? defaultFormats;
  const own = formats.flatMap((f, i) => (typeof f === 'string' ? [`<numFmt numFmtId="${200 + i}" formatCode="${xmlText(f)}"/>`] : []));
  const xfs = formats.map((f, i) => `<xf numFmtId="${typeof f === 'string' ? 200 + i : f}"/>`);
  const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
  const ns = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
  const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  const members: Member[] = [
    {
      name: '[Content_Types].xml',
      content: `${head}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
    },
    {
      name: '_rels/.rels',
      content: `${head}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    },
    {
      name: 'xl/workbook.xml',
      content: `${head}<workbook ${ns} xmlns:r="${office}"><workbookPr${more.date1904 === true ? ' date1904="1"' : ''}/><sheets>${sheets
        .map((s, i) => `<sheet name="${xmlText(s.name)}" sheetId="${i + 1}"${s.state ? ` state="${s.state}"` : ''} r:id="rId${i + 1}"/>`)
        .join('')}</sheets></workbook>`,
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      content: `${head}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${sheets
        .map((_, i) => `<Relationship Id="rId${i + 1}" Type="${office}/worksheet" Target="worksheets/sheet${i + 1}.xml"/>`)
        .join(
          '',
        )}<Relationship Id="rIdS" Type="${office}/styles" Target="styles.xml"/><Relationship Id="rIdT" Type="${office}/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>`,
    },
    {
      name: 'xl/styles.xml',
      content: `${head}<styleSheet ${ns}><numFmts count="${own.length}">${own.join('')}</numFmts><cellStyleXfs count="1"><xf numFmtId="14"/></cellStyleXfs><cellXfs count="${xfs.length}">${xfs.join('')}</cellXfs></styleSheet>`,
    },
    ...sheets.map((sheet, i) => ({
      name: `xl/worksheets/sheet${i + 1}.xml`,
      content: `${head}<worksheet ${ns}><sheetData>${sheet.rows.map(rowXml).join('')}</sheetData>${
        sheet.merged ? `<mergeCells>${sheet.merged.map((m) => `<mergeCell ref="${m}"/>`).join('')}</mergeCells>` : ''
      }</worksheet>`,
    })),
  ];
  const shared = more.sharedStrings ?? [];
  if (shared.length > 0) members.push({ name: 'xl/sharedStrings.xml', content: `${head}<sst ${ns}>${shared.join('')}</sst>` });
  return zip(members);
}

function rowXml(row: SheetParts['rows'][number], r: number): string {
  return row === null ? '' : `<row r="${r + 1}">${row.map((cell, c) => cellXml(cell, `${letters(c)}${r + 1}`)).join('')}</row>`;
}

function cellXml(cell: Cell | string | number | boolean | null, ref: string): string {
  if (cell === null) return '';
  if (typeof cell === 'string') return `<c r="${ref}" t="inlineStr"><is><t xml:space="preserve">${xmlText(cell)}</t></is></c>`;
  if (typeof cell === 'number') return `<c r="${ref}"><v>${cell}</v></c>`;
  if (typeof cell === 'boolean') return `<c r="${ref}" t="b"><v>${cell ? 1 : 0}</v></c>`;
  const style = cell.style === undefined ? '' : ` s="${cell.style}"`;
  return `<c r="${ref}"${style}${cell.type === undefined ? '' : ` t="${cell.type}"`}>${cell.inner}</c>`;
}

function letters(column: number): string {
  return (column >= 26 ? letters(Math.floor(column / 26) - 1) : '') + String.fromCharCode(65 + (column % 26));
}

function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
