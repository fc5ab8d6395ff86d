/** The watch on one open path, brought from one level to the next, one request at a time. */
import { ZooKeeperError } from '@vivarium/client/errors';
import type { WatchEvent } from '@vivarium/client/watches';
import { ErrorCode } from '@vivarium/shared/error-code';
import type { Stat } from '@vivarium/shared/stat';
import type { TreeClient } from './tree-client.ts';
import type { WatchLevel } from './watch-cover.ts';

/** How often is looked at what no watch tells of. */
export const REFRESH_MS = 5_000;
/** After an event, a watch that fires once is set again this much later: what comes meanwhile is one change. */
const REARM_MS = 500;
/** A watch on the children costs the whole list each time, before 3.6: longer ones are looked at now and then. */
const MAX_PLAIN_CHILDREN = 10_000;
const MIN_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;

/** What became of a znode. */
export type SeenChange = Pick<WatchEvent, 'type' | 'path'>;

export interface PathWatchEvents {
  /** As a watch told, or as looking at it has shown. */
  seen(event: SeenChange, watch: PathWatch): void;
  /** What was read of the path may be old, though nobody told of a change. */
  refresh(path: string): void;
  /** From now on changes are told. */
  established(watch: PathWatch): void;
  /** Nobody looked any more, and there is no watch left. */
  left(watch: PathWatch): void;
  /** The server cannot watch subtrees: it is older than 3.6. */
  tooOld(): void;
}

export class PathWatch {
  readonly path: string;
  private readonly client: TreeClient;
  private readonly events: PathWatchEvents;
  private wanted: WatchLevel | null = null;
  private present: WatchLevel | null = null;
  private isWorking = false;
  private closed = false;
  /** Wakes `rest`. */
  private wake: () => void = () => {};
  private timer: NodeJS.Timeout | undefined;
  private refresh: NodeJS.Timeout | undefined;
  private last: Stat | null | undefined;

  constructor(path: string, client: TreeClient, events: PathWatchEvents) {
    this.path = path;
    this.client = client;
    this.events = events;
  }

  /** The level that is in force; null before the first, and behind the last. */
  get level(): WatchLevel | null {
    return this.present;
  }

  /** The level that it is at, or on the way to; null: nobody looks any more. */
  get goal(): WatchLevel | null {
    return this.wanted;
  }

  /** Goes to another level; null: nobody looks any more. */
  want(level: WatchLevel | null): void {
    this.wanted = level;
    if (level !== this.present) this.wake();
    void this.work();
  }

  /** The session is over, and its watches with it. */
  abandon(): void {
    this.closed = true;
    this.present = null;
    clearInterval(this.refresh);
    clearTimeout(this.timer);
    this.wake();
  }

  private async work(): Promise<void> {
    if (this.isWorking) return;
    this.isWorking = true;
    let retryMs = MIN_RETRY_MS;
    while (this.present !== this.wanted && !this.closed) {
      const { wanted } = this;
      try {
        if (this.present !== null) await this.leave(this.present);
        this.present = null;
        if (wanted !== null) await this.enter(wanted);
        this.present = wanted;
        retryMs = MIN_RETRY_MS;
        if (wanted !== null && !this.closed) this.events.established(this);
      } catch (error) {
        if (isError(error, ErrorCode.UNIMPLEMENTED)) this.events.tooOld();
        await this.rest(retryMs);
        retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
      }
    }
    this.isWorking = false;
    if (this.wanted === null && !this.closed) this.events.left(this);
  }

  private async enter(level: WatchLevel): Promise<void> {
    this.last = undefined;
    switch (level) {
      case 'recursive':
        await this.client.addWatch(this.path, 'recursive', this.told);
        return;
      case 'node':
        await this.client.addWatch(this.path, 'persistent', this.told);
        break;
      case 'plain':
        await this.arm();
        break;
      case 'interval':
    }
    this.refresh = setInterval(() => void this.look(), REFRESH_MS);
  }

  private async leave(level: WatchLevel): Promise<void> {
    clearInterval(this.refresh);
    clearTimeout(this.timer);
    if (level === 'interval') return;
    try {
      await this.client.removeWatches(this.path, 'any');
    } catch (error) {
      // A watch that fires once may have fired.
      if (!isError(error, ErrorCode.NOWATCHER)) throw error;
    }
  }

  private readonly told = (event: WatchEvent): void => {
    if (!this.closed && this.wanted !== null) this.events.seen(event, this);
  };

  /** A watch of `arm` has fired. */
  private readonly toldOnce = (event: WatchEvent): void => {
    this.told(event);
    this.armSoon();
  };

  private armSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.armAgain(), REARM_MS);
  }

  private async armAgain(): Promise<void> {
    if (this.present !== 'plain' || this.closed) return;
    try {
      await this.arm();
      // What happened since it fired nobody has told.
      this.events.refresh(this.path);
    } catch {
      this.armSoon();
    }
  }

  private async arm(): Promise<void> {
    const stat = await this.client.exists(this.path, { watch: this.toldOnce });
    if (stat === null || stat.numChildren > MAX_PLAIN_CHILDREN) return;
    try {
      await this.client.getChildren(this.path, { watch: this.toldOnce });
    } catch (error) {
      if (!isError(error, ErrorCode.NONODE) && !isError(error, ErrorCode.NOAUTH)) throw error;
    }
  }

  /** Looks whether something has changed that no watch would have told. */
  private async look(): Promise<void> {
    try {
      const stat = await this.client.exists(this.path);
      const before = this.last;
      this.last = stat;
      if (this.closed || this.wanted === null) return;
      if (before !== undefined) this.compare(before, stat);
      this.events.refresh(this.path);
    } catch {
      // The next look may get an answer.
    }
  }

  private compare(before: Stat | null, stat: Stat | null): void {
    const { path } = this;
    const seen = (type: SeenChange['type']): void => this.events.seen({ type, path }, this);
    // A watch on the znode has told the rest.
    if (this.present === 'node') return;
    if (stat === null || before === null) {
      if (stat !== before) seen(stat === null ? 'deleted' : 'created');
      return;
    }
    // Before 3.6 a short list and the data have watches of their own.
    if (stat.pzxid !== before.pzxid && (this.present === 'interval' || stat.numChildren > MAX_PLAIN_CHILDREN)) {
      seen('childrenChanged');
    }
    if (stat.mzxid !== before.mzxid && this.present === 'interval') seen('dataChanged');
  }

  private rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function isError(error: unknown, code: ErrorCode): boolean {
  return error instanceof ZooKeeperError && error.code === code;
}
