import { OnefoldError } from '../../base/errors.js';
import { didYouMean } from '../../base/suggest.js';
import type { Graph, GraphNode } from './graph.js';
import { nodeTypes, reach } from './graph.js';

/*
 * Selectors in the grammar that dbt's users know. A space is a union, a comma an intersection; `+x` is with all that x is
 * made from, `x+` with all that is made from it, `2+x` and `x+1` within so many steps, `@x` with everything that is needed to
 * build x and all that is made from it.
 */

/** What selectors are held against, beside the graph. */
export interface Known {
  /** Node → fingerprint of its definition, now. */
  readonly now: ReadonlyMap<string, string>;
  /** The same of an earlier state; null when there is none. */
  readonly before: ReadonlyMap<string, string> | null;
  /** Node → how it ended in an earlier run; null when there was none. */
  readonly results: ReadonlyMap<string, string> | null;
}

export interface Selection {
  readonly ids: ReadonlySet<string>;
  /** Criteria that matched nothing, each as a sentence. */
  readonly unmatched: readonly string[];
}

/** One criterion: a method with a value, and how far to go from what it matches. */
export interface Criterion {
  readonly text: string;
  readonly method: string;
  readonly value: string;
  /** Steps towards what it is made from; 0 for none, `Infinity` for all. */
  readonly parents: number;
  readonly children: number;
  /** `@`: its descendants, and all that they are made from. */
  readonly whole: boolean;
}

interface World extends Known {
  readonly graph: Graph;
}

/** A way to match nodes by a value. A new one is one entry here. */
type Method = (value: string, world: World) => (node: GraphNode) => boolean;

const states: Readonly<Record<string, (id: string, known: Known, before: ReadonlyMap<string, string>) => boolean>> = {
  new: (id, _known, before) => !before.has(id),
  old: (id, _known, before) => before.has(id),
  modified: (id, { now }, before) => before.get(id) !== now.get(id),
  unmodified: (id, { now }, before) => before.get(id) === now.get(id),
};

const outcomes = ['error', 'fail', 'skipped', 'success', 'warn'];

