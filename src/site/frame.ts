import type { Html, Piece } from './html.js';
import { html } from './html.js';
import type { Kind, Site, Words } from './site.js';
import { idOf } from './site.js';

/** A page of the site: its file, relative to the site's folder, and its text. */
export interface Page {
  readonly file: string;
  readonly text: string;
}

/** The file of a thing's own page. All pages lie in one folder, so that links between them never climb. */
export function fileOf(id: string): string {
  return `${id}.html`;
}

/** The pages that stand for a whole kind. */
export const listings: readonly {
  readonly kind: Kind;
  readonly file: string;
  readonly title: string;
  readonly of: (site: Site) => readonly Words[];
}[] = [
  { kind: 'stream', file: 'streams.html', title: 'Streams', of: (s) => s.streams },
  { kind: 'table', file: 'tables.html', title: 'Tables', of: (s) => s.tables },
  { kind: 'entity', file: 'entities.html', title: 'Entities', of: (s) => s.entities },
  { kind: 'model', file: 'models.html', title: 'Models', of: (s) => s.models },
  { kind: 'metric', file: 'metrics.html', title: 'Metrics', of: (s) => s.metrics },
];

/** With more things of a kind, the navigation leads to their list and does not repeat it on every page. */
const listed = 40;

export interface PageParts {
  readonly file: string;
  readonly title: string;
  /** Above the title: what kind of thing the page is about. */
  readonly kind?: Kind | undefined;
  readonly lead?: Piece;
  readonly body: Piece;
  /** Without the width of text, for drawings. */
  readonly wide?: boolean;
}

/** Whether the project says who owns anything or how it is tagged. */
export function hasOwners(site: Site): boolean {
  return listings.some((l) => l.of(site).some((w) => w.owner !== null || w.tags.length > 0));
}

/** A whole page: the head, the navigation and what is on it. */
export function page(site: Site, parts: PageParts): Page {
  const link = (file: string, title: string, count?: number): Html =>
    html`<li><a href="${file}"${file === parts.file && html` aria-current="page"`}>${title}${count !== undefined && html`<span class="count">${count.toLocaleString('en-US')}</span>`}</a></li>`;
  const lists = listings
    .filter((l) => l.of(site).length > 0)
    .map((l) => {
      const things = l.of(site);
      const items = things.length <= listed && html`<ul>${things.map((t) => link(fileOf(idOf(l.kind, t.name)), t.name))}</ul>`;
      return html`<div class="nav-group kind-${l.kind}"><ul class="nav-head">${link(l.file, l.title, things.length)}</ul>${items}</div>`;
    });
  const failing = site.checks.filter((c) => c.status === 'fail').length;
  const text = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self' file:; style-src 'self' file:; img-src 'self' file: data:; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${parts.title} · ${site.project.name}</title>
<link rel="stylesheet" href="site.css">
<script src="site.js"></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="top">
<button type="button" class="menu" data-menu aria-label="Navigation" aria-expanded="false" aria-controls="nav">☰</button>
<a class="brand" href="index.html"><span aria-hidden="true" class="mark"></span>${site.project.name}</a>
<div class="search" role="search"><label class="unseen" for="search">Search names and descriptions</label><input id="search" type="search" role="combobox" aria-expanded="false" aria-controls="found" aria-autocomplete="list" autocomplete="off" spellcheck="false" placeholder="Search tables, columns, models…  ( / )"><ul id="found" role="listbox" aria-label="Found" hidden></ul></div>
<button type="button" class="theme" data-theme-switch aria-label="Light or dark">◐</button>
</header>
<div class="shell">
<nav id="nav" aria-label="Project">
<ul class="nav-main">${link('index.html', 'Overview')}${link('lineage.html', 'Lineage')}${link('relations.html', 'Relations', site.relations.length)}${link('rules.html', 'Rules and checks')}${link('runs.html', 'Runs and ledger')}${hasOwners(site) && link('owners.html', 'Owners and tags')}</ul>
${lists}
</nav>
<main id="content"${parts.wide === true && html` class="wide"`}>
<header class="page-head">${parts.kind !== undefined && html`<p class="kind kind-${parts.kind}">${parts.kind}</p>`}<h1>${parts.title}</h1>${parts.lead}</header>
${failing > 0 && parts.file === 'index.html' && html`<p class="notice bad">${failing === 1 ? 'A check fails' : `${failing} checks fail`}: the last run published nothing.</p>`}
${parts.body}
</main>
</div>
<footer>${
    site.snapshot === null
      ? 'Nothing has been published yet.'
      : html`Snapshot of run ${site.snapshot.run}, published <time datetime="${site.snapshot.publishedAt}">${site.snapshot.publishedAt.replace('T', ' ').slice(0, 16)} UTC</time>. Names, counts and shares only: this site holds no value of any row.`
  }</footer>
</body>
</html>
`;
  return { file: parts.file, text: text.text };
}
