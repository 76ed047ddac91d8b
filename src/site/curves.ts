import type { Html } from './html.js';
import { html, markup } from './html.js';
import { at } from './svg.js';

/** A line of a plot: points of numbers, in the order in which they are joined. */
export interface Curve {
  readonly label: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** A place of a plot that is worth a word: a dot, or a line from top to bottom where there is no `y`. */
export interface Mark {
  readonly label: string;
  readonly x: number;
  readonly y?: number;
}

/** An axis: what it says, and its ends. */
export interface Axis {
  readonly label: string;
  readonly from: number;
  readonly to: number;
}

const [width, height, left, top, right, bottom] = [640, 400, 56, 24, 24, 76];
/** Colours that people who see few colours tell apart, and dashes for those who see none. */
const inks = [
  { colour: '#0072b2', dash: '' },
  { colour: '#d55e00', dash: '7 3' },
  { colour: '#009e73', dash: '2 3' },
] as const;

/** A plot of shares (0 to 1, upwards) as an SVG file of its own: white ground, no script, no font that has to be there. */
export function plot(title: string, x: Axis, y: string, curves: readonly Curve[], marks: readonly Mark[]): string {
  const span = x.to - x.from || 1;
  const px = (value: number): Html => at(left + ((value - x.from) / span) * (width - left - right));
  const py = (value: number): Html => at(top + (1 - value) * (height - top - bottom));
  const base = height - bottom;
  const grid = [0, 0.2, 0.4, 0.6, 0.8, 1].map(
    (v) =>
      html`<path d="M${left} ${py(v)}H${width - right}" stroke="#ddd"/><text x="${left - 8}" y="${py(v)}" dy="4" text-anchor="end">${v}</text>`,
  );
  const ticks = steps(x).map(
    (v) => html`<path d="M${px(v)} ${base}v5" stroke="#444"/><text x="${px(v)}" y="${base + 18}" text-anchor="middle">${v}</text>`,
  );
  const lines = curves.map(({ points }, i) => {
    const { colour, dash } = inkOf(i);
    const way = points.map((p, k) => `${k === 0 ? 'M' : 'L'}${px(p.x).text} ${py(p.y).text}`).join('');
    return html`<path d="${markup(way)}" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/>`;
  });
  const noted = marks.map((mark, i) => {
    const line = mark.y === undefined;
    const [mx, my] = [px(mark.x), py(mark.y ?? 0)];
    const isFarRight = mark.x > x.from + span * 0.6;
    const word = html`<text x="${mx}" y="${line ? base - 30 + 16 * i : my}" dx="${isFarRight ? -8 : 8}" dy="${line ? 0 : 18 + 16 * i}" text-anchor="${isFarRight ? 'end' : 'start'}">${mark.label}</text>`;
    return line
      ? html`<path d="M${mx} ${top}V${base}" stroke="#444" stroke-dasharray="4 4"/>${word}`
      : html`<circle cx="${mx}" cy="${my}" r="4" fill="${i === 0 ? '#444' : '#fff'}" stroke="#444" stroke-width="2"/>${word}`;
  });
  const legend =
    curves.length < 2
      ? []
      : curves.map(({ label }, i) => {
          const { colour, dash } = inkOf(i);
          const lx = left + i * 120;
          return html`<path d="M${lx} ${height - 14}h28" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/><text x="${lx + 34}" y="${height - 10}">${label}</text>`;
        });
  return html`<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${title}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">
<title>${title}</title><rect width="${width}" height="${height}" fill="#fff"/>
${grid}
<path d="M${left} ${top}V${base}H${width - right}" fill="none" stroke="#444"/>
${ticks}
<text x="${(left + width - right) / 2}" y="${base + 40}" text-anchor="middle">${x.label}</text>
<text transform="translate(16 ${(top + base) / 2}) rotate(-90)" text-anchor="middle">${y}</text>
${lines}
${noted}
${legend}
</svg>
`.text;
}

function inkOf(i: number): { readonly colour: string; readonly dash: string } {
  return inks[i % inks.length] ?? inks[0];
}

/** Round numbers along an axis, about six of them. */
function steps({ from, to }: Axis): readonly number[] {
  const rough = (to - from) / 6 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((s) => s * power >= rough) ?? 10) * power;
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(6)));
}
