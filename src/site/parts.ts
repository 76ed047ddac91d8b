import { counted, number, percent } from './format.js';
import { fileOf, listings } from './frame.js';
import type { Html, Piece } from './html.js';
import { html } from './html.js';
import type { ColumnDoc, Count, Kind, RuleDoc, Words } from './site.js';
import { idOf } from './site.js';
import { bar } from './svg.js';

/** A part of a page under a heading that can be linked to. */
export function section(id: string, title: string, body: Piece, aside: Piece = null): Html {
  return html`<section aria-labelledby="${id}"><div class="section-head"><h2 id="${id}"><a href="#${id}">${title}</a></h2>${aside}</div>${body}</section>`;
}

export interface TableParts {
  /** What the table is, for everybody who can't see where it stands. */
  readonly caption: string;
  /** Heads; a text that begins with `#` is a number's. */
  readonly heads: readonly string[];
  readonly rows: readonly (readonly Piece[])[];
  /** An id for each row, to be linked to. */
  readonly ids?: readonly string[];
  /** With a field that narrows the rows down. */
  readonly filter?: boolean;
  readonly empty?: string;
}

/** A table of data; the first cell of a row is its head. Wide ones scroll by themselves. */
export function dataTable({ caption, heads, rows, ids, filter = false, empty = 'None.' }: TableParts): Html {
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`;
  const numeric = heads.map((h) => h.startsWith('#'));
  const cell = (value: Piece, i: number): Html =>
    i === 0 ? html`<th scope="row">${value}</th>` : html`<td${numeric[i] === true && html` class="num"`}>${value}</td>`;
  return html`${filter && rows.length > 12 && html`<p class="filter"><label>Narrow down <input type="search" data-filter autocomplete="off"></label></p>`}
<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table data-sortable><caption>${caption}</caption><thead><tr>${heads.map(
    (h, i) => html`<th scope="col"${numeric[i] === true && html` class="num"`}>${h.replace(/^#/, '')}</th>`,
  )}</tr></thead><tbody>${rows.map((row, i) => html`<tr${ids?.[i] !== undefined && html` id="${ids[i]}"`}>${row.map(cell)}</tr>`)}</tbody></table></div>`;
}

/** Facts with their names. */
export function facts(list: readonly (readonly [string, Piece])[]): Html {
  const there = list.filter(([, value]) => value !== null && value !== undefined && value !== false && value !== '');
  return html`<dl class="facts">${there.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** Large numbers side by side. */
export function figures(
  list: readonly { readonly label: string; readonly value: Piece; readonly note?: Piece; readonly tone?: string | undefined }[],
): Html {
  return html`<ul class="figures">${list.map(
    (f) =>
      html`<li class="${f.tone ?? ''}"><span class="figure">${f.value}</span><span class="label">${f.label}</span>${f.note && html`<span class="note">${f.note}</span>`}</li>`,
  )}</ul>`;
}

/** A number, or a dash where it could not be asked. */
export function known(n: number | null): string {
  return n === null ? '–' : number(n);
}

/** The name of a thing as a link to its page. */
export function linkTo(kind: Kind, name: string): Html {
  return html`<a class="ref kind-${kind}" href="${fileOf(idOf(kind, name))}">${name}</a>`;
}

/** An id (`table.orders`) as a link. */
export function linkToId(id: string): Html {
  const kind = listings.find((l) => id.startsWith(`${l.kind}.`))?.kind;
  return kind === undefined ? html`${id}` : linkTo(kind, id.slice(kind.length + 1));
}

/** Where on a page a column or a rule is told, as the end of a link: names of columns may be anything. */
export function fragment(what: 'column' | 'rule', name: string): string {
  return `#${what}.${encodeURIComponent(name.replace(/\p{Surrogate}/gu, '�'))}`;
}

/** A verdict in a word, told by a sign and a colour. */
export function badge(tone: 'good' | 'warn' | 'bad' | 'plain', text: string): Html {
  const sign = { good: '✓ ', warn: '! ', bad: '✕ ', plain: '' }[tone];
  return html`<span class="badge ${tone}">${sign && html`<span aria-hidden="true">${sign}</span>`}${text}</span>`;
}

/** The status of a run or a check. */
export function status(text: string): Html {
  const tones = { success: 'good', pass: 'good', partial: 'warn', warn: 'warn', running: 'warn', failed: 'bad', fail: 'bad' } as const;
  const found = Object.entries(tones).find(([name]) => name === text);
  return badge(found?.[1] ?? 'plain', text);
}

/** Rules worth a line: the declared ones, and of those that are built in the ones that some row breaks. */
export function toldRules(rules: readonly RuleDoc[]): readonly RuleDoc[] {
  return rules.filter((r) => r.kind !== 'built in' || (r.last?.broken ?? 0) > 0);
}

/** A rule's verdict, as it was last judged. */
export function ruleBadge(rule: RuleDoc): Html {
  if (rule.last === null) return badge('plain', 'not judged yet');
  if (rule.last.broken === 0) return badge('good', 'holds');
  return badge(rule.severity === 'fail' ? 'bad' : 'warn', counted(rule.last.broken, 'row'));
}

/** What a thing says of itself, under its title. */
export function lead(words: Words, more: Piece = null): Html {
  const about =
    (words.owner !== null || words.tags.length > 0) &&
    html`<p class="tags">${words.owner !== null && html`<span>Owner <a href="owners.html">${words.owner}</a></span>`}${words.tags.map((t) => html`<a class="tag" href="owners.html">${t}</a>`)}</p>`;
  return html`${words.description !== null && html`<p class="lead">${words.description}</p>`}${about}${more}`;
}

/** Counts as bars, each beside the whole. */
export function bars(caption: string, heads: readonly [string, string], list: readonly Count[], tone: string = '', whole?: number): Html {
  const all = whole ?? list.reduce((sum, c) => sum + c.n, 0);
  return dataTable({
    caption,
    heads: [heads[0], `#${heads[1]}`, '#share', ''],
    rows: list.map((c) => [c.name, number(c.n), percent(c.n, all), bar(c.n, all, tone)]),
  });
}

/** A share of filled rows: the number and a bar. */
export function filledCell(filled: number | null, rows: number | null): Piece {
  if (filled === null || rows === null || rows === 0) return html`<span class="muted">–</span>`;
  return html`<span class="share"><span>${percent(filled, rows)}</span>${bar(filled, rows)}</span>`;
}

/** The columns of anything, each with all that is known of it. */
export function columnsTable(caption: string, columns: readonly ColumnDoc[], rows: number | null, rules: readonly RuleDoc[] = []): Html {
  const described = columns.some((c) => c.description !== null);
  const sourced = columns.some((c) => c.from.length > 0 || c.cleaning.length > 0);
  const heads = [
    'column',
    'type',
    ...(described ? ['description'] : []),
    ...(sourced ? ['from'] : []),
    ...(rules.length > 0 ? ['rules'] : []),
    'filled',
  ];
  return dataTable({
    caption,
    heads,
    ids: columns.map((c) => `column.${c.name}`),
    rows: columns.map((c) => [
      html`<code>${c.name}</code>${c.key && html` <span class="key" title="part of the key">key</span>`}`,
      html`<code class="type">${c.type}</code>`,
      ...(described ? [c.description ?? ''] : []),
      ...(sourced
        ? [
            html`${c.from.map((f) => html`<code>${f}</code> `)}${c.cleaning.length > 0 && html`<span class="cleaning">${c.cleaning.join('; ')}</span>`}`,
          ]
        : []),
      ...(rules.length > 0
        ? [
            rules
              .filter((r) => r.column === c.name)
              .map((r) => html`<span class="rule-chip"><a href="${fragment('rule', r.name)}">${r.kind}</a> ${ruleBadge(r)}</span>`),
          ]
        : []),
      filledCell(c.filled, rows),
    ]),
  });
}
