/**
 * What is open on somebody's screen is kept live by watches of the one session with the cluster: at most one for each
 * distinct path, none where an open path above has a recursive one, and none that tells faster than anybody can look.
 */
import type { ClientState, ZooKeeperClient } from '@vivarium/client/zookeeper-client';
import { ApiFailure } from '../api-failure.ts';
import { PathWatch, REFRESH_MS, type SeenChange } from './path-watch.ts';
import type { RequestGate } from './request-gate.ts';
import type { SharedSession } from './shared-session.ts';
import { TreeClient } from './tree-client.ts';
import { coverOf, type WatchLevel } from './watch-cover.ts';

export interface OpenPathsEvents {
  /** At once, with each path of which something has changed, or may have. */
  touched(path: string): void;
  /** What watches have told, a moment later; of one path each kind of change once. */
  seen(changes: readonly SeenChange[]): void;
  /** What a viewer has read of these paths may be old, though nobody has told of a change. */
  refresh(viewer: string, paths: readonly string[]): void;
}

/** What is open on all screens together; further paths are read when somebody asks for them. */
const MAX_PATHS = 1_000;
/** A path that nobody looks at any more is watched for a while: people go back. */
const LINGER_MS = 2_000;
/** A watch that tells more than this in a second is too hot. */
const MAX_EVENTS_PER_SECOND = 100;
/** All watches together. */
const MAX_EVENTS_PER_SECOND_OF_ALL = 300;
/** How long a hot path is left at its lower level, first and at most. */
const MIN_COOLING_MS = 60_000;
const MAX_COOLING_MS = 900_000;
const GATHER_MS = 50;
const WINDOW_MS = 1_000;
/** Its watches may be asked for by others too, and a removal takes all of a path. */
const NEVER_WATCHED = '/zookeeper/config';

interface OpenPath {
  readonly viewers: Set<string>;
  /** Null while somebody looks. */
  leaving: NodeJS.Timeout | null;
}

/** A path whose watch told too much. */
interface Heat {
  /** Null: it is tried again. */
  readonly level: 'node' | 'interval' | null;
  readonly coolingMs: number;
  readonly untilMs: number;
}

export class OpenPaths {
  private readonly session: Pick<SharedSession, 'client'>;
  private readonly gate: RequestGate;
  private readonly events: OpenPathsEvents;
  private readonly paths = new Map<string, OpenPath>();
  private readonly watches = new Map<string, PathWatch>();
  private readonly hot = new Map<string, Heat>();
  private client: ZooKeeperClient | null = null;
  /** `old`: they cannot watch subtrees, before 3.6. */
  private servers: 'unknown' | 'new' | 'old' = 'unknown';
  private active = true;
  private closed = false;
  private readonly told = new Map<PathWatch, number>();
  private toldOfAll = 0;
  private readonly gathered = new Map<string, SeenChange>();
  private readonly old = new Set<string>();
  private readonly later = new Map<string, NodeJS.Timeout>();
  private gathering: NodeJS.Timeout | null = null;
  private planning = false;
  private readonly clock: NodeJS.Timeout;

  constructor(session: Pick<SharedSession, 'client'>, gate: RequestGate, events: OpenPathsEvents) {
    this.session = session;
    this.gate = gate;
    this.events = events;
    this.clock = setInterval(() => this.windowOver(), WINDOW_MS);
    this.clock.unref();
  }

  /** All that a viewer has open now; an empty list when he has gone. */
  open(viewer: string, paths: readonly string[]): void {
    const now = new Set(paths);
    for (const [path, open] of this.paths) if (!now.has(path)) this.shut(path, open, viewer);
    for (const path of now) {
      const open = this.paths.get(path);
      if (open === undefined && this.paths.size >= MAX_PATHS) continue;
      const { viewers } = open ?? { viewers: new Set<string>() };
      if (open?.leaving != null) clearTimeout(open.leaving);
      this.paths.set(path, { viewers: viewers.add(viewer), leaving: null });
    }
    this.plan();
  }

  /** Whether watches are wanted: not where all changes are known anyway. */
  setActive(active: boolean): void {
    if (active === this.active) return;
    this.active = active;
    this.plan();
    // From now on the answers come from elsewhere.
    for (const path of this.paths.keys()) this.refresh(path);
  }

