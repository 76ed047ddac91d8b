import { describe, expect, test } from 'vitest';
import type { Box, Line } from '../../src/site/layout.js';
import { laidOut } from '../../src/site/layout.js';

const gaps = { across: 10, along: 40 };
const boxesOf = (n: number): readonly Box[] => Array.from({ length: n }, (_, i) => ({ id: `b${i}`, width: 60, height: 20 }));
/** Every box reads two of those before it, so that the graph is deep and crossed. */
const linesOf = (n: number): readonly Line[] =>
  Array.from({ length: n }, (_, i) => i).flatMap((i) =>
    i === 0
      ? []
      : [
          { from: `b${Math.floor(i / 2)}`, to: `b${i}` },
          { from: `b${Math.floor(i / 3)}`, to: `b${i}` },
        ],
  );

describe.each([[30], [1_000]])('a graph of %i boxes', (n) => {
  const drawing = laidOut(boxesOf(n), linesOf(n), gaps);

  test('has a place for every box, none over another', () => {
    expect(drawing.boxes.size).toBe(n);
    const places = [...drawing.boxes.values()];
    const overlapping = places.filter((a, i) => places.some((b, j) => j > i && Math.abs(a.x - b.x) < 60 && Math.abs(a.y - b.y) < 20));
    expect(overlapping).toEqual([]);
  });

  test('puts what is made to the right of what it is made from', () => {
    for (const { from, to } of linesOf(n))
      if (from !== to) expect(drawing.boxes.get(to)?.x).toBeGreaterThan(drawing.boxes.get(from)?.x ?? Number.NaN);
  });

  test('is laid out the same way again', () => {
    expect(laidOut(boxesOf(n), linesOf(n), gaps)).toEqual(drawing);
  });
});

test('a circle, a line to oneself and a line to nowhere break nothing', () => {
  const lines = [...linesOf(200), { from: 'b199', to: 'b1' }, { from: 'b3', to: 'b3' }, { from: 'b3', to: 'gone' }];
  expect(laidOut(boxesOf(200), lines, gaps).boxes.size).toBe(200);
  expect(
    laidOut(
      boxesOf(5),
      [
        { from: 'b1', to: 'b2' },
        { from: 'b2', to: 'b1' },
      ],
      gaps,
    ).boxes.size,
  ).toBe(5);
});
