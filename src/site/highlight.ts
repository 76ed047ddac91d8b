import type { Html } from './html.js';
import { html } from './html.js';

const keywords = new Set(
  `all and any as asc between by case cast coalesce cross current desc distinct else end except exists false filter first following from full
  group having in inner intersect interval is join last lateral left like ilike limit natural not null nulls offset on or order outer over
  partition preceding qualify range recursive right row rows select semi anti set table then true unbounded union unnest using values when
  where window with within`.split(/\s+/),
);

const token =
  /(--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|('(?:[^']|'')*'?)|("(?:[^"]|"")*"?)|(\b\d+(?:\.\d+)?\b)|([A-Za-z_][\w]*(?:\.[A-Za-z_][\w]*)?)|([\s\S])/g;

/** SQL with its parts marked; `linked` gives the page of a `schema.table` that has one. */
export function sqlText(text: string, linked: (table: string) => string | null): Html {
  const out: Html[] = [];
  let plain = '';
  const flush = (): void => {
    if (plain !== '') out.push(html`${plain}`);
    plain = '';
  };
  for (const [whole, comment, string, quoted, number, word] of text.trim().matchAll(token)) {
    const kind =
      comment !== undefined
        ? 'c'
        : string !== undefined
          ? 's'
          : number !== undefined
            ? 'n'
            : word !== undefined && keywords.has(word.toLowerCase())
              ? 'k'
              : '';
    const href = word?.includes('.') === true ? linked(word) : null;
    if (kind === '' && href === null) {
      plain += quoted ?? whole;
      continue;
    }
    flush();
    out.push(href === null ? html`<span class="sql-${kind}">${whole}</span>` : html`<a href="${href}">${whole}</a>`);
  }
  flush();
  return html`<pre class="sql" tabindex="0"><code>${out}</code></pre>`;
}
