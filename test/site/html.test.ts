import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sqlText } from '../../src/site/highlight.js';
import { html } from '../../src/site/html.js';

describe('a text in a template', () => {
  test('can begin no tag, no entity, and can end no attribute', () => {
    expect(html`<b title="${`"><script>alert('x')</script>`}">${'a & b'}</b>`.text).toBe(
      '<b title="&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;">a &amp; b</b>',
    );
  });

  test('holds nothing that changes how the text around it reads', () => {
    expect(html`${'abc\u202edef\u0000\u001b[31m'}`.text).toBe('abc�def��[31m');
  });

  test('whatever it is, leaves no markup of its own', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 0, max: 127 }), fc.integer({ min: 0, max: 0x10ffff })), { maxLength: 60 }),
        (codes) => {
          expect(/[<>"']/.test(html`${String.fromCodePoint(...codes)}`.text)).toBe(false);
        },
      ),
    );
  });

  test('null, undefined and false are nothing; zero is a number', () => {
    expect(html`${null}${undefined}${false}${0}${['a', null, html`<i>`]}`.text).toBe('0a<i>');
  });
});

describe('SQL with its parts marked', () => {
  const plain = (text: string): string =>
    sqlText(text, () => null)
      .text.replace(/<[^>]*>/g, '')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&#39;', "'")
      .replaceAll('&amp;', '&');

  test('reads as before, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...`ab SELECT'"-/*\n.1<>&;_`), maxLength: 80 }), (text) => {
        expect(plain(text)).toBe(text.trim());
      }),
    );
  });

  test('marks keywords, texts, numbers and comments, and links tables that have a page', () => {
    const text = sqlText('-- all of them\nSELECT 1, \'from\', "select" FROM silver.orders', (t) =>
      t === 'silver.orders' ? 'table.orders.html' : null,
    ).text;
    expect(text).toContain('<span class="sql-c">-- all of them</span>');
    expect(text).toContain(
      '<span class="sql-k">SELECT</span> <span class="sql-n">1</span>, <span class="sql-s">&#39;from&#39;</span>, &quot;select&quot;',
    );
    expect(text).toContain('<a href="table.orders.html">silver.orders</a>');
  });
});
