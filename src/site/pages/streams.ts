import { bytes, counted, earlier, moment, number } from '../format.js';
import type { Page } from '../frame.js';
import { fileOf, page } from '../frame.js';
import { html } from '../html.js';
import type { Lineage } from '../lineage.js';
import { neighbourhood } from '../lineage.js';
import { badge, dataTable, facts, figures, fragment, known, lead, linkTo, section } from '../parts.js';
import type { Site, StreamDoc } from '../site.js';
import { idOf } from '../site.js';

/** The list of all streams, and a page for each. */
export function streamPages(site: Site, lineage: Lineage): readonly Page[] {
  return [
    page(site, {
      file: 'streams.html',
      title: 'Streams',
      lead: html`<p class="lead">What is read, system by system, and landed untouched.</p>`,
      body: dataTable({
        caption: 'All streams',
        filter: true,
        heads: ['stream', 'connector', 'read by', '#rows landed', '#unreadable', '#parts', 'last news'],
        rows: site.streams.map((s) => [
          linkTo('stream', s.name),
          s.connector,
          html`${readersOf(site, s).map((t) => html`${linkTo('table', t)} `)}`,
          known(s.landed?.rows ?? null),
          known(s.landed?.rejected ?? null),
          known(s.landed?.parts ?? null),
          s.landed === null ? html`<span class="muted">never</span>` : moment(s.landed.last),
        ]),
      }),
    }),
    ...site.streams.map((s) => streamPage(site, lineage, s)),
  ];
}

function readersOf(site: Site, stream: StreamDoc): readonly string[] {
  return site.tables.filter((t) => t.stream === stream.name).map((t) => t.name);
}

function streamPage(site: Site, lineage: Lineage, stream: StreamDoc): Page {
  const { landed } = stream;
  const id = idOf('stream', stream.name);
  const unused = stream.columns.filter((c) => c.usedBy.length === 0).length;
  return page(site, {
    file: fileOf(id),
    title: stream.name,
    kind: 'stream',
    lead: lead(stream),
    body: html`${
      landed === null
        ? html`<p class="notice">Nothing of it has been landed yet.</p>`
        : figures([
            { label: 'rows landed', value: number(landed.rows) },
            { label: 'unreadable, kept as text', value: number(landed.rejected), tone: landed.rejected > 0 ? 'warn' : undefined },
            { label: landed.parts === 1 ? 'part (file)' : 'parts (files)', value: number(landed.parts), note: bytes(landed.bytes) },
            {
              label: 'last news',
              value: moment(landed.last),
              note: site.snapshot !== null && `${earlier(landed.last, site.snapshot.publishedAt)} than the publication`,
            },
          ])
    }
${facts([['connector', stream.connector], ['bronze view', html`<code>bronze.${stream.name.replace('.', '__')}</code>`], ...stream.options.map((o) => [o.name, html`<code>${o.value}</code>`] as const)])}
${neighbourhood(lineage, id)}
${section(
  'columns',
  'Source columns',
  html`${unused > 0 && html`<p class="hint">${counted(unused, 'column')} ${unused === 1 ? 'is' : 'are'} landed and read by no table.</p>`}${dataTable(
    {
      caption: 'Columns as the source writes them',
      heads: ['column', 'becomes'],
      filter: true,
      empty: 'Not known before something is landed.',
      ids: stream.columns.map((c) => `column.${c.name}`),
      rows: stream.columns.map((c) => [
        html`<code>${c.name}</code>`,
        c.usedBy.length === 0
          ? badge('plain', 'read by no table')
          : c.usedBy.map(
              (u) =>
                html`<a href="${fileOf(idOf('table', u.split('.')[0] ?? ''))}${fragment('column', u.split('.')[1] ?? '')}"><code>${u}</code></a> `,
            ),
      ]),
    },
  )}`,
)}`,
  });
}
