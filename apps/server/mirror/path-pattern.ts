/** Patterns of paths: `*` stands for any text within a name, `**` for any number of names, none among them. */

export interface PathPattern {
  /** What every path that matches is below, or is. */
  readonly below: string;
  /** Text that the last name of each path that matches holds, in lower case; empty where there is none. */
  readonly needle: string;
  matches(path: string): boolean;
}

/** The texts between the stars of a name; null stands for any number of names. */
type NamePattern = readonly string[] | null;

/** A pattern that does not begin with a slash may begin anywhere. A `**` at its end stands for one name at least. */
export function pathPattern(text: string): PathPattern {
  const names = text.split('/').filter((name) => name !== '');
  if (!text.startsWith('/')) names.unshift('**');
  if (names.at(-1) === '**') names.push('*');
  const firstStar = names.findIndex((name) => name.includes('*'));
  const literal = firstStar < 0 ? names : names.slice(0, firstStar);
  const patterns = names.map((name): NamePattern => (name === '**' ? null : name.split('*')));
  const needle = (patterns.at(-1) ?? []).reduce((longest, part) => (part.length > longest.length ? part : longest), '');
  return {
    below: `/${literal.join('/')}`,
    needle: needle.toLowerCase(),
    matches: (path) => pathMatches(patterns, path),
  };
}

/**
 * Goes back to the last `**` only, and in a name takes each text at its first place, so that no pattern takes longer than its
 * length times the path's.
 */
function pathMatches(patterns: readonly NamePattern[], path: string): boolean {
  const end = path === '/' ? 0 : path.length;
  /** Where the name begins, behind its slash. */
  let start = 1;
  let at = 0;
  let back = -1;
  let backStart = 0;
  while (start <= end) {
    const wanted = patterns[at];
    const nameEnd = endOfName(path, start);
    if (wanted === null) {
      back = at++;
      backStart = start;
    } else if (wanted !== undefined && nameMatches(wanted, path, start, nameEnd)) {
      at++;
      start = nameEnd + 1;
    } else if (back >= 0) {
      at = back + 1;
      backStart = endOfName(path, backStart) + 1;
      start = backStart;
    } else {
      return false;
    }
  }
  while (patterns[at] === null) at++;
  return at === patterns.length;
}

function endOfName(path: string, start: number): number {
  const slash = path.indexOf('/', start);
  return slash < 0 ? path.length : slash;
}

function nameMatches(parts: readonly string[], path: string, start: number, end: number): boolean {
  const first = parts[0] ?? '';
  if (!path.startsWith(first, start)) return false;
  let at = start + first.length;
  if (parts.length === 1) return at === end;
  const last = parts[parts.length - 1] ?? '';
  for (let part = 1; part < parts.length - 1; part++) {
    const text = parts[part] ?? '';
    const found = path.indexOf(text, at);
    if (found < 0) return false;
    at = found + text.length;
  }
  return end - last.length >= at && path.startsWith(last, end - last.length);
}
