import { counted, duration, earlier, moment, number, percent } from '../format.js';
import type { Page } from '../frame.js';
import { fileOf, listings, page } from '../frame.js';
import type { Html, Piece } from '../html.js';
import { html } from '../html.js';
import { badge, dataTable, fragment, lead, linkTo, section, status } from '../parts.js';
import { health } from '../relations.js';
import type { Site } from '../site.js';
import { idOf } from '../site.js';

/** The first page: the way of the data with what the last run counted, and what needs somebody's eye. */
export function homePage(site: Site): Page {
  return page(site, {
    file: 'index.html',
    title: site.project.name,
    lead: lead(
      site.project,
      site.notes.map((note) => html`<p class="notice">${note}</p>`),
    ),
    body: html`${way(site)}${section('attention', 'Needs an eye', attention(site))}<div class="two">${section('freshness', 'Freshness', freshness(site))}${section('runs', 'Last runs', lastRuns(site), html`<a class="more" href="runs.html">all runs</a>`)}</div>${contents(site)}`,
  });
}

interface Stop {
  readonly name: string;
  readonly href: string;
  readonly value: Piece;
  readonly label: Piece;
  readonly note: Piece;
}

/** Sources to publication, with what stands at each stop. */
function way(site: Site): Html {
  const sum = (list: readonly (number | null | undefined)[]): number => list.reduce((all: number, n) => all + (n ?? 0), 0);
  const unknown = (list: readonly (number | null)[]): boolean => list.length > 0 && list.every((n) => n === null);
  const rejected = sum(site.streams.map((s) => s.landed?.rejected));
  const quarantined = sum(site.tables.map((t) => t.quarantined));
  const rows = site.tables.map((t) => t.rows);
  const measured = site.entities.flatMap((e) => e.measured ?? []);
  const systems = new Set(site.streams.map((s) => s.source)).size;
  const stops: readonly Stop[] = [
    {
      name: 'Sources',
      href: 'streams.html',
      value: number(systems),
      label: systems === 1 ? 'system' : 'systems',
      note: counted(site.streams.length, 'stream'),
    },
    {
      name: 'Bronze',
      href: 'streams.html',
      value: number(sum(site.streams.map((s) => s.landed?.rows))),
      label: 'rows landed',
      note: rejected > 0 ? badge('warn', `${number(rejected)} unreadable, kept`) : 'all readable',
    },
    {
      name: 'Silver',
      href: 'tables.html',
      value: unknown(rows) ? '–' : number(sum(rows)),
      label: `rows in ${counted(site.tables.length, 'table')}`,
      note: quarantined > 0 ? badge('warn', `${number(quarantined)} in quarantine`) : 'none in quarantine',
    },
    ...(site.entities.length === 0
      ? []
      : [
          {
            name: 'Identity',
            href: 'entities.html',
            value: measured.length === 0 ? '–' : number(sum(measured.map((m) => m.entities))),
            label: site.entities.length === 1 ? `${site.entities[0]?.name ?? ''} keys` : `keys of ${site.entities.length} entities`,
            note: measured.length === 0 ? 'not resolved yet' : `from ${counted(sum(measured.map((m) => m.records)), 'record')}`,
          },
        ]),
    {
      name: 'Gold',
      href: site.models.length > 0 ? 'models.html' : 'entities.html',
      value: number(site.models.length),
      label: site.models.length === 1 ? 'model' : 'models',
      note: unknown(site.models.map((m) => m.rows)) ? 'not built yet' : `${number(sum(site.models.map((m) => m.rows)))} rows`,
    },
    {
      name: 'Published',
      href: 'runs.html',
      value: site.snapshot?.run ?? '–',
      label: site.snapshot === null ? 'nothing yet' : moment(site.snapshot.publishedAt),
      note: site.snapshot === null ? '' : status(site.snapshot.status),
    },
  ];
  return html`<section aria-label="The way of the data"><ol class="way">${stops.map(
    (s) =>
      html`<li><a href="${s.href}"><span class="stop">${s.name}</span><span class="figure">${s.value}</span><span class="label">${s.label}</span><span class="note">${s.note}</span></a></li>`,
  )}</ol></section>`;
}

