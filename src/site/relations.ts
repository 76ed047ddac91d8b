import { counted, number, percent } from './format.js';
import type { Page } from './frame.js';
import { fileOf, page } from './frame.js';
import type { Html } from './html.js';
import { html } from './html.js';
import { laidOut } from './layout.js';
import { badge, dataTable, section } from './parts.js';
import type { RelationDoc, Site } from './site.js';
import { at, bar, canvas, path } from './svg.js';

/** How well a relation holds: `good` when every value meets, `bad` when fewer than nine of ten do. */
export function health(relation: RelationDoc): 'good' | 'warn' | 'bad' | 'plain' {
  const m = relation.measured;
  if (m === null || m.filled === 0) return 'plain';
  if (m.matched === m.filled) return 'good';
  return m.matched / m.filled < 0.9 ? 'bad' : 'warn';
}

/** Relations as a table, the worst first. */
export function relationsTable(caption: string, relations: readonly RelationDoc[]): Html {
  const share = (r: RelationDoc): number => (r.measured === null || r.measured.filled === 0 ? 2 : r.measured.matched / r.measured.filled);
  const end = (e: RelationDoc['from']): Html =>
    html`<a href="${fileOf(e.node)}"><code>${e.label}</code></a><code class="muted">.${e.column}</code>`;
  const sorted = relations.map((r, i) => ({ r, i })).sort((a, b) => share(a.r) - share(b.r) || a.i - b.i);
  return dataTable({
    caption,
    filter: true,
    empty: 'No relation is declared.',
    heads: ['from', 'to', 'kind', 'shape', 'match', '#rows', '#orphans', '#no value', '#targets met', 'an orphan means'],
    rows: sorted.map(({ r }) => {
      const m = r.measured;
      if (m === null)
        return [end(r.from), end(r.to), r.kind, html`<span class="muted">${r.unmeasured}</span>`, '', '', '', '', '', r.policy];
      return [
        end(r.from),
        end(r.to),
        r.kind,
        html`<code>${m.cardinality}</code>`,
        html`${badge(health(r), percent(m.matched, m.filled))}${bar(m.matched, m.filled, health(r))}`,
        number(m.rows),
        html`${number(m.filled - m.matched)}${m.orphanValues > 0 && html`<span class="about">${counted(m.orphanValues, 'value')}</span>`}`,
        number(m.rows - m.filled),
        percent(m.met, m.targets),
        html`${r.policy}${m.inferred > 0 && html` <span class="muted">(${counted(m.inferred, 'inferred row')})</span>`}`,
      ];
    }),
  });
}

/** The relations page: a diagram of what meets what, and how well. */
export function relationsPage(site: Site): Page {
  const unmeasured = site.relations.filter((r) => r.measured === null);
  const why = [...new Set(unmeasured.map((r) => r.unmeasured))].join('; ');
  return page(site, {
    file: 'relations.html',
    title: 'Relations',
    wide: true,
    lead: html`<p class="lead">Which rows should meet which, as foreign keys, relationship rules and entities declare it, and how many really do.</p>
${unmeasured.length > 0 && html`<p class="notice">${counted(unmeasured.length, 'relation')} could not be measured: ${why}.</p>`}`,
    body: html`${site.relations.length > 0 && diagram(site)}${section('measured', 'Measured', relationsTable('Declared relations, the worst first', site.relations))}
<p class="hint">Match: rows whose value is found on the other side, of those that have one. Shape: as measured, not as hoped; <code>n:1</code> means that several rows of the left meet one of the right. Targets met: how much of the right side the left side names at all.</p>`,
  });
}

/** More boxes than these are not drawn together. */
const drawnAtMost = 60;

interface ErdBox {
  readonly label: string;
  readonly node: string;
  readonly lines: readonly { readonly name: string; readonly mark: string }[];
}

