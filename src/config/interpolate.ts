import type { Problem } from '../base/errors.js';
import { rememberSecret } from '../base/redact.js';
import { didYouMean } from '../base/suggest.js';
import type { Environment, Vars } from './environment.js';
import { spell } from './problems.js';

/** What references may lead to; `vars` is null where they may not name any. */
export interface Scope {
  readonly environment: Environment;
  readonly vars: Vars | null;
}

type Path = readonly PropertyKey[];

/** `$${` for a plain `${`, or a reference. */
const reference = /\$\$\{|\$\{([^{}]*)\}/g;

/** Names of environment variables that hold secrets, by custom. */
const secretName = /SECRET|TOKEN|PASSW|PASSPHRASE|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY/i;

/**
 * A copy of plain data with every `${var.name}`, `${env.NAME}` and `${env.NAME:-default}` in its texts replaced; a text that
 * is one var and nothing else becomes the var's value, of its type. What leads nowhere is a problem and stays as it is.
 */
export function interpolate(value: unknown, at: Path, scope: Scope): { readonly value: unknown; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const walk = (inner: unknown, path: Path): unknown => {
    if (typeof inner === 'string') return filled(inner, path, scope, problems);
    if (Array.isArray(inner)) return inner.map((item, i) => walk(item, [...path, i]));
    if (!isPlain(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).map(([name, item]) => [name, walk(item, [...path, name])]));
  };
  return { value: walk(value, at), problems };
}

function filled(text: string, path: Path, scope: Scope, problems: Problem[]): unknown {
  if (!text.includes('${')) return text;
  const whole = /^\$\{\s*var\.(\w+)\s*\}$/.exec(text)?.[1];
  const typed = whole === undefined ? undefined : own(scope.vars ?? {}, whole);
  if (typed !== undefined) return typed;
  return text.replace(reference, (written, inner: string | undefined) => {
    if (inner === undefined) return '${';
    // `\${2,3}` in a pattern repeats a dollar sign.
    if (/^[\d,]+$/.test(inner)) return written;
    const [, kind, name = '', fallback] = /^\s*(var|env)\.(\w+)\s*(?::-(.*))?$/s.exec(inner) ?? [];
    const found =
      kind === 'var' ? own(scope.vars ?? {}, name) : kind === 'env' ? fromEnvironment(scope.environment, name, fallback) : undefined;
    if (found === undefined || (kind === 'var' && fallback !== undefined)) {
      problems.push({ path: spell(path), message: unfound(kind, name, fallback, scope) });
      return written;
    }
    // A secret belongs into a reference that is read when it is needed. Where it is put here all the same, it is masked at least.
    if (kind === 'env' && secretName.test(name)) rememberSecret(String(found));
    return String(found);
  });
}

/** Why a reference leads nowhere. What stands between the braces is not repeated unless it is a name. */
function unfound(kind: string | undefined, name: string, fallback: string | undefined, scope: Scope): string {
  if (kind === 'env') return `environment variable \`${name}\` is not set, nor in \`.env\`; \`\${env.${name}:-…}\` gives it a default`;
  if (kind === 'var' && scope.vars === null) return 'a var can refer to the environment, not to another var';
  if (kind === 'var' && fallback !== undefined) return `a var takes no default here: give \`${name}\` a value in \`vars\``;
  if (kind === 'var') {
    const known = Object.keys(scope.vars ?? {});
    return `unknown var \`${name}\`${known.length === 0 ? '; the project has no `vars`' : didYouMean(name, known)}`;
  }
  return `a reference is \`\${var.name}\` or \`\${env.NAME}\`; a plain \`\${\` is written \`$\${\``;
}

/** As shells read it: a default also stands for what is set to nothing. */
function fromEnvironment(environment: Environment, name: string, fallback: string | undefined): string | undefined {
  const set = own(environment, name);
  return set === undefined || (set === '' && fallback !== undefined) ? fallback : set;
}

/** What a record holds under a name; nothing that every object has. */
export function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Data that a file can spell; anything else, such as a function, is passed on untouched. */
export function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
