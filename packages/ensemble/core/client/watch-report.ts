/** Who watches what, for those who run a server (Java `WatchesSummary`, `WatchesReport`, `WatchesPathReport`). */
import type { ClientId } from '../io.ts';
import type { Watches } from './watches.ts';

/** How many connections watch, how many paths are watched, and how many pairs of the two there are. */
export interface WatchSummary {
  readonly connections: number;
  readonly paths: number;
  readonly watches: number;
}

/** Who watches a path in two ways is counted once. What one kind alone holds, be it a million, is not walked through. */
export function summaryOf(kinds: readonly Watches[]): WatchSummary {
  const used = kinds.filter(({ count }) => count > 0);
  const clients = new Set<ClientId>();
  let paths = 0;
  let watches = 0;
  for (const [i, kind] of used.entries()) {
    const others = used.slice(0, i);
    for (const client of kind.clients()) clients.add(client);
    if (others.length === 0) {
      paths += kind.pathCount;
      watches += kind.count;
      continue;
    }
    for (const path of kind.paths()) if (!others.some((other) => other.isWatched(path))) paths++;
    for (const client of kind.clients()) {
      for (const path of kind.pathsOf(client)) if (!others.some((other) => other.has(client, path))) watches++;
    }
  }
  return { connections: clients.size, paths, watches };
}

/** The paths that each client watches. */
export function pathsByClient(kinds: readonly Watches[]): Map<ClientId, Set<string>> {
  const report = new Map<ClientId, Set<string>>();
  for (const kind of kinds) {
    for (const client of kind.clients()) {
      const paths = report.get(client) ?? new Set();
      for (const path of kind.pathsOf(client)) paths.add(path);
      report.set(client, paths);
    }
  }
  return report;
}

/** The clients that watch each path, one path after another: of a million no second copy is made. */
export function* clientsByPath(kinds: readonly Watches[]): Generator<readonly [string, ReadonlySet<ClientId>]> {
  for (const [i, kind] of kinds.entries()) {
    const earlier = kinds.slice(0, i);
    for (const path of kind.paths()) {
      if (earlier.some((other) => other.isWatched(path))) continue;
      const clients = new Set<ClientId>();
      for (const other of kinds.slice(i)) other.find(path, clients);
      yield [path, clients];
    }
  }
}
