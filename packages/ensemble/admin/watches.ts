/** What is watched, as `wchs`, `wchc` and `wchp` have it (Java `WatchesSummary`, `WatchesReport`, `WatchesPathReport`). */
import { formatHex } from '@vivarium/shared/zxid';
import type { ServerFacts } from './server-facts.ts';
import { joined } from './text.ts';

/** The answer to `wchs`. */
export function watchSummaryText(facts: ServerFacts): string {
  const { connections, paths, watches } = facts.watches().summary();
  return `${connections} connections watching ${paths} paths\nTotal watches:${watches}\n`;
}

/** The answer to `wchc`. */
export function watchesText(facts: ServerFacts): string {
  const watched = facts.watches().pathsBySession();
  return `${joined(watched, ([session, paths]) => group(formatHex(session), paths))}\n`;
}

/** The answer to `wchp`. */
export function watchesByPathText(facts: ServerFacts): string {
  const watched = facts.watches().sessionsByPath();
  return `${joined(watched, ([path, sessions]) => group(path, sessions.map(formatHex)))}\n`;
}

/** A line, and behind it one for each item. There may be a million of them. */
function group(head: string, items: Iterable<string>): string {
  return `${head}\n${joined(items, (item) => `\t${item}\n`)}`;
}
