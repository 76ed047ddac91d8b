import type { Page } from './frame.js';
import { fileOf } from './frame.js';
import { lineageOf, lineagePages } from './lineage.js';
import { entityPages } from './pages/entities.js';
import { homePage } from './pages/home.js';
import { metricPages, modelPages } from './pages/models.js';
import { ownersPage, rulesPage, runsPage } from './pages/overall.js';
import { streamPages } from './pages/streams.js';
import { tablePages } from './pages/tables.js';
import { fragment, toldRules } from './parts.js';
import { relationsPage } from './relations.js';
import type { Kind, Site, Words } from './site.js';
import { idOf } from './site.js';

/** Every page of a site and its search index, in a fixed order: the same data always gives the same bytes. */
export function renderSite(site: Site): readonly Page[] {
  const lineage = lineageOf(site);
  return [
    homePage(site),
    ...lineagePages(site, lineage),
    relationsPage(site),
    rulesPage(site),
    runsPage(site),
    ...ownersPage(site),
    ...streamPages(site, lineage),
    ...tablePages(site, lineage),
    ...entityPages(site, lineage),
    ...modelPages(site, lineage),
    ...metricPages(site, lineage),
    searchIndex(site),
  ];
}

/** What the search finds: kind, name, page, and the words about it. A script, as a page from disk may load nothing else. */
function searchIndex(site: Site): Page {
  const thing = (kind: Kind, words: Words): readonly string[] => [
    kind,
    words.name,
    fileOf(idOf(kind, words.name)),
    [words.description ?? '', words.owner ?? '', ...words.tags].filter((w) => w !== '').join(' · '),
  ];
  const columns = (kind: Kind, name: string, list: readonly { readonly name: string; readonly description?: string | null }[]) =>
    list.map((c) => ['column', `${name}.${c.name}`, `${fileOf(idOf(kind, name))}${fragment('column', c.name)}`, c.description ?? '']);
  const entries = [
    ...site.entities.map((e) => thing('entity', e)),
    ...site.models.map((m) => thing('model', m)),
    ...site.tables.map((t) => thing('table', t)),
    ...site.metrics.map((m) => thing('metric', m)),
    ...site.streams.map((s) => thing('stream', s)),
    ...site.models.flatMap((m) => columns('model', m.name, m.columns)),
    ...site.tables.flatMap((t) => columns('table', t.name, t.columns)),
    ...site.streams.flatMap((s) => columns('stream', s.name, s.columns)),
    ...site.tables.flatMap((t) =>
      toldRules(t.rules).map((r) => ['rule', `${t.name}.${r.name}`, `${fileOf(idOf('table', t.name))}${fragment('rule', r.name)}`, r.asks]),
    ),
  ];
  // `<` and the line separators of old scripts are spelled out, so that no name can end or break the script it stands in.
  const text = JSON.stringify(entries).replace(/[<\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return { file: 'search.js', text: `globalThis.onefoldNames = ${text};\n` };
}
