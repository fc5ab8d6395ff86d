/** Why a path is not one, in words that can stand after the path itself; null for a good path. Java `PathUtils`. */
export function pathFault(path: string): string | null {
  if (path.length === 0) return 'is empty';
  if (path.charCodeAt(0) !== 47) return 'must start with /';
  if (path.length === 1) return null;
  if (path.charCodeAt(path.length - 1) === 47) return 'must not end with /';
  let segmentStart = 1;
  for (let i = 1; i <= path.length; i++) {
    const unit = i === path.length ? 47 : path.charCodeAt(i);
    if (unit === 47) {
      const length = i - segmentStart;
      if (length === 0) return `has an empty segment at ${i}`;
      if (path.charCodeAt(segmentStart) === 46) {
        if (length === 1) return `has a relative segment at ${segmentStart}`;
        if (length === 2 && path.charCodeAt(segmentStart + 1) === 46)
          return `has a relative segment at ${segmentStart}`;
      }
      segmentStart = i + 1;
    } else if (isRefused(unit)) {
      return `has a character that is not allowed (U+${unit.toString(16).padStart(4, '0')}) at ${i}`;
    }
  }
  return null;
}

function isRefused(unit: number): boolean {
  if (unit < 0x7f) return unit < 0x20;
  return unit <= 0x9f || (unit >= 0xd800 && unit <= 0xf8ff) || unit >= 0xfff0;
}

/** The parent of a path: `/` for `/a`, and the empty string for `/` itself. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  if (slash > 0) return path.slice(0, slash);
  return path.length > 1 ? '/' : '';
}

/** The last segment of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
