/** The two halves of a dotted name such as `stripe.payments`, split at the first dot; null where there is no such form. */
export function splitDotted(name: string): readonly [string, string] | null {
  const dot = name.indexOf('.');
  return dot > 0 && dot < name.length - 1 ? [name.slice(0, dot), name.slice(dot + 1)] : null;
}

/** Names without those that another has already, in whatever case; each as it came first. */
export function distinctInAnyCase(names: readonly string[]): readonly string[] {
  const found = new Map<string, string>();
  for (const name of names) if (!found.has(name.toLowerCase())) found.set(name.toLowerCase(), name);
  return [...found.values()];
}