  /** Whether a change of the path's data or list would be told; `deep`: one of its children's data too. */
  isWatched(path: string, deep: boolean): boolean {
    if (this.client?.state !== 'connected' || this.sessionClient() !== this.client) return false;
    const own = this.watches.get(path)?.level;
    if (own === 'recursive' || (own === 'node' && !deep)) return true;
    return coverOf(path, this.levelOf) !== null;
  }

  /** How often an open path is looked at, where its changes are not told one by one; null where they are, or it is not open. */
  everyMs(path: string): number | null {
    const level = this.watches.get(path)?.level ?? null;
    return level === null || level === 'recursive' ? null : REFRESH_MS;
  }

  /** Has the path read again by whoever has it open, after a while. */
  refreshIn(path: string, ms: number): void {
    if (this.later.has(path) || !this.paths.has(path) || this.closed) return;
    const timer = setTimeout(() => {
      this.later.delete(path);
      this.refresh(path);
    }, ms);
    this.later.set(path, timer);
  }

  close(): void {
    this.closed = true;
    clearInterval(this.clock);
    for (const timer of this.later.values()) clearTimeout(timer);
    if (this.gathering !== null) clearTimeout(this.gathering);
    for (const { leaving } of this.paths.values()) if (leaving !== null) clearTimeout(leaving);
    this.forget();
  }

  private readonly onState = (state: ClientState): void => {
    if (state !== 'connected' && state !== 'connectedReadOnly') return;
    // Watches that last are set again, but nobody tells of what they missed (Java `DataTree.setWatches`).
    for (const path of this.paths.keys()) this.refresh(path);
  };

  private shut(path: string, open: OpenPath, viewer: string): void {
    if (!open.viewers.delete(viewer) || open.viewers.size > 0) return;
    open.leaving = setTimeout(() => {
      this.paths.delete(path);
      this.plan();
    }, LINGER_MS);
    open.leaving.unref();
  }

  /** The watches of another session are not ours. */
  private forget(): void {
    for (const watch of this.watches.values()) watch.abandon();
    this.watches.clear();
    this.told.clear();
    this.client?.off('state', this.onState);
  }

  /** Null while there is none yet. */
  private sessionClient(): ZooKeeperClient | null {
    try {
      return this.session.client;
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      return null;
    }
  }

  /** Brings the watches in line with what is open, once for all that happens in one go. */
  private plan(): void {
    if (this.planning || this.closed) return;
    this.planning = true;
    queueMicrotask(() => {
      this.planning = false;
      if (!this.closed) this.planNow();
    });
  }

  private planNow(): void {
    const client = this.sessionClient();
    if (client !== this.client) {
      this.forget();
      this.client = client;
      client?.on('state', this.onState);
      this.servers = 'unknown';
    }
    if (client === null) return;
    const wanted = this.wantedLevels();
    for (const [path, watch] of this.watches) {
      const level = wanted.get(path) ?? null;
      // What is covered keeps its own watch until the cover is in force.
      if (level === null && this.paths.has(path) && this.active && coverOf(path, this.levelOf) === null) continue;
      watch.want(level);
    }
    for (const [path, level] of wanted) {
      if (this.watches.has(path)) continue;
      // One server that does not know the request closes the connection: one is asked first.
      if (level !== 'interval' && this.servers === 'unknown' && this.isAsking) continue;
      const watch = new PathWatch(path, new TreeClient(client, this.gate), {
        seen: (event, from) => this.seen(event, from),
        established: (from) => this.established(from),
        refresh: (old) => this.refresh(old),
        tooOld: () => {
          this.servers = 'old';
          this.plan();
        },
        left: (from) => {
          if (this.watches.get(path) === from) this.watches.delete(path);
        },
      });
      this.watches.set(path, watch);
      watch.want(level);
    }
  }

  private get isAsking(): boolean {
    return [...this.watches.values()].some(({ goal }) => goal !== 'interval');
  }