const methods: Readonly<Record<string, Method>> = {
  name: (value) => {
    const like = wildcard(value);
    return (node) => namesOf(node, value).some((name) => like.test(name)) || inFolder(node, value);
  },
  tag: (value) => {
    const like = wildcard(value);
    return (node) => node.tags.some((tag) => like.test(tag));
  },
  source: (value) => {
    const like = wildcard(value);
    return (node) => node.type === 'stream' && (like.test(node.source ?? '') || like.test(node.name));
  },
  path: (value) => {
    const like = wildcard(value.replace(/^\.\//, '').replace(/\/+$/, ''));
    return (node) => node.path !== null && foldersOf(node.path).some((path) => like.test(path));
  },
  file: (value) => {
    const like = wildcard(value);
    return (node) => {
      const file = node.path?.slice(node.path.lastIndexOf('/') + 1);
      return file !== undefined && (like.test(file) || like.test(file.replace(/\.sql$/, '')));
    };
  },
  resource_type: (value) => {
    const types = ['source', ...nodeTypes];
    if (!types.includes(value)) throw unknown('resource type', value, types);
    return (node) => node.type === (value === 'source' ? 'stream' : value);
  },
  stream: ofType('stream'),
  table: ofType('table'),
  entity: ofType('entity'),
  model: ofType('model'),
  metric: ofType('metric'),
  'config.materialized': (value) => (node) => node.materialized === value,
  'config.tags': (value, world) => methods['tag']?.(value, world) ?? (() => false),
  state: (value, world) => {
    const state = states[value];
    if (state === undefined) throw unknown('state', value, Object.keys(states));
    const { before } = world;
    if (before === null) {
      throw new OnefoldError('USAGE', `\`state:${value}\` has nothing to compare with: nothing is published yet`, {
        hint: 'Build once, or name the folder of a manifest.json with --state DIR.',
      });
    }
    return (node) => state(node.id, world, before);
  },
  result: (value, { results }) => {
    if (!outcomes.includes(value)) throw unknown('result', value, outcomes);
    if (results === null) {
      throw new OnefoldError('USAGE', `\`result:${value}\` has no run to look at`, {
        hint: 'Build once, or name the folder of a run_results.json with --state DIR.',
      });
    }
    return (node) => results.get(node.id) === value;
  },
};

function ofType(type: string): Method {
  return (value) => {
    const like = wildcard(value);
    return (node) => node.type === type && namesOf(node, value).some((name) => like.test(name));
  };
}

/**
 * Reads a criterion. Without a method, a value with a slash is a path, one that ends in `.sql` a file, any other a name.
 * @throws OnefoldError `USAGE` for one that is malformed or has a method that is not known
 */
export function parseCriterion(text: string): Criterion {
  const [, at = '', before, method, value = '', after] = /^(@)?(?:(\d*)\+)?(?:([A-Za-z_][\w.]*):)?(.+?)(?:\+(\d*))?$/.exec(text) ?? [];
  if (value === '' || /[+@]/.test(value) || (at !== '' && after !== undefined)) {
    throw new OnefoldError('USAGE', `\`${text}\` is no selector`, {
      hint: 'Write a name or a method:value, with `+` before or behind it, or `@` before it: `+revenue`, `tag:nightly+`, `@contacts`.',
    });
  }
  if (method !== undefined && !(method in methods)) throw unknown('selector method', method, Object.keys(methods));
  const steps = (given: string | undefined): number => (given === undefined ? 0 : given === '' ? Number.POSITIVE_INFINITY : Number(given));
  return {
    text,
    method: method ?? (value.includes('/') ? 'path' : value.endsWith('.sql') ? 'file' : 'name'),
    value,
    parents: steps(before),
    children: steps(after),
    whole: at !== '',
  };
}

/**
 * The nodes that some selectors choose, less those that others do; no selector chooses everything.
 * @throws OnefoldError `USAGE`
 */
export function selectNodes(graph: Graph, select: readonly string[], exclude: readonly string[], known: Known): Selection {
  const world: World = { ...known, graph };
  const unmatched: string[] = [];
  const chosen = unionsOf(select).length === 0 ? new Set(graph.byId.keys()) : union(world, select, unmatched);
  const without = union(world, exclude, unmatched);
  return { ids: new Set(graph.nodes.map((n) => n.id).filter((id) => chosen.has(id) && !without.has(id))), unmatched };
}

/** Criteria that are united; each of them may be an intersection. */
function unionsOf(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => text.split(/\s+/)).filter((part) => part !== '');
}

function union(world: World, texts: readonly string[], unmatched: string[]): ReadonlySet<string> {
  const out = new Set<string>();
  for (const part of unionsOf(texts)) {
    const parts = part.split(',').map((text) => chosenBy(world, parseCriterion(text)));
    const [first = new Set<string>(), ...others] = parts;
    const common = [...first].filter((id) => others.every((other) => other.has(id)));
    if (common.length === 0) unmatched.push(`\`${part}\` matches nothing${suggestion(world.graph, part)}`);
    for (const id of common) out.add(id);
  }
  return out;
}

function chosenBy(world: World, criterion: Criterion): ReadonlySet<string> {
  const { graph } = world;
  const matches = methods[criterion.method]?.(criterion.value, world) ?? (() => false);
  const found = graph.nodes.filter(matches).map((n) => n.id);
  const up = (id: string): readonly string[] => graph.byId.get(id)?.from ?? [];
  const down = (id: string): readonly string[] => graph.children.get(id) ?? [];
  if (criterion.whole) return reach(reach(found, down, Number.POSITIVE_INFINITY), up, Number.POSITIVE_INFINITY);
  return new Set([...reach(found, up, criterion.parents), ...reach(found, down, criterion.children)]);
}

/** Everything that a node may be called by a value: a dotted one may be an id or a relation too. */
function namesOf(node: GraphNode, value: string): readonly string[] {
  return value.includes('.') ? [node.id, node.name, ...node.makes] : [node.name];
}

/** Whether a node's file lies in a folder below `models/` that is called so: `staging`, `marts.finance`. */
function inFolder({ path }: GraphNode, value: string): boolean {
  const parts =
    path
      ?.replace(/\.sql$/, '')
      .split('/')
      .slice(1) ?? [];
  const wanted = value.split('.').map(wildcard);
  return wanted.length <= parts.length && wanted.every((like, i) => like.test(parts[i] ?? ''));
}

/** A path, and every folder that it lies in. */
function foldersOf(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
}

/** `*` stands for any text, `?` for one character, `[ab]` for one of some. */
function wildcard(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  try {
    return new RegExp(`^(?:${source.replaceAll('[!', '[^')})$`, 's');
  } catch {
    throw new OnefoldError('USAGE', `\`${pattern}\` is no pattern`, {
      hint: 'Close the bracket: `[ab]` stands for one of some characters.',
    });
  }
}

function suggestion(graph: Graph, part: string): string {
  const criterion = part.includes(',') ? null : parseCriterion(part);
  if (criterion === null || /[*?[]/.test(criterion.value)) return '';
  if (criterion.method === 'tag') return didYouMean(criterion.value, new Set(graph.nodes.flatMap((n) => n.tags)));
  const ofOne = nodeTypes.some((type) => type === criterion.method);
  if (criterion.method !== 'name' && !ofOne) return '';
  return didYouMean(criterion.value, new Set(graph.nodes.filter((n) => !ofOne || n.type === criterion.method).map((n) => n.name)));
}

function unknown(what: string, value: string, known: readonly string[]): OnefoldError {
  return new OnefoldError('USAGE', `unknown ${what} \`${value}\`${didYouMean(value, known)}`, {
    hint: 'docs/guides/selection.md lists what selectors may say.',
  });
}
