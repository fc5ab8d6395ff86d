/** The cluster that was shown last: the one that a viewer comes back to from a page that has none. */
let last = '';

export function lastCluster(): string {
  return last;
}

export function rememberCluster(cluster: string): void {
  last = cluster;
}
