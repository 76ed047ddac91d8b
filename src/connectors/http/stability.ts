/** Notices that a collection changed its order or its size while it was read page by page. */
import { at } from './json.js';
import type { Page } from './pages.js';

export interface Stability {
  /** The pages do not fit together: rows may be missing. Read again, or by a unique sorted column (`keyset`). */
  readonly unstable: boolean;
  /** Records whose key was read before. */
  readonly repeated: number;
  /** The first and the last total that the service declared; null when it declared none. */
  readonly totals: { readonly first: number; readonly last: number } | null;
}

export interface StabilityWatch {
  readonly see: (page: Page) => void;
  readonly report: () => Stability;
}

/**
 * Watches the pages of one reading. A row that is deleted before the reader's place moves the rest up, and one slips through; a row that
 * is inserted moves it down, and one comes twice. The total, and keys that repeat, tell.
 * @param key path of the key in a record; null when there is none
 */
export function watchStability(key: string | null): StabilityWatch {
  const keys = new Set<string>();
  let repeated = 0;
  let drifted = false;
  let totals: Stability['totals'] = null;
  return {
    see: (page) => {
      drifted ||= page.drifted;
      if (page.total !== null) totals = { first: totals?.first ?? page.total, last: page.total };
      if (key === null) return;
      for (const record of page.records) {
        const value = JSON.stringify(at(record, key) ?? null);
        if (keys.has(value)) repeated++;
        else keys.add(value);
      }
    },
    report: () => ({ unstable: drifted || repeated > 0, repeated, totals }),
  };
}
