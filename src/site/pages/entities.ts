import { number, percent } from '../format.js';
import type { Page } from '../frame.js';
import { fileOf, page } from '../frame.js';
import type { Html, Piece } from '../html.js';
import { html } from '../html.js';
import type { Lineage } from '../lineage.js';
import { neighbourhood } from '../lineage.js';
import { badge, bars, dataTable, facts, figures, filledCell, known, lead, linkTo, section } from '../parts.js';
import { relationsTable } from '../relations.js';
import type { Count, EntityDoc, Site } from '../site.js';
import { idOf } from '../site.js';
import { histogram } from '../svg.js';

/** The list of all entities, and a page for each. */
export function entityPages(site: Site, lineage: Lineage): readonly Page[] {
  return [
    page(site, {
      file: 'entities.html',
      title: 'Entities',
      lead: html`<p class="lead">What records of several systems are resolved into, one golden record each.</p>`,
      body: dataTable({
        caption: 'All entities',
        heads: ['entity', 'description', 'tables', '#records', '#keys', '#records per key'],
        empty: 'No entity is declared.',
        rows: site.entities.map((e) => [
          linkTo('entity', e.name),
          e.description ?? '',
          html`${[...new Set(e.roles.map((r) => r.table))].map((t) => html`${linkTo('table', t)} `)}`,
          known(e.measured?.records ?? null),
          known(e.measured?.entities ?? null),
          e.measured === null || e.measured.entities === 0 ? '' : (e.measured.records / e.measured.entities).toFixed(2),
        ]),
      }),
    }),
    ...site.entities.map((e) => entityPage(site, lineage, e)),
  ];
}

function entityPage(site: Site, lineage: Lineage, entity: EntityDoc): Page {
  const id = idOf('entity', entity.name);
  const m = entity.measured;
  return page(site, {
    file: fileOf(id),
    title: entity.name,
    kind: 'entity',
    lead: lead(entity),
    body: html`${m === null ? html`<p class="notice">It has not been resolved in what is published.</p>` : overview(entity, m)}
${facts([
  ['key', html`<code>${entity.name}_key</code>, beginning with <code>${entity.prefix}_</code>`],
  ['trust', entity.trust.length > 0 && entity.trust.map((t) => `${t.name} ${t.n}`).join(', ')],
])}
${
  m !== null &&
  section(
    'sizes',
    'Records per key',
    html`<div class="two"><div>${sizes(m.sizes)}</div><div>${bars(
      'Sources that know one key',
      ['known by', 'keys'],
      m.overlap.map((o): Count => ({ name: o.size === 1 ? '1 source' : `${o.size} sources`, n: o.n })),
    )}</div></div>`,
  )
}
${section('golden', 'Golden record', golden(entity))}
${section('identifiers', 'Identifiers and links', identifiers(entity))}
${section('roles', 'Records and roles', roles(entity))}
${
  m !== null &&
  m.references.length > 0 &&
  section(
    'references',
    'References',
    dataTable({
      caption: 'Rows that refer to it, and whether they lead to a key',
      heads: ['table', 'outcome', '#rows'],
      rows: m.references.map((r) => [linkTo('table', r.table), badge(r.reason === 'linked' ? 'good' : 'warn', r.reason), number(r.n)]),
    }),
  )
}
${section('tables', 'Tables that it makes', dataTable({ caption: 'Gold tables of the entity', heads: ['table', 'what it holds', '#rows'], rows: entity.tables.map((t) => [html`<code>gold.${t.name}</code>`, purpose(entity.name, t.name), known(t.rows)]) }))}
${section(
  'relations',
  'Relations',
  relationsTable(
    `Relations of ${entity.name}`,
    site.relations.filter((r) => r.to.node === id),
  ),
)}
${m !== null && m.events.length > 0 && section('events', 'What happened to keys', dataTable({ caption: 'Events by run, newest first', heads: ['run', 'event', '#keys'], rows: m.events.map((e) => [e.run, e.event, number(e.n)]) }))}
${neighbourhood(lineage, id)}`,
  });
}

function overview(entity: EntityDoc, m: NonNullable<EntityDoc['measured']>): Html {
  const contradicted = m.links.filter((l) => l.decision !== 'own' && l.decision !== 'linked').reduce((all, l) => all + l.n, 0);
  const lost = m.references.filter((r) => r.reason !== 'linked').reduce((all, r) => all + r.n, 0);
  return figures([
    { label: `${entity.name} keys`, value: number(m.entities) },
    { label: 'records', value: number(m.records), note: m.entities > 0 && `${(m.records / m.entities).toFixed(2)} per key` },
    {
      label: 'words not followed',
      value: number(contradicted),
      note: 'outweighed, undecided or widely shared',
      tone: contradicted > 0 ? 'warn' : undefined,
    },
    { label: 'references without a key', value: number(lost), tone: lost > 0 ? 'warn' : undefined },
  ]);
}

