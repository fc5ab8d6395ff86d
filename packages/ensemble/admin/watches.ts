/** What is watched, as `wchs`, `wchc` and `wchp` have it (Java `WatchesSummary`, `WatchesReport`, `WatchesPathReport`). */
import { formatHex } from '@vivarium/shared/zxid';
import type { ServerFacts } from './server-facts.ts';

/** The answer to `wchs`. */
export function watchSummaryText(facts: ServerFacts): string {
  const { connections, paths, watches } = facts.watches().summary();
  return `${connections} connections watching ${paths} paths\nTotal watches:${watches}\n`;
}

/** The answer to `wchc`. */
export function watchesText(facts: ServerFacts): string {
  return groups([...facts.watches().pathsBySession()].map(([session, paths]) => [formatHex(session), [...paths]]));
}

/** The answer to `wchp`. */
export function watchesByPathText(facts: ServerFacts): string {
  return groups([...facts.watches().sessionsByPath()].map(([path, sessions]) => [path, sessions.map(formatHex)]));
}

function groups(all: readonly (readonly [string, readonly string[]])[]): string {
  return `${all.map(([head, items]) => `${head}\n${items.map((item) => `\t${item}\n`).join('')}`).join('')}\n`;
}
