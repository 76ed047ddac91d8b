import type { Html } from './html.js';
import { html, markup } from './html.js';
import type { Drawing, Point } from './layout.js';

/** A number of a drawing, short. */
export function at(n: number): Html {
  return markup(String(Math.round(n * 10) / 10));
}

/** The way of a line through its points: a curve between two, a rounded way through more. */
export function path(points: readonly Point[]): Html {
  const [first, second] = points;
  const last = points.at(-1);
  if (first === undefined || second === undefined || last === undefined) return markup('');
  const spell = (p: Point): string => `${Math.round(p.x)} ${Math.round(p.y)}`;
  if (points.length === 2) {
    const middle = (first.x + last.x) / 2;
    return markup(
      `M${spell(first)}C${Math.round(middle)} ${Math.round(first.y)} ${Math.round(middle)} ${Math.round(last.y)} ${spell(last)}`,
    );
  }
  let out = `M${spell(first)}L${spell(between(first, second))}`;
  for (let i = 1; i < points.length - 1; i++) {
    const here = points[i] ?? first;
    out += `Q${spell(here)} ${spell(between(here, points[i + 1] ?? last))}`;
  }
  return markup(`${out}L${spell(last)}`);
}

function between(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

/** The arrow that lines end in. */
export const arrow: Html = html`<defs><marker id="arrow" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.5L7.5 4L0 7.5z" class="arrowhead"/></marker></defs>`;

/** A frame around a drawing that can be moved and scaled; without its script the drawing scrolls. */
export function canvas(drawing: Drawing, label: string, inside: Html, small = false): Html {
  const [width, height] = [Math.ceil(drawing.width), Math.ceil(drawing.height)];
  return html`<div class="canvas${small && ' small'}" data-canvas>
<div class="canvas-tools" hidden><button type="button" data-zoom="in" aria-label="Zoom in">+</button><button type="button" data-zoom="out" aria-label="Zoom out">−</button><button type="button" data-zoom="fit" aria-label="Show all">Fit</button></div>
<svg role="group" aria-label="${label}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" tabindex="0">${arrow}${inside}</svg></div>`;
}

/** A share as a bar; the number stands beside it, so the bar itself says nothing to a screen reader. */
export function bar(part: number, whole: number, tone: string = ''): Html {
  const share = whole === 0 ? 0 : Math.max(0, Math.min(1, part / whole));
  return html`<svg class="bar ${tone}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="bar-whole" width="100" height="6" rx="1"/><rect class="bar-part" width="${at(share * 100)}" height="6" rx="1"/></svg>`;
}

/** A histogram of columns, each under its label and its count. */
export function histogram(columns: readonly { readonly label: string; readonly n: number; readonly shown: string }[], label: string): Html {
  const most = Math.max(1, ...columns.map((c) => c.n));
  const [step, height] = [58, 120];
  return html`<div class="scroll"><svg class="histogram" role="img" aria-label="${label}" viewBox="0 0 ${columns.length * step} ${height + 40}" width="${columns.length * step}" height="${height + 40}">${columns.map(
    (c, i) => {
      const tall = c.n === 0 ? 0 : Math.max(2, (height * c.n) / most);
      return html`<rect x="${i * step + 8}" y="${at(height + 18 - tall)}" width="${step - 16}" height="${at(tall)}" rx="2"/><text x="${i * step + step / 2}" y="${at(height + 12 - tall)}">${c.shown}</text><text class="axis" x="${i * step + step / 2}" y="${height + 34}">${c.label}</text>`;
    },
  )}</svg></div>`;
}
