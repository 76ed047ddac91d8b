/**
 * The names that a glob (`*`, `?`, `**`, `[ab]`, `{a,b}`) matches, where there is no file system to ask: keys of objects,
 * members of archives. `*` and `?` stop at `/`; what is not closed stands for itself.
 */
export function globPattern(glob: string): RegExp {
  return new RegExp(`^${translated(glob)}$`, 's');
}

/** What every name that a glob matches begins with. */
export function globPrefix(glob: string): string {
  return /^[^*?[{]*/.exec(glob)?.[0] ?? '';
}

function translated(glob: string): string {
  let out = '';
  for (let at = 0; at < glob.length; ) {
    const rest = glob.slice(at);
    const [whole, inner = ''] = /^\{([^{}]*)\}/.exec(rest) ?? /^\[([^\]/]+)\]/.exec(rest) ?? [''];
    if (whole.startsWith('{')) out += `(?:${inner.split(',').map(translated).join('|')})`;
    else if (whole !== '') out += `[${inner.replace(/^!/, '^').replaceAll('\\', '\\\\').replaceAll('[', '\\[')}]`;
    else if (rest.startsWith('**/')) out += '(?:[^/]*/)*';
    else if (rest.startsWith('**')) out += '.*';
    else if (rest.startsWith('*')) out += '[^/]*';
    else if (rest.startsWith('?')) out += '[^/]';
    else out += rest.charAt(0).replace(/[\\^$.*+?()[\]{}|]/, '\\$&');
    at += whole.length || (rest.startsWith('**/') ? 3 : rest.startsWith('**') ? 2 : 1);
  }
  return out;
}
