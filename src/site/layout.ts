import { Graph, layout } from '@dagrejs/dagre';

/** A box to be placed; sizes are in pixels of an unscaled drawing. */
export interface Box {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

/** A line between two boxes; `label` asks for room in its middle. */
export interface Line {
  readonly from: string;
  readonly to: string;
  readonly label?: { readonly width: number; readonly height: number };
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where everything lies: boxes by their upper left corner, lines by the points that they pass, labels by their middle. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly boxes: ReadonlyMap<string, Point>;
  readonly lines: readonly {
    readonly from: string;
    readonly to: string;
    readonly points: readonly Point[];
    readonly label: Point | null;
  }[];
}

/** Beyond so many boxes a careful layout takes seconds; a plain one is read as well then, as nobody follows each line. */
const careful = 160;

/** Lays a graph out from left to right; the same graph is always laid out the same way. Lines to unknown boxes are left out. */
export function laidOut(boxes: readonly Box[], lines: readonly Line[], gaps: { readonly across: number; readonly along: number }): Drawing {
  const known = new Set(boxes.map((b) => b.id));
  const drawn = lines.filter((l) => known.has(l.from) && known.has(l.to) && l.from !== l.to);
  return boxes.length > careful ? inColumns(boxes, drawn, gaps) : byDagre(boxes, drawn, gaps);
}

function byDagre(boxes: readonly Box[], lines: readonly Line[], gaps: { readonly across: number; readonly along: number }): Drawing {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'LR', nodesep: gaps.across, ranksep: gaps.along, edgesep: 8, marginx: 12, marginy: 12 });
  for (const { id, width, height } of boxes) graph.setNode(id, { width, height });
  lines.forEach((line, i) => {
    graph.setEdge(line.from, line.to, { ...(line.label === undefined ? {} : { ...line.label, labelpos: 'c' }) }, String(i));
  });
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width,
    height,
    boxes: new Map(
      boxes.map((b) => {
        const at = graph.node(b.id);
        return [b.id, { x: at.x - b.width / 2, y: at.y - b.height / 2 }];
      }),
    ),
    lines: lines.map((line, i) => {
      const edge = graph.edge(line.from, line.to, String(i));
      return {
        from: line.from,
        to: line.to,
        points: edge.points ?? [],
        label: line.label === undefined || edge.x === undefined || edge.y === undefined ? null : { x: edge.x, y: edge.y },
      };
    }),
  };
}

/** Columns by the longest way to a box, in each column near to what the box comes from. */
function inColumns(boxes: readonly Box[], lines: readonly Line[], gaps: { readonly across: number; readonly along: number }): Drawing {
  const before = new Map<string, string[]>(boxes.map((b) => [b.id, []]));
  for (const line of lines) before.get(line.to)?.push(line.from);
  const rank = new Map<string, number>();
  const rankOf = (id: string, path: ReadonlySet<string>): number => {
    const found = rank.get(id);
    if (found !== undefined) return found;
    // What closes a circle is passed over.
    const ways = (before.get(id) ?? []).filter((b) => !path.has(b)).map((b) => rankOf(b, new Set([...path, id])) + 1);
    const longest = Math.max(0, ...ways);
    rank.set(id, longest);
    return longest;
  };
  for (const box of boxes) rankOf(box.id, new Set([box.id]));
  const columns: Box[][] = [];
  for (const box of boxes) {
    const place = rank.get(box.id) ?? 0;
    while (columns.length <= place) columns.push([]);
    columns[place]?.push(box);
  }
  const at = new Map<string, Point>();
  let x = 12;
  let height = 0;
  for (const column of columns) {
    const pull = (box: Box): number => {
      const from = (before.get(box.id) ?? []).flatMap((b) => at.get(b)?.y ?? []);
      return from.length === 0 ? 0 : from.reduce((a, b) => a + b, 0) / from.length;
    };
    const ordered = column.map((box) => ({ box, pull: pull(box) })).sort((a, b) => a.pull - b.pull);
    let y = 12;
    for (const { box } of ordered) {
      at.set(box.id, { x, y });
      y += box.height + gaps.across;
    }
    height = Math.max(height, y);
    x += Math.max(...column.map((b) => b.width)) + gaps.along * 2;
  }
  const sizes = new Map(boxes.map((b) => [b.id, b]));
  return {
    width: x,
    height,
    boxes: at,
    lines: lines.map(({ from, to }) => {
      const [a, b] = [at.get(from) ?? { x: 0, y: 0 }, at.get(to) ?? { x: 0, y: 0 }];
      const start = { x: a.x + (sizes.get(from)?.width ?? 0), y: a.y + (sizes.get(from)?.height ?? 0) / 2 };
      const end = { x: b.x, y: b.y + (sizes.get(to)?.height ?? 0) / 2 };
      return { from, to, points: [start, end], label: null };
    }),
  };
}
