import { counted } from './format.js';
import type { Page } from './frame.js';
import { fileOf, listings, page } from './frame.js';
import type { Html } from './html.js';
import { html } from './html.js';
import type { Box, Drawing } from './layout.js';
import { laidOut } from './layout.js';
import { linkToId, section } from './parts.js';
import type { Kind, Site } from './site.js';
import { idOf } from './site.js';
import { at, canvas, path } from './svg.js';

/** One thing, or a folder of things, in a graph. */
interface Node {
  readonly id: string;
  readonly kind: Kind | 'folder';
  readonly label: string;
  readonly href: string;
  /** Things in a folder. */
  readonly holds: number;
}

/** The graph of a site, cut into folders where it is too large to be read at once. */
export interface Lineage {
  readonly nodes: ReadonlyMap<string, Node>;
  /** Thing → the folder that it is shown in; empty where everything fits on one page. */
  readonly folders: ReadonlyMap<string, string>;
  /** Folders are numbered for their pages, as their names may be anything. */
  readonly numbers: ReadonlyMap<string, number>;
  readonly before: ReadonlyMap<string, readonly string[]>;
  readonly after: ReadonlyMap<string, readonly string[]>;
}

/** More things than this are shown by folder. */
const atOnce = 120;

/** What is made from what, ready to be drawn. */
export function lineageOf(site: Site): Lineage {
  const nodes = new Map<string, Node>();
  const groups = new Map<string, string>();
  for (const { kind, of } of listings) {
    for (const { name } of of(site)) {
      const id = idOf(kind, name);
      nodes.set(id, { id, kind, label: name, href: fileOf(id), holds: 0 });
    }
  }
  if (nodes.size > atOnce) for (const [id, group] of grouped(site)) groups.set(id, group);
  const before = new Map<string, string[]>();
  const after = new Map<string, string[]>();
  for (const { from, to } of site.edges) {
    after.set(from, [...(after.get(from) ?? []), to]);
    before.set(to, [...(before.get(to) ?? []), from]);
  }
  const numbers = new Map([...new Set(groups.values())].map((folder, i) => [folder, i + 1]));
  return { nodes, folders: groups, numbers, before, after };
}

/** Streams and tables by source, models by folder; models that lie in none by the first word of their names. */
function grouped(site: Site): readonly (readonly [string, string])[] {
  const sourceOf = (table: string): string => site.tables.find((t) => t.name === table)?.stream.split('.')[0] ?? '';
  const manySources = new Set(site.streams.map((s) => s.source)).size > 30;
  return [
    ...site.streams.map((s) => [idOf('stream', s.name), manySources ? 'streams' : `${s.source}: streams`] as const),
    ...site.tables.map((t) => [idOf('table', t.name), manySources ? 'tables' : `${sourceOf(t.name)}: tables`] as const),
    ...site.entities.map((e) => [idOf('entity', e.name), 'entities'] as const),
    ...site.models.map((m) => [idOf('model', m.name), `models/${m.folder === '' ? `${m.name.split('_')[0]}_…` : m.folder}`] as const),
    ...site.metrics.map((m) => [idOf('metric', m.name), 'metrics'] as const),
  ];
}

/** Where a thing is shown in the graph. */
export function placeInLineage(lineage: Lineage, id: string): string {
  const folder = lineage.folders.get(id);
  return `${folder === undefined ? 'lineage.html' : `lineage.${lineage.numbers.get(folder) ?? ''}.html`}#${id}`;
}

/** The pages of the graph: one, or an overview of folders and a page for each. */
export function lineagePages(site: Site, lineage: Lineage): readonly Page[] {
  const all = [...lineage.nodes.values()];
  const how = html`<p class="hint">Point at a thing, or move to it with Tab, to see all that it is made from and all that is made from it. Drag to move, scroll or use + and − to zoom.</p>`;
  if (lineage.folders.size === 0) {
    return [
      page(site, {
        file: 'lineage.html',
        title: 'Lineage',
        wide: true,
        lead: html`<p class="lead">What is made from what, from the systems to what is published.</p>${legend()}`,
        body: html`${how}${graph(all, site.edges, 'What is made from what')}`,
      }),
    ];
  }
  const folders = [...lineage.numbers.keys()];
  const held = new Map<string, string[]>(folders.map((folder) => [folder, []]));
  for (const [id, folder] of lineage.folders) held.get(folder)?.push(id);
  const closed = new Map(
    [...lineage.numbers].map(([folder, n]): [string, Node] => [
      folder,
      { id: `folder.${n}`, kind: 'folder', label: folder, href: `lineage.${n}.html`, holds: held.get(folder)?.length ?? 0 },
    ]),
  );
  const folderOf = (id: string): string => closed.get(lineage.folders.get(id) ?? '')?.id ?? id;
  const between = site.edges.map((e) => ({ from: folderOf(e.from), to: folderOf(e.to) }));
  return [
    page(site, {
      file: 'lineage.html',
      title: 'Lineage',
      wide: true,
      lead: html`<p class="lead">${counted(all.length, 'thing')} in ${counted(folders.length, 'folder')}: open one to see what is in it.</p>`,
      body: html`${how}${graph([...closed.values()], once(between), 'Folders, and which is made from which')}`,
    }),
    ...folders.map((folder) => {
      const inside = new Set(held.get(folder));
      const nameOf = (id: string): string => (inside.has(id) ? id : folderOf(id));
      const touching = site.edges
        .filter((e) => inside.has(e.from) || inside.has(e.to))
        .map((e) => ({ from: nameOf(e.from), to: nameOf(e.to) }));
      const others = new Set(touching.flatMap((e) => [e.from, e.to]).filter((id) => id.startsWith('folder.')));
      return page(site, {
        file: closed.get(folder)?.href ?? '',
        title: folder,
        wide: true,
        lead: html`<p class="lead">${counted(inside.size, 'thing')} of the <a href="lineage.html">lineage</a>; other folders are drawn closed.</p>${legend()}`,
        body: html`${how}${graph(
          [...all.filter((n) => inside.has(n.id)), ...[...closed.values()].filter((n) => others.has(n.id))],
          once(touching),
          `What is made from what in ${folder}`,
        )}`,
      });
    }),
  ];
}

