/** Patterns of paths: `*` stands for any text within a name, `**` for any number of names, none among them. */

export interface PathPattern {
  /** Text that the last name of each path that matches holds, in lower case; empty where there is none. */
  readonly needle: string;
  matches(path: string): boolean;
}

/** A pattern that does not begin with a slash may begin anywhere. A `**` at its end stands for one name at least. */
export function pathPattern(text: string): PathPattern {
  const names = text.split('/').filter((name) => name !== '');
  if (!text.startsWith('/')) names.unshift('**');
  if (names.at(-1) === '**') names.push('*');
  const last = names.at(-1) ?? '';
  const needle = last
    .split('*')
    .reduce((longest, part) => (part.length > longest.length ? part : longest), '')
    .toLowerCase();
  return {
    needle,
    matches: (path) => matchesAll(names, path === '/' ? [] : path.slice(1).split('/'), nameMatches, '**'),
  };
}

function nameMatches(pattern: string, name: string): boolean {
  if (pattern === '*') return true;
  return pattern.includes('*') ? matchesAll([...pattern], [...name], (a, b) => a === b, '*') : pattern === name;
}

/**
 * Whether the parts match, of which `any` stands for as many as it takes. It goes back to the last such part only, so that no
 * pattern takes longer than its length times the path's.
 */
function matchesAll<T>(pattern: readonly T[], parts: readonly T[], isOne: (a: T, b: T) => boolean, any: T): boolean {
  let at = 0;
  let back = -1;
  let backPart = 0;
  for (let part = 0; part < parts.length; ) {
    const wanted = pattern[at];
    const here = parts[part];
    if (wanted === any) {
      back = at++;
      backPart = part;
    } else if (wanted !== undefined && here !== undefined && isOne(wanted, here)) {
      at++;
      part++;
    } else if (back >= 0) {
      at = back + 1;
      part = ++backPart;
    } else {
      return false;
    }
  }
  while (pattern[at] === any) at++;
  return at === pattern.length;
}
