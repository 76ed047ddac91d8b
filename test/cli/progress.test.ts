import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Progress } from '../../src/base/effects.js';
import { describeProgress, progress } from '../../src/cli/progress.js';

afterEach(() => {
  vi.restoreAllMocks();
});

const going: Progress = { type: 'progress', stage: 'bronze', name: 'crm.contacts', ms: 200, statement: null, reading: null };

/** What is said of a series of events. */
function said(isTTY: boolean, events: readonly Parameters<ReturnType<typeof progress>>[0][]): string {
  let text = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  const show = progress({ isTTY, columns: 60 }, { live: true });
  for (const event of events) show(event);
  return text;
}

describe('on a terminal', () => {
  test('a step that goes on is one line that changes, no wider than the terminal, and gone when the step is done', () => {
    const text = said(true, [
      { type: 'stage', stage: 'bronze', name: 'crm.contacts' },
      going,
      { ...going, ms: 400, reading: { part: 'a', bytes: 3e9 }, statement: { share: 0.25, ms: 10_000 } },
      { type: 'step', stage: 'bronze', name: 'crm.contacts', ms: 500 },
    ]);
    const erase = '\r\u001b[2K';
    expect(text).toBe(
      [
        '  bronze    crm.contacts                     0.2 s',
        `${erase}  bronze    crm.contacts                     0.4 s, 25 %, 7`,
        `${erase}  bronze    crm.contacts                     0.50 s\n`,
      ].join(''),
    );
  });
});

describe('off a terminal', () => {
  test('a step that goes on is told after five seconds, then rarely, a line each', () => {
    const ticks = Array.from({ length: 1500 }, (_, i): Progress => ({ ...going, ms: (i + 1) * 200 }));
    const text = said(false, [{ type: 'stage', stage: 'bronze', name: 'crm.contacts' }, ...ticks]);
    const times = text
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(45));
    expect(times).toEqual(['5.0 s', '15 s', '45 s', '1 min 45 s', '2 min 45 s', '3 min 45 s', '4 min 45 s']);
    expect(text).not.toContain('\u001b');
  });

  test('a step that is done soon is told when it is done, and a warning at once', () => {
    expect(
      said(false, [
        { type: 'stage', stage: 'silver', name: 'orders' },
        { type: 'warning', name: 'crm.contacts', message: 'missing' },
        { ...going, ms: 4800 },
        { type: 'step', stage: 'silver', name: 'orders', ms: 4900 },
      ]),
    ).toBe('  warning   crm.contacts: missing\n  silver    orders                           4.90 s\n');
  });
});

describe('how far a step is', () => {
  test.each<[string, Partial<Progress>]>([
    ['0.2 s', {}],
    ['12 s, 40 %, about 15 s left', { ms: 12_000, statement: { share: 0.4, ms: 10_000 } }],
    ['1 h 1 min, reading 2.0 MB', { ms: 3_660_000, reading: { part: 'a', bytes: 2e6 } }],
    [
      '3.0 s, 50 %, 100.0 MB of 200.0 MB, 50.0 MB/s',
      { ms: 3_000, statement: { share: 0.5, ms: 2_000 }, reading: { part: 'a', bytes: 2e8 } },
    ],
    ['3.0 s, reading 900 bytes', { ms: 3_000, statement: { share: 0, ms: 2_900 }, reading: { part: 'a', bytes: 900 } }],
  ])('is told as %s', (text, event) => {
    expect(describeProgress({ ...going, ...event })).toBe(text);
  });
});