function once(edges: readonly { readonly from: string; readonly to: string }[]) {
  return [...new Map(edges.filter((e) => e.from !== e.to).map((e) => [`${e.from}\n${e.to}`, e])).values()];
}

function legend(): Html {
  return html`<p class="legend">${listings.map((l) => html`<span class="kind-${l.kind}">${l.kind}</span>`)}</p>`;
}

/** The longest label that is written out. */
const longest = 34;

function boxOf(node: Node): Box {
  return { id: node.id, width: Math.max(84, Math.min(longest, node.label.length) * 7.3 + 28), height: node.holds > 0 ? 46 : 32 };
}

function graph(nodes: readonly Node[], edges: readonly { readonly from: string; readonly to: string }[], label: string): Html {
  const boxes = nodes.map(boxOf);
  const drawing = laidOut(boxes, edges, { across: 14, along: 56 });
  return canvas(drawing, label, drawn(nodes, boxes, drawing));
}

function drawn(nodes: readonly Node[], boxes: readonly Box[], drawing: Drawing): Html {
  const sizes = new Map(boxes.map((b) => [b.id, b]));
  return html`<g class="lines">${drawing.lines.map((l) => html`<path d="${path(l.points)}" data-from="${l.from}" data-to="${l.to}" marker-end="url(#arrow)"/>`)}</g>${nodes.map(
    (node) => {
      const [place, size] = [drawing.boxes.get(node.id), sizes.get(node.id)];
      if (place === undefined || size === undefined) return null;
      const text = node.label.length > longest ? `${node.label.slice(0, longest - 1)}…` : node.label;
      return html`<a href="${node.href}" class="node kind-${node.kind}" data-node="${node.id}" id="${node.id}"><g transform="translate(${at(place.x)} ${at(place.y)})"><title>${node.kind} ${node.label}</title><rect width="${at(size.width)}" height="${size.height}" rx="6"/><text x="14" y="20">${text}</text>${node.holds > 0 && html`<text class="sub" x="14" y="37">${counted(node.holds, 'thing')}</text>`}</g></a>`;
    },
  )}`;
}

/** So many neighbours are drawn on each side of a thing on its own page; the rest is counted. */
const near = 12;

/** What a thing is made from and what is made from it, one step each way. */
export function neighbourhood(lineage: Lineage, id: string): Html {
  const [before, after] = [lineage.before.get(id) ?? [], lineage.after.get(id) ?? []];
  const here = lineage.nodes.get(id);
  if (here === undefined || before.length + after.length === 0) return html``;
  const column = (ids: readonly string[]): readonly Node[] =>
    [...ids]
      .sort()
      .slice(0, near)
      .flatMap((i) => lineage.nodes.get(i) ?? []);
  const columns = [column(before), [here], column(after)];
  const widths = columns.map((c) => Math.max(0, ...c.map((n) => boxOf(n).width)));
  const rows = Math.max(...columns.map((c) => c.length));
  const height = rows * 42 + 12;
  const boxes = new Map<string, { x: number; y: number }>();
  let x = 8;
  columns.forEach((nodes, i) => {
    nodes.forEach((node, row) => {
      boxes.set(node.id, { x, y: height / 2 - (nodes.length * 42) / 2 + row * 42 + 5 });
    });
    if (nodes.length > 0) x += (widths[i] ?? 0) + 64;
  });
  const nodes = columns.flat();
  const lines = [...(columns[0] ?? [])]
    .map((n) => ({ from: n.id, to: id }))
    .concat((columns[2] ?? []).map((n) => ({ from: id, to: n.id })));
  const drawing: Drawing = {
    width: x - 56,
    height,
    boxes,
    lines: lines.map(({ from, to }) => {
      const [a, b, node] = [boxes.get(from) ?? { x: 0, y: 0 }, boxes.get(to) ?? { x: 0, y: 0 }, lineage.nodes.get(from)];
      const points = [
        { x: a.x + (node === undefined ? 0 : boxOf(node).width), y: a.y + 16 },
        { x: b.x, y: b.y + 16 },
      ];
      return { from, to, points, label: null };
    }),
  };
  const more = (ids: readonly string[], what: string): Html | false =>
    ids.length > near &&
    html`<details><summary>${counted(ids.length, 'thing')} ${what}</summary><p class="flow">${[...ids].sort().map((i) => html`${linkToId(i)} `)}</p></details>`;
  return section(
    'lineage',
    'Made from, and what is made from it',
    html`<div class="scroll"><div class="near">${canvas(drawing, `What ${here.label} is made from and what is made from it`, drawn(nodes, nodes.map(boxOf), drawing), true)}</div></div>${more(before, 'it is made from')}${more(after, 'are made from it')}`,
    html`<a class="more" href="${placeInLineage(lineage, id)}">in the whole lineage</a>`,
  );
}
