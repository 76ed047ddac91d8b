import { counted, duration, moment, number, percent } from '../format.js';
import type { Page } from '../frame.js';
import { hasOwners, listings, page } from '../frame.js';
import { html } from '../html.js';
import { badge, dataTable, linkTo, section, status, toldRules } from '../parts.js';
import type { Site } from '../site.js';
import { bar } from '../svg.js';
import { rulesTable } from './tables.js';

/** All rules of all tables and all checks of keys, the broken ones first. */
export function rulesPage(site: Site): Page {
  const rank = { fail: 0, quarantine: 1, warn: 2 };
  const rules = site.tables.flatMap((t) => toldRules(t.rules));
  const share = (n: { last: { broken: number } | null }): number => n.last?.broken ?? -1;
  const sorted = rules
    .map((r, i) => ({ r, i }))
    .sort(
      (a, b) =>
        Number(share(b.r) > 0) - Number(share(a.r) > 0) || rank[a.r.severity] - rank[b.r.severity] || share(b.r) - share(a.r) || a.i - b.i,
    );
  const broken = rules.filter((r) => share(r) > 0).length;
  const checks = [...site.checks].sort((a, b) => Number(a.status === 'pass') - Number(b.status === 'pass'));
  return page(site, {
    file: 'rules.html',
    title: 'Rules and checks',
    lead: html`<p class="lead">${counted(rules.length, 'rule')}, ${number(broken)} of them broken by some row; ${counted(checks.length, 'check')} of the last run, ${number(checks.filter((c) => c.status !== 'pass').length)} not passed.</p>`,
    body: html`${section(
      'checks',
      'Checks before publication',
      dataTable({
        caption: 'Checks of the last run: rules that stop a publication, and keys of models',
        heads: ['check', 'kind', 'status', '#broken', 'what is wrong'],
        filter: true,
        empty: 'There are none.',
        rows: checks.map((c) => [
          html`<code>${c.name}</code>`,
          c.kind.replaceAll('_', ' '),
          status(c.status),
          number(c.broken),
          c.status === 'pass' ? '' : c.message,
        ]),
      }),
    )}${section(
      'rules',
      'Rules of tables',
      rulesTable(
        sorted.map((s) => s.r),
        'Every rule, as it was last judged',
        true,
      ),
    )}
<p class="hint">A row rule judges the rows that a run merges, a table rule all current rows. Rules that are built in (readable rows, keys, values of their type) are listed where some row breaks them.</p>`,
  });
}

/** Runs, and the ledger of the last one. */
export function runsPage(site: Site): Page {
  const total = site.steps.reduce((all, s) => all + s.ms, 0);
  return page(site, {
    file: 'runs.html',
    title: 'Runs and ledger',
    lead: html`<p class="lead">What ran, and what became of every row that the last run read.</p>`,
    body: html`${
      site.ledger !== null &&
      section(
        'ledger',
        `Ledger of run ${site.ledger.run}`,
        dataTable({
          caption: 'Read, and what became of it: the two sides must be equal',
          heads: ['account', 'of', '#read', 'became', 'verdict'],
          empty: 'The run read nothing.',
          rows: site.ledger.accounts.map((a) => [
            linkTo(a.scope === 'stream' ? 'stream' : 'table', a.name),
            a.scope,
            number(a.read),
            a.lines.map((l) => html`<span class="pair">${number(l.n)} ${l.name}</span> `),
            a.balanced ? badge('good', 'balances') : badge('bad', 'does not balance'),
          ]),
        }),
        site.ledger.balanced ? badge('good', 'balanced') : badge('bad', 'not balanced'),
      )
    }
${section(
  'runs',
  'Runs',
  dataTable({
    caption: 'The newest runs',
    heads: ['run', 'status', 'started', '#took', 'as of', 'published'],
    empty: 'There was no run yet.',
    rows: site.runs.map((r) => [
      r.run,
      status(r.status),
      moment(r.started),
      r.ms === null ? '' : duration(r.ms),
      moment(r.asOf),
      r.published ? 'yes' : 'no',
    ]),
  }),
)}
<p class="hint">Why a run failed is not told here, as an error may quote a value: ask <code>onefold query --warehouse "select run_id, error from ops.runs"</code>.</p>
${site.steps.length > 0 && section('steps', 'Where the time went', dataTable({ caption: 'Stages of the last recorded run', heads: ['stage', '#time', '#share', ''], rows: site.steps.map((s) => [s.stage, duration(s.ms), percent(s.ms, total), bar(s.ms, total)]) }))}`,
  });
}

/** Who owns what and how things are tagged; nothing where the project says neither. */
export function ownersPage(site: Site): readonly Page[] {
  if (!hasOwners(site)) return [];
  const all = listings.flatMap((l) => l.of(site).map((w) => ({ kind: l.kind, ...w })));
  const table = (caption: string, head: string, names: readonly string[], has: (w: (typeof all)[number], name: string) => boolean) =>
    dataTable({
      caption,
      heads: [head, '#things', 'which'],
      rows: [...new Set(names)].sort().map((name) => {
        const mine = all.filter((w) => has(w, name));
        return [name, number(mine.length), mine.map((w) => html`${linkTo(w.kind, w.name)} `)];
      }),
    });
  return [
    page(site, {
      file: 'owners.html',
      title: 'Owners and tags',
      body: html`${section(
        'owners',
        'Owners',
        table(
          'Who answers for what',
          'owner',
          all.flatMap((w) => w.owner ?? []),
          (w, name) => w.owner === name,
        ),
      )}
${section(
  'tags',
  'Tags',
  table(
    'What is tagged how',
    'tag',
    all.flatMap((w) => w.tags),
    (w, name) => w.tags.includes(name),
  ),
)}`,
    }),
  ];
}