/** Whatever is not as it should be, each with the page that tells more. */
function attention(site: Site): Html {
  const items: { readonly tone: 'bad' | 'warn'; readonly what: Piece; readonly text: Piece }[] = [];
  if (site.ledger !== null && !site.ledger.balanced)
    items.push({ tone: 'bad', what: html`<a href="runs.html#ledger">Ledger</a>`, text: `does not balance in run ${site.ledger.run}` });
  for (const c of site.checks.filter((c) => c.status !== 'pass'))
    items.push({
      tone: c.status === 'fail' ? 'bad' : 'warn',
      what: html`<a href="rules.html#checks">${c.name}</a>`,
      text: `${number(c.broken)} ${c.message}`,
    });
  for (const r of site.relations.filter((r) => health(r) === 'bad' || health(r) === 'warn')) {
    const m = r.measured;
    if (m !== null)
      items.push({
        tone: health(r) === 'bad' ? 'bad' : 'warn',
        what: html`<a href="relations.html#measured">${r.from.label}.${r.from.column}</a>`,
        text: `${percent(m.matched, m.filled)} of its values meet ${r.to.label}; ${counted(m.filled - m.matched, 'row does', 'rows do')} not`,
      });
  }
  for (const t of site.tables) {
    const top = t.reasons[0];
    if (t.quarantined !== null && t.quarantined > 0)
      items.push({
        tone: 'warn',
        what: linkTo('table', t.name),
        text: html`${counted(t.quarantined, 'row')} in quarantine${top !== undefined && html`, most: ${top.name} (${number(top.n)})`}`,
      });
    for (const r of t.rules.filter((r) => r.severity !== 'quarantine' && r.last !== null && r.last.broken > 0))
      items.push({
        tone: r.severity === 'fail' ? 'bad' : 'warn',
        what: html`<a href="${fileOf(idOf('table', t.name))}${fragment('rule', r.name)}">${t.name}.${r.name}</a>`,
        text: `${counted(r.last?.broken ?? 0, 'row')}: ${r.asks}`,
      });
  }
  for (const s of site.streams)
    if (s.landed !== null && s.landed.rejected > 0)
      items.push({
        tone: 'warn',
        what: linkTo('stream', s.name),
        text: `${counted(s.landed.rejected, 'row')} could not be read and are kept as text`,
      });
  const balanced =
    site.ledger?.balanced === true
      ? html`<p class="verdict">${badge('good', 'The ledger balances')} Every row that run ${site.ledger.run} read is accounted for.</p>`
      : null;
  if (items.length === 0) return html`${balanced}<p class="empty">Nothing does.</p>`;
  const sorted = [...items.filter((i) => i.tone === 'bad'), ...items.filter((i) => i.tone === 'warn')];
  const line = (i: (typeof items)[number]): Html =>
    html`<li class="${i.tone}">${badge(i.tone, i.tone === 'bad' ? 'look' : 'note')}<span class="what">${i.what}</span> <span>${i.text}</span></li>`;
  const most = 12;
  return html`${balanced}<ul class="attention">${sorted.slice(0, most).map(line)}</ul>${sorted.length > most && html`<details><summary>${counted(sorted.length - most, 'more')}</summary><ul class="attention">${sorted.slice(most).map(line)}</ul></details>`}`;
}

/** When each source last brought something, seen from the publication. */
function freshness(site: Site): Html {
  const sources = [...new Set(site.streams.map((s) => s.source))].map((source) => {
    const landed = site.streams.filter((s) => s.source === source).flatMap((s) => s.landed ?? []);
    const last = landed
      .map((l) => l.last)
      .sort()
      .at(-1);
    return { source, last, rows: landed.reduce((all, l) => all + l.rows, 0) };
  });
  return dataTable({
    caption: 'When each source last brought news',
    heads: ['source', 'last news', 'before publication', '#rows landed'],
    empty: 'No source is declared.',
    rows: sources.map((s) => [
      s.source,
      s.last === undefined ? html`<span class="muted">never</span>` : moment(s.last),
      s.last === undefined || site.snapshot === null ? '' : earlier(s.last, site.snapshot.publishedAt),
      number(s.rows),
    ]),
  });
}

function lastRuns(site: Site): Html {
  return dataTable({
    caption: 'The newest runs',
    heads: ['run', 'status', 'started', '#took', 'published'],
    empty: 'There was no run yet.',
    rows: site.runs
      .slice(0, 6)
      .map((r) => [
        r.run,
        status(r.status),
        moment(r.started),
        r.ms === null ? '' : duration(r.ms),
        r.published ? 'yes' : 'no news or failed',
      ]),
  });
}

/** Everything there is, by kind, with its description; only heads where there is much of it. */
function contents(site: Site): Html {
  const blocks = listings.flatMap(({ kind, file, title, of }): readonly Html[] => {
    const things = of(site);
    if (things.length === 0) return [];
    return [
      html`<section class="block kind-${kind}" aria-labelledby="all-${kind}"><h2 id="all-${kind}"><a href="${file}">${title}</a> <span class="count">${number(things.length)}</span></h2><ul>${things
        .slice(0, 12)
        .map(
          (t) => html`<li>${linkTo(kind, t.name)}${t.description !== null && html`<span class="about">${t.description}</span>`}</li>`,
        )}${things.length > 12 && html`<li><a href="${file}">all ${number(things.length)}</a></li>`}</ul></section>`,
    ];
  });
  return html`<div class="blocks">${blocks}</div>`;
}
