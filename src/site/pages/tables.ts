import { counted, number } from '../format.js';
import type { Page } from '../frame.js';
import { fileOf, page } from '../frame.js';
import type { Html } from '../html.js';
import { html } from '../html.js';
import type { Lineage } from '../lineage.js';
import { neighbourhood } from '../lineage.js';
import { badge, bars, columnsTable, dataTable, facts, figures, known, lead, linkTo, ruleBadge, section, toldRules } from '../parts.js';
import { relationsTable } from '../relations.js';
import type { RuleDoc, Site, TableDoc } from '../site.js';
import { idOf } from '../site.js';

/** The list of all tables, and a page for each. */
export function tablePages(site: Site, lineage: Lineage): readonly Page[] {
  return [
    page(site, {
      file: 'tables.html',
      title: 'Tables',
      lead: html`<p class="lead">Typed, cleaned and keyed: one row per key, and what is wrong set aside.</p>`,
      body: dataTable({
        caption: 'All tables',
        filter: true,
        heads: ['table', 'description', 'from', '#columns', '#rules', '#rows', '#in quarantine'],
        rows: site.tables.map((t) => [
          linkTo('table', t.name),
          t.description ?? '',
          linkTo('stream', t.stream),
          number(t.columns.length),
          number(toldRules(t.rules).length),
          known(t.rows),
          t.quarantined !== null && t.quarantined > 0 ? badge('warn', number(t.quarantined)) : known(t.quarantined),
        ]),
      }),
    }),
    ...site.tables.map((t) => tablePage(site, lineage, t)),
  ];
}

function tablePage(site: Site, lineage: Lineage, table: TableDoc): Page {
  const id = idOf('table', table.name);
  const relations = site.relations.filter((r) => r.from.node === id || r.to.node === id);
  const roles = site.entities.flatMap((e) => e.roles.filter((r) => r.table === table.name).map((r) => ({ entity: e.name, role: r.role })));
  const rules = toldRules(table.rules);
  const quiet = table.rules.length - rules.length;
  const code = (names: readonly string[]): Html => html`${names.map((n) => html`<code>${n}</code> `)}`;
  return page(site, {
    file: fileOf(id),
    title: table.name,
    kind: 'table',
    lead: lead(table),
    body: html`${figures([
      { label: 'current rows', value: known(table.rows) },
      { label: 'in quarantine', value: known(table.quarantined), tone: (table.quarantined ?? 0) > 0 ? 'warn' : undefined },
      { label: 'columns', value: number(table.columns.length) },
      {
        label: 'rules',
        value: number(rules.length),
        note: `${number(table.rules.filter((r) => (r.last?.broken ?? 0) > 0).length)} broken by some row`,
      },
    ])}
${facts([
  ['from', linkTo('stream', table.stream)],
  ['view', html`<code>silver.${table.name}</code>`],
  ['key', table.key === 'content' ? 'the content: identical rows are one' : code(table.key)],
  ['newest by', table.recency !== null && html`<code>${table.recency}</code>`],
  ['ledger follows', table.amounts.length > 0 && code(table.amounts)],
  ['speaks of', roles.length > 0 && roles.map((r) => html`${linkTo('entity', r.entity)} as ${r.role} `)],
])}
${section('columns', 'Columns', columnsTable(`Columns of ${table.name}`, table.columns, table.rows, rules))}
${section('rules', 'Rules', html`${rulesTable(rules, 'Rules, as they were last judged')}${quiet > 0 && html`<p class="hint">${counted(quiet, 'check')} that every table has (readable rows, keys, values of their type) ${quiet === 1 ? 'holds' : 'hold'} and ${quiet === 1 ? 'is' : 'are'} not listed.</p>`}`)}
${table.inferred.length > 0 && section('inferred', 'Inferred from the whole column', inference(table))}
${(table.quarantined ?? 0) > 0 && section('quarantine', 'Quarantine', html`${bars('Rows set aside, by reason', ['reason', 'rows'], table.reasons, 'warn', table.quarantined ?? 0)}<p class="hint">A row with several reasons counts under each. See the rows with <code>onefold query "select * from quarantine.${table.name}"</code>.</p>`)}
${table.dispositions !== null && section('ledger', 'What became of the rows read', bars(`Run ${table.dispositions.run}, the last with news for this table`, ['became', 'rows'], table.dispositions.lines))}
${relations.length > 0 && section('relations', 'Relations', relationsTable(`Relations of ${table.name}`, relations))}
${neighbourhood(lineage, id)}`,
  });
}

/** Rules with their verdicts; each row can be linked to. */
export function rulesTable(rules: readonly RuleDoc[], caption: string, withTable = false): Html {
  return dataTable({
    caption,
    filter: withTable,
    empty: 'No rule is declared.',
    ids: rules.map((r) => (withTable ? `rule.${r.table}.${r.name}` : `rule.${r.name}`)),
    heads: ['rule', ...(withTable ? ['table'] : []), 'kind', 'a row breaks it when', 'then', '#judged', 'verdict', 'in run'],
    rows: rules.map((r) => [
      html`<code>${r.name}</code>`,
      ...(withTable ? [linkTo('table', r.table)] : []),
      r.kind,
      r.asks,
      { warn: 'it is counted', quarantine: 'it is set aside', fail: 'nothing is published' }[r.severity],
      known(r.last?.judged ?? null),
      ruleBadge(r),
      r.last?.run ?? '',
    ]),
  });
}

/** What a verdict rests on, in words and numbers. */
function inference(table: TableDoc): Html {
  return html`<p class="hint">Which of two readings a column has can't be told from one value, so it is asked of all of them: some prove an answer, the others follow it.</p>${table.inferred.map(
    (one) => {
      const proofs = one.evidence.filter((e) => e.name !== 'ambiguous');
      const following = one.evidence.find((e) => e.name === 'ambiguous')?.n ?? 0;
      return html`<div class="inference"><h3><code>${one.column}</code> ${badge(one.evidence.length === 0 ? 'plain' : one.verdict === 'mixed' || one.verdict === 'unproven' ? 'warn' : 'good', one.verdict)}</h3>
<p>${one.evidence.length === 0 ? 'No value can be read in two ways' : proofs.length === 0 ? 'No value proves anything' : proofs.map((p) => `${counted(p.n, 'value')} ${p.n === 1 ? 'proves' : 'prove'} ${p.name}`).join(', ')}${following > 0 && `; ${counted(following, 'ambiguous value')} ${following === 1 ? 'follows' : 'follow'}`}.</p>${one.evidence.length > 0 && bars(`Evidence for ${one.column}`, ['reading', 'values'], one.evidence)}</div>`;
    },
  )}`;
}