function diagram(site: Site): Html {
  const weight = new Map<string, number>();
  for (const r of site.relations)
    for (const e of [r.from, r.to])
      weight.set(e.label, (weight.get(e.label) ?? 0) + (health(r) === 'bad' || health(r) === 'warn' ? 1000 : 1));
  const shown = new Set(
    [...weight]
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .slice(0, drawnAtMost)
      .map(([label]) => label),
  );
  const relations = site.relations.filter((r) => shown.has(r.from.label) && shown.has(r.to.label));
  const boxes = new Map<string, ErdBox>();
  for (const r of relations) {
    for (const [end, mark] of [
      [r.from, 'FK'],
      [r.to, 'key'],
    ] as const) {
      const box = boxes.get(end.label) ?? { label: end.label, node: end.node, lines: keyLines(site, end.node, end.label) };
      const names = end.column.split(', ').filter((name) => name !== '' && !box.lines.some((l) => l.name === name));
      boxes.set(end.label, { ...box, lines: [...box.lines, ...names.map((name) => ({ name, mark }))] });
    }
  }
  const sized = [...boxes.values()].map((b) => ({
    ...b,
    id: b.label,
    width: Math.max(120, Math.max(b.label.length * 7.4 + 24, ...b.lines.map((l) => l.name.length * 7 + 64))),
    height: 30 + b.lines.length * 20 + 8,
  }));
  const drawing = laidOut(
    sized,
    relations.map((r) => ({ from: r.from.label, to: r.to.label, label: { width: 84, height: 34 } })),
    { across: 26, along: 40 },
  );
  const inside = html`<g class="lines">${relations.map((r, i) => {
    const line = drawing.lines[i];
    return (
      line !== undefined &&
      html`<path class="${health(r)}" d="${path(line.points)}" data-from="${r.from.label}" data-to="${r.to.label}" marker-end="url(#arrow)"/>`
    );
  })}</g>${sized.map((b) => {
    const place = drawing.boxes.get(b.id);
    return (
      place !== undefined &&
      html`<a href="${fileOf(b.node)}" class="node erd kind-${b.node.split('.')[0] ?? ''}" data-node="${b.label}"><g transform="translate(${at(place.x)} ${at(place.y)})"><title>${b.label}</title><rect width="${at(b.width)}" height="${b.height}" rx="6"/><text class="title" x="12" y="20">${b.label}</text><path class="rule" d="M0 29h${at(b.width)}"/>${b.lines.map(
        (l, i) =>
          html`<text class="sub" x="12" y="${46 + i * 20}">${l.name}</text><text class="mark" x="${at(b.width - 10)}" y="${46 + i * 20}">${l.mark}</text>`,
      )}</g></a>`
    );
  })}${relations.map((r, i) => {
    const label = drawing.lines[i]?.label;
    if (label === null || label === undefined) return null;
    const m = r.measured;
    const text = m === null ? 'not measured' : percent(m.matched, m.filled);
    return html`<g class="edge-label ${health(r)}" transform="translate(${at(label.x)} ${at(label.y)})"><title>${r.from.label}.${r.from.column} to ${r.to.label}.${r.to.column}: ${text}</title><rect x="-41" y="-17" width="82" height="34" rx="5"/><text y="-3">${m?.cardinality ?? ''}</text><text class="rate" y="${m === null ? 4 : 11}">${text}</text></g>`;
  })}`;
  return section(
    'diagram',
    'Diagram',
    html`${canvas(drawing, 'What meets what, and how well', inside)}${boxes.size < weight.size && html`<p class="hint">${number(boxes.size)} of ${number(weight.size)} are drawn, those whose relations hold worst first. The others are on their own pages and in the table below.</p>`}`,
  );
}

/** The key of a box, above the columns that relations need. */
function keyLines(site: Site, node: string, label: string): ErdBox['lines'] {
  const model = site.models.find((m) => `gold.${m.name}` === label);
  const table = node.startsWith('table.') ? site.tables.find((t) => `silver.${t.name}` === label) : undefined;
  const keys = model?.primaryKey ?? (table === undefined || table.key === 'content' ? [] : table.key);
  return keys.map((name) => ({ name, mark: 'key' }));
}
