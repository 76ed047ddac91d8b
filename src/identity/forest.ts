/** Nodes in trees, each known by its root: which nodes hang together (union-find, with paths made short as they are walked). */
export interface Forest<T> {
  /** The root of the tree that a node is in; a node that was never joined is its own. */
  readonly find: (node: T) => T;
  /** Puts one tree under another, by their roots. */
  readonly join: (root: T, under: T) => void;
}

/** A forest of the nodes 0 to `size` - 1. */
export function denseForest(size: number): Forest<number> {
  const parents = new Int32Array(size);
  for (let i = 0; i < size; i++) parents[i] = i;
  return climbing(
    (node) => parents[node] ?? node,
    (node, parent) => {
      parents[node] = parent;
    },
  );
}

/** The largest of some nodes; -1 where there is none. */
export function largestOf(nodes: Float64Array | Int32Array): number {
  let largest = -1;
  for (const node of nodes) if (node > largest) largest = node;
  return largest;
}

/** A forest of any nodes. */
export function forest<T>(): Forest<T> {
  const parents = new Map<T, T>();
  return climbing(
    (node) => parents.get(node) ?? node,
    (node, parent) => {
      parents.set(node, parent);
    },
  );
}

function climbing<T>(parentOf: (node: T) => T, put: (node: T, parent: T) => void): Forest<T> {
  const find = (node: T): T => {
    let root = node;
    for (let up = parentOf(root); up !== root; up = parentOf(root)) root = up;
    for (let at = node; at !== root; ) {
      const next = parentOf(at);
      put(at, root);
      at = next;
    }
    return root;
  };
  return { find, join: put };
}
