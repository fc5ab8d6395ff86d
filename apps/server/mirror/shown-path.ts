/** Paths of a cluster as they are shown, below the root of what is attached, which is itself `/`. */

/** The root in the form that `shownPath` and `clusterPath` take: `/` for all of a cluster. */
export function normalRoot(root: string): string {
  return root === '' ? '/' : root;
}

/** As it is shown; null for what is outside. */
export function shownPath(path: string, root: string): string | null {
  if (root === '/') return path;
  if (path === root) return '/';
  return path.startsWith(`${root}/`) ? path.slice(root.length) : null;
}

/** The path in the cluster of one that is shown. */
export function clusterPath(shown: string, root: string): string {
  if (root === '/') return shown;
  return shown === '/' ? root : root + shown;
}
