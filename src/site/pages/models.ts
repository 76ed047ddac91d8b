import { counted, exact, number } from '../format.js';
import type { Page } from '../frame.js';
import { fileOf, page } from '../frame.js';
import { sqlText } from '../highlight.js';
import type { Html } from '../html.js';
import { html } from '../html.js';
import type { Lineage } from '../lineage.js';
import { neighbourhood } from '../lineage.js';
import { columnsTable, dataTable, facts, figures, known, lead, linkTo, linkToId, section, status } from '../parts.js';
import { relationsTable } from '../relations.js';
import type { MetricDoc, ModelDoc, Site } from '../site.js';
import { idOf } from '../site.js';

/** The list of all models, and a page for each. */
export function modelPages(site: Site, lineage: Lineage): readonly Page[] {
  const pageOf = pagesBySqlName(site);
  return [
    page(site, {
      file: 'models.html',
      title: 'Models',
      lead: html`<p class="lead">Gold tables, each made by one SQL file of the project.</p>`,
      body: dataTable({
        caption: 'All models',
        filter: true,
        heads: ['model', 'folder', 'description', '#reads', '#read by', '#columns', '#rows'],
        empty: 'No model is declared.',
        rows: site.models.map((m) => [
          linkTo('model', m.name),
          m.folder,
          m.description ?? '',
          number(m.reads.length),
          number(lineage.after.get(idOf('model', m.name))?.length ?? 0),
          number(m.columns.length),
          known(m.rows),
        ]),
      }),
    }),
    ...site.models.map((m) => modelPage(site, lineage, m, pageOf)),
  ];
}

/** `schema.table`, as SQL spells it → its page. */
function pagesBySqlName(site: Site): ReadonlyMap<string, string> {
  const parts = ['records', 'identifiers', 'links', 'references', 'events'];
  return new Map([
    ...site.streams.map((s) => [`bronze.${s.name.replace('.', '__')}`, fileOf(idOf('stream', s.name))] as const),
    ...site.tables.flatMap((t) =>
      ['silver', 'quarantine'].map((schema) => [`${schema}.${t.name}`, fileOf(idOf('table', t.name))] as const),
    ),
    ...site.entities.flatMap((e) => [
      ...e.tables.map((t) => [`gold.${t.name}`, fileOf(idOf('entity', e.name))] as const),
      ...parts.map((p) => [`identity.${e.name}_${p}`, fileOf(idOf('entity', e.name))] as const),
    ]),
    ...site.models.map((m) => [`gold.${m.name}`, fileOf(idOf('model', m.name))] as const),
  ]);
}

function modelPage(site: Site, lineage: Lineage, model: ModelDoc, pageOf: ReadonlyMap<string, string>): Page {
  const id = idOf('model', model.name);
  const checks = site.checks.filter((c) => c.name.startsWith(`gold.${model.name}(`) || c.name.startsWith(`gold.${model.name}.`));
  const readBy = lineage.after.get(id) ?? [];
  const relations = site.relations.filter((r) => r.from.node === id || r.to.node === id);
  return page(site, {
    file: fileOf(id),
    title: model.name,
    kind: 'model',
    lead: lead(model),
    body: html`${figures([
      { label: 'rows', value: known(model.rows) },
      { label: 'columns', value: model.columns.length === 0 ? '–' : number(model.columns.length) },
      { label: 'tables read', value: number(model.reads.length) },
      { label: readBy.length === 1 ? 'reader' : 'readers', value: number(readBy.length) },
    ])}
${facts([
  ['table', html`<code>gold.${model.name}</code>`],
  ['file', html`<code>${model.path}</code>`],
  ['key', model.primaryKey.length > 0 && model.primaryKey.map((c) => html`<code>${c}</code> `)],
  [
    'points at',
    model.foreignKeys.length > 0 &&
      model.foreignKeys.map(
        (k) =>
          html`<span class="pair"><code>${k.column}</code> → <a href="${pageOf.get(`gold.${k.to.split('.')[0] ?? ''}`) ?? '#relations'}"><code>${k.to}</code></a></span> `,
      ),
  ],
  ['reads', model.reads.map((r) => html`<a href="${pageOf.get(r) ?? 'lineage.html'}"><code>${r}</code></a> `)],
  [
    'read by',
    readBy.length > 0 &&
      [...readBy]
        .sort()
        .slice(0, 30)
        .map((r) => html`${linkToId(r)} `),
  ],
  ['depends on the day', model.usesAsOf && 'yes, it asks as_of()'],
])}
${checks.length > 0 && section('checks', 'Checks', dataTable({ caption: 'Keys, as they were last checked', heads: ['check', 'kind', 'status', '#broken'], rows: checks.map((c) => [html`<code>${c.name}</code>`, c.kind.replaceAll('_', ' '), status(c.status), number(c.broken)]) }))}
${section('columns', 'Columns', model.columns.length === 0 ? html`<p class="empty">Known once it has been published.</p>` : columnsTable(`Columns of ${model.name}`, model.columns, model.rows))}
${section('sql', 'SQL', html`<div class="code"><button type="button" data-copy hidden>Copy</button>${sqlText(model.sql, (table) => pageOf.get(table) ?? null)}</div>`, html`<span class="muted">${counted(model.sql.trim().split('\n').length, 'line')}</span>`)}
${relations.length > 0 && section('relations', 'Relations', relationsTable(`Relations of ${model.name}`, relations))}
${neighbourhood(lineage, id)}`,
  });
}

function totalText({ currency, value }: MetricDoc['totals'][number]): string {
  return currency === null ? exact(value) : `${exact(value)} ${currency}`;
}

/** The list of declared metrics, and a page for each. Nothing where none is declared. */
export function metricPages(site: Site, lineage: Lineage): readonly Page[] {
  if (site.metrics.length === 0) return [];
  const table = (m: MetricDoc): Html => (m.of === null ? html`<code>gold.${m.model}</code>` : linkToId(m.of));
  const code = (names: readonly string[]): Html => html`${names.map((n) => html`<code>${n}</code> `)}`;
  return [
    page(site, {
      file: 'metrics.html',
      title: 'Metrics',
      lead: html`<p class="lead">Numbers that are declared once, so that everybody counts the same.</p>`,
      body: dataTable({
        caption: 'All metrics',
        filter: true,
        heads: ['metric', 'description', 'of', 'expression', 'dimensions', '#last'],
        rows: site.metrics.map((m) => [
          linkTo('metric', m.name),
          m.description ?? '',
          table(m),
          html`<code>${m.sql}</code>`,
          code(m.dimensions),
          m.totals.map((t) => html`<div>${totalText(t)}</div>`),
        ]),
      }),
    }),
    ...site.metrics.map((m) =>
      page(site, {
        file: fileOf(idOf('metric', m.name)),
        title: m.name,
        kind: 'metric',
        lead: lead(m),
        body: html`${m.totals.length > 0 && figures(m.totals.map((t) => ({ label: 'at the last publication', value: totalText(t) })))}${facts(
          [
            ['of', table(m)],
            ['only where', m.filter !== null && html`<code>${m.filter}</code>`],
            ['in time by', m.time !== null && html`<code>${m.time}</code>`],
            ['per currency of', m.currency !== null && html`<code>${m.currency}</code>`],
            ['dimensions', m.dimensions.length > 0 && code(m.dimensions)],
          ],
        )}${section(
          'sql',
          'Expression',
          sqlText(m.sql, () => null),
        )}${neighbourhood(lineage, idOf('metric', m.name))}`,
      }),
    ),
  ];
}