  /** By path; a path that is covered has none. */
  private wantedLevels(): ReadonlyMap<string, WatchLevel> {
    const wanted = new Map<string, WatchLevel>();
    if (!this.active) return wanted;
    const goal = (path: string): WatchLevel | null => (this.paths.has(path) ? this.goalOf(path) : null);
    for (const path of this.paths.keys()) if (coverOf(path, goal) === null) wanted.set(path, this.goalOf(path));
    return wanted;
  }

  private goalOf(path: string): WatchLevel {
    if (path === NEVER_WATCHED) return 'interval';
    const level = this.hot.get(path)?.level;
    if (this.servers === 'old') return level === 'interval' ? 'interval' : 'plain';
    return level ?? 'recursive';
  }

  private readonly levelOf = (path: string): WatchLevel | null => this.watches.get(path)?.level ?? null;

  private established(watch: PathWatch): void {
    if (this.servers === 'unknown' && watch.level !== 'interval') this.servers = 'new';
    // What was read a moment before may lack a change that nobody told of.
    this.refresh(watch.path);
    this.plan();
  }

  private seen(event: SeenChange, watch: PathWatch): void {
    this.gather(event);
    const count = (this.told.get(watch) ?? 0) + 1;
    this.told.set(watch, count);
    this.toldOfAll++;
    if (count > MAX_EVENTS_PER_SECOND) this.cool(watch);
    else if (this.toldOfAll > MAX_EVENTS_PER_SECOND_OF_ALL) this.cool(this.hottest());
  }

  private hottest(): PathWatch | null {
    let hottest: PathWatch | null = null;
    for (const [watch, count] of this.told) {
      if (hottest === null || count > (this.told.get(hottest) ?? 0)) hottest = watch;
    }
    return hottest;
  }

  /** Takes a watch that tells too much down by one level, for a while. */
  private cool(watch: PathWatch | null): void {
    const now = watch?.level;
    if (watch === null || now === null || now === undefined || now === 'interval') return;
    this.toldOfAll -= this.told.get(watch) ?? 0;
    this.told.delete(watch);
    // What is on its way down already tells a little longer.
    if (watch.goal !== now) return;
    const before = this.hot.get(watch.path);
    const coolingMs = Math.min(before === undefined ? MIN_COOLING_MS : before.coolingMs * 2, MAX_COOLING_MS);
    const level = now === 'recursive' ? 'node' : 'interval';
    this.hot.set(watch.path, { level, coolingMs, untilMs: performance.now() + coolingMs });
    this.plan();
  }

  private windowOver(): void {
    if (this.paths.size > 0 && this.client !== this.sessionClient()) this.plan();
    this.told.clear();
    this.toldOfAll = 0;
    const nowMs = performance.now();
    for (const [path, heat] of this.hot) {
      if (heat.untilMs > nowMs) continue;
      // It is tried again, and remembered for a while that it was hot: the next time it rests for longer.
      if (!this.paths.has(path) || nowMs - heat.untilMs > heat.coolingMs) this.hot.delete(path);
      else if (heat.level !== null) this.hot.set(path, { ...heat, level: null });
      this.plan();
    }
  }

  private gather(change: SeenChange): void {
    this.events.touched(change.path);
    const kind = change.type === 'created' || change.type === 'deleted' ? 'existence' : change.type;
    const key = `${kind} ${change.path}`;
    // The last one counts, and its place in the order.
    this.gathered.delete(key);
    this.gathered.set(key, change);
    this.tellSoon();
  }

  private refresh(path: string): void {
    this.events.touched(path);
    this.old.add(path);
    this.tellSoon();
  }

  private tellSoon(): void {
    this.gathering ??= setTimeout(() => {
      this.gathering = null;
      const changes = [...this.gathered.values()];
      this.gathered.clear();
      if (changes.length > 0) this.events.seen(changes);
      const byViewer = new Map<string, string[]>();
      for (const path of this.old) {
        for (const viewer of this.paths.get(path)?.viewers ?? []) {
          const paths = byViewer.get(viewer) ?? [];
          paths.push(path);
          byViewer.set(viewer, paths);
        }
      }
      this.old.clear();
      for (const [viewer, paths] of byViewer) this.events.refresh(viewer, paths);
    }, GATHER_MS);
  }
}
