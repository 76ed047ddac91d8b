import type { Html } from './html.js';
import { html } from './html.js';

/** A number with thousands set off. */
export function number(n: number): string {
  return n.toLocaleString('en-US');
}

/** `1 row`, `2 rows`. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${number(n)} ${n === 1 ? one : many}`;
}

/**
 * A share in percent, with one decimal where it matters. Only all of something is `100 %` and only none of it `0 %`, so that one
 * row in a million is never rounded away. `–` where there is nothing to have a share of.
 */
export function percent(part: number, whole: number): string {
  if (whole === 0) return '–';
  if (part === whole) return '100 %';
  if (part === 0) return '0 %';
  const share = (100 * part) / whole;
  return share > 99.9 ? '> 99.9 %' : share < 0.1 ? '< 0.1 %' : `${share.toFixed(1)} %`;
}

/** Bytes in the unit that a person would choose. */
export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = n;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** A moment to the minute, in UTC, on one line. Takes what the store writes, with a blank or a `T`. */
export function moment(text: string): Html {
  return html`<time>${text.replace('T', ' ').slice(0, 16)} UTC</time>`;
}

/** How much earlier one moment was than another, in words. */
export function earlier(then: string, now: string): string {
  const ms = time(now) - time(then);
  if (!Number.isFinite(ms)) return '';
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'the same minute';
  if (minutes < 120) return `${minutes} min earlier`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h earlier`;
  return `${Math.floor(minutes / 1440)} days earlier`;
}

/** Milliseconds as a person reads them. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function time(text: string): number {
  const iso = text.replace(' ', 'T');
  return Date.parse(iso.endsWith('Z') ? iso : `${iso}Z`);
}

/** A number that the engine wrote, to its last digit, its thousands apart. */
export function exact(text: string): string {
  const [whole = '', fraction] = text.split('.');
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${fraction === undefined ? '' : `.${fraction}`}`;
}
