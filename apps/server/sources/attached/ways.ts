/** The ways into an attached cluster: how each stands, for all of it and for single servers, and since when. */

import type { Way, WayInfo, WayReason, WayState } from '@vivarium/shared/contract/source';
import type { ClusterDefinition } from './cluster-definition.ts';

const ALL: readonly Way[] = ['client', 'observer', 'election', 'words', 'admin'];
const UNTRIED: WayState = { state: 'trying', reason: null, heardMs: null };
/** How long a change waits for others, so that viewers are told once of what belongs together. */
const TELL_MS = 1_000;

export class Ways {
  private readonly whole = new Map<Way, WayState>(ALL.map((way) => [way, UNTRIED]));
  private readonly servers = new Map<Way, Map<number, WayState>>(ALL.map((way) => [way, new Map()]));
  private readonly changed: () => void;
  private timer: NodeJS.Timeout | null = null;

  /** `changed` is called at most once a second; an age that only grows is no change. */
  constructor(allowed: ClusterDefinition['ways'], changed: () => void) {
    this.changed = changed;
    for (const way of ['observer', 'election', 'words', 'admin'] as const) {
      if (!allowed[way]) this.failed(way, null, { code: 'turnedOff', params: {} });
    }
  }

  /** All ways, in a fixed order. */
  infos(): WayInfo[] {
    return ALL.map((way) => ({
      way,
      ...(this.whole.get(way) ?? UNTRIED),
      servers: Object.fromEntries(this.servers.get(way) ?? []),
    }));
  }

  isOpen(way: Way): boolean {
    return this.whole.get(way)?.state === 'open';
  }

  /** Something came this way. */
  heard(way: Way, sid: number | null = null, heardMs = Date.now()): void {
    this.set(way, sid, { state: 'open', reason: null, heardMs });
  }

  /** It is closed; a server's failure closes the way as a whole where no server is left open. */
  failed(way: Way, sid: number | null, reason: WayReason): void {
    const { heardMs } = this.get(way, sid);
    this.set(way, sid, { state: 'closed', reason, heardMs });
  }

  /** It is being tried, again or for the first time; why it was closed stays until it is open. */
  trying(way: Way): void {
    const { reason, heardMs } = this.get(way, null);
    this.set(way, null, { state: 'trying', reason, heardMs });
  }

  /** Forgets servers that are no longer members. */
  keep(sids: ReadonlySet<number>): void {
    for (const states of this.servers.values()) {
      for (const sid of [...states.keys()]) if (!sids.has(sid)) states.delete(sid);
    }
  }

  /** Something else of what viewers are told with the ways has changed. */
  touch(): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.changed();
    }, TELL_MS);
  }

  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private get(way: Way, sid: number | null): WayState {
    return (sid === null ? this.whole.get(way) : this.servers.get(way)?.get(sid)) ?? UNTRIED;
  }

  private set(way: Way, sid: number | null, next: WayState): void {
    const before = this.get(way, sid);
    if (sid === null) this.whole.set(way, next);
    else this.servers.get(way)?.set(sid, next);
    if (!isSame(before, next)) this.touch();
    if (sid !== null) this.whole.set(way, this.summary(way));
  }

  /** The way as a whole, where it has a state for each server. */
  private summary(way: Way): WayState {
    const states = [...(this.servers.get(way)?.values() ?? [])];
    const heard = states.flatMap(({ heardMs }) => (heardMs === null ? [] : [heardMs]));
    const heardMs = heard.length === 0 ? null : Math.max(...heard);
    if (states.some(({ state }) => state === 'open')) return { state: 'open', reason: null, heardMs };
    const closed = states.find(({ state }) => state === 'closed');
    return closed === undefined ? { ...UNTRIED, heardMs } : { state: 'closed', reason: closed.reason, heardMs };
  }
}

function isSame(a: WayState, b: WayState): boolean {
  return a.state === b.state && a.reason?.code === b.reason?.code && (a.heardMs === null) === (b.heardMs === null);
}