/** The histogram of cluster sizes; what is rare and large stands together. */
function sizes(list: NonNullable<EntityDoc['measured']>['sizes']): Html {
  const most = 9;
  const single = Array.from({ length: Math.min(most, list.at(-1)?.size ?? 0) }, (_, i) => ({
    label: String(i + 1),
    n: list.find((s) => s.size === i + 1)?.n ?? 0,
  }));
  const rest = list.filter((s) => s.size > most);
  const columns =
    rest.length === 0 ? single : [...single, { label: `${most + 1}–${list.at(-1)?.size ?? ''}`, n: rest.reduce((all, s) => all + s.n, 0) }];
  const said = columns.filter((c) => c.n > 0).map((c) => `${number(c.n)} with ${c.label}`);
  return html`<p class="table-caption">Keys by how many records they stand for</p>${histogram(
    columns.map((c) => ({ ...c, shown: number(c.n) })),
    `Keys by number of records: ${said.join(', ')}`,
  )}`;
}

/** Every field of the golden record: how full it is, which rule chooses it, and whose values win. */
function golden(entity: EntityDoc): Html {
  const m = entity.measured;
  return dataTable({
    caption: 'Fields of the golden record',
    heads: ['field', 'type', 'chosen by', 'whose value wins', 'filled'],
    empty: 'It has no attributes.',
    rows: entity.survivorship.map((s) => {
      const field = m?.fields.find((f) => f.name === s.field);
      const all = s.winners.reduce((sum, w) => sum + w.n, 0);
      return [
        html`<code>${s.field}</code>`,
        field !== undefined && html`<code class="type">${field.type}</code>`,
        s.rule,
        s.winners.map((w) => html`<span class="winner">${w.name} ${percent(w.n, all)}</span> `),
        filledCell(field?.filled ?? null, m?.entities ?? null),
      ];
    }),
  });
}

/** Identifiers with their policies and what was decided about every word of them. */
function identifiers(entity: EntityDoc): Html {
  const links = entity.measured?.links ?? [];
  const decisions = ['own', 'linked', 'outweighed', 'undecided', 'widely_shared'];
  const others = [...new Set(links.map((l) => l.decision))].filter((d) => !decisions.includes(d));
  const shown = [...decisions, ...others].filter((d) => links.some((l) => l.decision === d));
  return html`${dataTable({
    caption: 'Identifiers, their policies, and what records say of them by what was decided',
    heads: ['identifier', 'policy', '#shared by at most', ...shown.map((d) => `#${d.replaceAll('_', ' ')}`)],
    rows: entity.identifiers.map((i) => [
      html`<code>${i.name}</code>`,
      i.unique === 'entity'
        ? 'a key has one value'
        : i.unique === 'source'
          ? 'a key has one value from each source'
          : 'a key may have several',
      `${number(i.maxRecords)} records`,
      ...shown.map((d): Piece => {
        const n = links.filter((l) => l.identifier === i.name && l.decision === d).reduce((all, l) => all + l.n, 0);
        return n === 0 ? html`<span class="muted">0</span>` : d === 'own' || d === 'linked' ? number(n) : badge('warn', number(n));
      }),
    ]),
  })}<p class="hint">Own: a record's own id. Linked: followed, and so one of the reasons why records are one. Not followed: <code>onefold explain</code> says of each why.</p>`;
}

function roles(entity: EntityDoc): Html {
  const pairs = (list: EntityDoc['roles'][number]['identifiers']): Html =>
    html`${list.map((p) => html`<span class="pair"><code>${p.name}</code>${p.name !== p.column && html` ← <code>${p.column}</code>`}</span> `)}`;
  const bySource = entity.measured?.recordsBySource ?? [];
  return dataTable({
    caption: 'Tables that describe it or refer to it',
    heads: ['table', 'role', 'stream', 'id', 'newest by', 'identifiers', 'attributes', '#records of the source'],
    rows: entity.roles.map((r) => [
      linkTo('table', r.table),
      r.role,
      linkTo('stream', r.stream),
      r.id !== null && html`<code>${r.id}</code>`,
      r.recency !== null && html`<code>${r.recency}</code>`,
      pairs(r.identifiers),
      pairs(r.attributes),
      r.role === 'record' ? known(bySource.find((s) => s.name === r.stream.split('.')[0])?.n ?? null) : '',
    ]),
  });
}

const purposes: Readonly<Record<string, string>> = {
  '': 'the golden record, a row per key',
  _crosswalk: 'which record is which key, how, and how sure',
  _provenance: 'for every value: its record, the rule, and what lost',
  _redirects: 'old keys, and which answers for them',
  _360: 'the golden record with its sources, identifiers and activity',
};

function purpose(entity: string, table: string): string {
  return purposes[table.slice(entity.length)] ?? '';
}
