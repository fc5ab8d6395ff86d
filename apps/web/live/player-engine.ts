/** What moves the time bar's instant: events as they come, the clock, and the person at the controls. */
import type { ClusterEventBody } from '@vivarium/shared/cluster-event';
import { type ClusterState, copyState, emptyState } from '@vivarium/shared/cluster-state';
import type { BatchMessage, FeedEvent, SnapshotMessage, ViewerSession } from '@vivarium/shared/contract/socket';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { ApiFailure } from './api.ts';
import type { Message } from './messages.ts';
import { fetchAround, fetchFrom } from './past.ts';
import type { Connection, PlayerControls, PlayerHistory, PlayerView } from './player.ts';
import { MAX_REPLAY_MS, type Replay, replayable, replayEnd, replaySpeed, replayStart } from './replay.ts';
import { Cursor, Timeline } from './timeline.ts';

const MIN_SPEED = 0.001;
const MAX_SPEED = 10;

/** Kinds that `step` stops at. */
const SHOWN: ReadonlySet<ClusterEventBody['kind']> = new Set([
  'stateChanged',
  'voteSent',
  'voteReceived',
  'electionWon',
  'packetSent',
  'packetReceived',
  'proposed',
  'logged',
  'acked',
  'committed',
  'synchronised',
  'processChanged',
  'linkFaulted',
]);

const NO_SESSION: ViewerSession = { cluster: null, session: null, state: 'none', server: null };

export class PlayerEngine implements PlayerControls, PlayerHistory {
  private readonly changed: () => void;
  private readonly listeners = new Set<(event: FeedEvent) => void>();
  private cluster = '';
  private info: ClusterInfo | null = null;
  private connection: Connection = 'connecting';
  private error: PlayerView['error'] = null;
  /** By cluster. */
  private readonly viewerSessions = new Map<string, ViewerSession>();
  private instance = '';
  private summarised = 0;
  private live = new Timeline(emptyState());
  /** Where the instant is while it is not live; its timeline is `live` or a stretch of the past. */
  private cursor: Cursor | null = null;
  private mode: PlayerView['mode'] = 'live';
  private speed = 1;
  private headMs = 0;
  private replay: Replay | null = null;
  private autoReplay = true;
  private replayAllowed = false;
  private lastElection = 0;
  private lagMs: number | null = null;
  /** The host's clock minus the browser's; the least that was seen is the nearest to the truth. */
  private clockOffsetMs = Number.POSITIVE_INFINITY;
  private lastFrameMs = 0;
  /** Counts requests for the past, so that only the newest one moves the instant. */
  private fetches = 0;

  /** `changed`: called when the view is another one, beside what passing time does. */
  constructor(changed: () => void) {
    this.changed = changed;
  }

  // --- what comes in ------------------------------------------------------------------------------------------------

  /** Another cluster is chosen: all is forgotten. */
  reset(cluster: string): void {
    this.cluster = cluster;
    this.info = null;
    this.error = null;
    this.summarised = 0;
    this.instance = '';
    this.begin(emptyState());
    this.changed();
  }

  connectionChanged(connection: Connection): void {
    this.connection = connection;
    this.changed();
  }

  refused(error: PlayerView['error']): void {
    this.error = error;
    this.changed();
  }

  infoChanged(info: ClusterInfo): void {
    this.info = info;
    this.changed();
  }

  viewerSessionChanged(session: ViewerSession): void {
    if (session.cluster === null) this.viewerSessions.clear();
    else this.viewerSessions.set(session.cluster, session);
    this.changed();
  }

  snapshot({ instance, info, state, summarised, sentAtMs }: SnapshotMessage): void {
    this.clockOffsetMs = Math.min(this.clockOffsetMs, performance.now() - sentAtMs);
    this.info = info;
    this.error = null;
    this.summarised = instance === this.instance ? this.summarised + summarised : summarised;
    const begins = this.instance !== instance;
    this.instance = instance;
    this.live = new Timeline(state);
    this.lastElection = state.elections.at(-1)?.number ?? 0;
    if (!info.capabilities.live) {
      // Before the first thing that is worth a mark there is little to see.
      this.seekToEvent(state.marks[0]?.n ?? info.kept.first);
    } else if (begins || this.cursor === null) {
      this.goLive();
    }
    this.changed();
  }

  batch({ events, sentAtMs }: BatchMessage): void {
    this.clockOffsetMs = Math.min(this.clockOffsetMs, performance.now() - sentAtMs);
    this.live.push(events);
    const last = events.at(-1);
    if (last !== undefined) this.lagMs = Math.max(0, performance.now() - this.clockOffsetMs - last.atMs);
    for (const event of events) for (const listener of this.listeners) listener(event);
    this.beginReplay();
    this.changed();
  }

  // --- what the views see -------------------------------------------------------------------------------------------

  /** The view, with a state that later events do not touch. */
  view(): PlayerView {
    return this.viewOf(copyState(this.state), copyState(this.live.latest));
  }

  /** The view of this frame: its states are changed by the next one. */
  frameView(): PlayerView {
    return this.viewOf(this.state, this.live.latest);
  }

  private viewOf(state: ClusterState, latest: ClusterState): PlayerView {
    const { mode, headMs } = this;
    const election = this.replay === null ? undefined : this.electionOf(this.replay);
    return {
      cluster: this.cluster,
      info: this.info,
      connection: this.connection,
      error: this.error,
      state,
      mode,
      speed: this.speed,
      headMs,
      headWallMs: state.wallMs + (headMs - state.atMs),
      liveMs: latest.atMs,
      liveWallMs: latest.wallMs,
      liveN: latest.n,
      latest,
      replay:
        this.replay === null
          ? null
          : { election: this.replay.election, untilMs: (election && replayEnd(election)) ?? latest.atMs },
      autoReplay: this.autoReplay,
      summarised: this.summarised,
      lagMs: this.lagMs,
      viewerSession: (this.cluster === null ? undefined : this.viewerSessions.get(this.cluster)) ?? NO_SESSION,
    };
  }

  private get state(): ClusterState {
    return this.cursor?.state ?? this.live.latest;
  }

  private get timeline(): Timeline {
    return this.cursor?.timeline ?? this.live;
  }

  messagesAt(headMs: number, speed: number): readonly Message[] {
    return this.timeline.messages.at(headMs, speed);
  }

  messagesBetween(fromMs: number, toMs: number, limit: number): readonly Message[] {
    return this.timeline.messages.between(fromMs, toMs, limit);
  }

  eventsBetween(fromMs: number, toMs: number, limit: number): readonly FeedEvent[] {
    const { timeline } = this;
    const end = timeline.indexAfter(toMs);
    let begin = timeline.indexAfter(fromMs);
    while (begin > 0 && (timeline.events[begin - 1]?.atMs ?? 0) >= fromMs) begin--;
    return timeline.events.slice(Math.max(begin, end - limit), end);
  }

  eventsBefore(headMs: number, limit: number): readonly FeedEvent[] {
    const { timeline } = this;
    const end = this.cursor === null ? timeline.events.length : timeline.indexAfter(headMs);
    return timeline.events.slice(Math.max(0, end - limit), end);
  }

  follow(listener: (event: FeedEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  // --- the controls -------------------------------------------------------------------------------------------------

  pause(): void {
    this.leaveReplay();
    this.detach();
    this.mode = 'paused';
    this.changed();
  }

  play(): void {
    if (this.mode === 'live') return;
    this.mode = 'playing';
    this.changed();
  }

  goLive(): void {
    this.fetches++;
    this.replay = null;
    if (this.info !== null && !this.info.capabilities.live) {
      // Of what is over, the end is the nearest to now.
      this.seekToEvent(this.info.kept.last);
      return;
    }
    this.cursor = null;
    this.mode = 'live';
    this.speed = 1;
    this.headMs = this.live.lastMs;
    this.lastElection = this.live.latest.elections.at(-1)?.number ?? this.lastElection;
    this.changed();
  }

  seek(atMs: number): void {
    this.leaveReplay();
    this.mode = 'paused';
    if (this.holds(this.timeline, atMs)) this.place(this.timeline, atMs);
    else if (this.holds(this.live, atMs) || (this.live.startN < this.keptFirst && atMs < this.live.startMs)) {
      this.place(this.live, atMs);
    } else void this.fetch(() => fetchAround(this.cluster, this.keptFirst, this.live.lastN, atMs), atMs);
    this.changed();
  }

  seekToEvent(n: number): void {
    this.leaveReplay();
    this.mode = 'paused';
    const held = [this.timeline, this.live].find((timeline) => n > timeline.startN && n <= timeline.lastN);
    if (held !== undefined) this.place(held, held.events[held.indexAfterN(n - 1)]?.atMs ?? held.lastMs);
    else void this.fetch(() => fetchFrom(this.cluster, Math.max(this.keptFirst - 1, n - 2_000)), null, n);
    this.changed();
  }

  step(direction: 1 | -1): void {
    this.pause();
    const { timeline, headMs } = this;
    const { events } = timeline;
    const isStop = (event: FeedEvent): boolean => SHOWN.has(event.body.kind) && Math.abs(event.atMs - headMs) > 1e-6;
    const from = timeline.indexAfter(headMs);
    let i = direction === 1 ? from : from - 1;
    while (i >= 0 && i < events.length) {
      const event = events[i];
      if (event !== undefined && isStop(event)) {
        this.place(timeline, event.atMs);
        break;
      }
      i += direction;
    }
    this.changed();
  }

  setSpeed(speed: number): void {
    this.leaveReplay();
    this.speed = Math.min(MAX_SPEED, Math.max(MIN_SPEED, speed));
    if (this.mode === 'live' && this.speed < 1) {
      this.detach();
      this.mode = 'playing';
    }
    this.changed();
  }

  setAutoReplay(on: boolean): void {
    this.autoReplay = on;
    if (!on && this.replay !== null) this.goLive();
    this.changed();
  }

  allowReplay(allowed: boolean): void {
    this.replayAllowed = allowed;
    if (!allowed && this.replay !== null) this.goLive();
  }

  // --- time passes --------------------------------------------------------------------------------------------------

  /** A frame of the browser; true where the view should be rendered for it: in live mode only ages change, once a second. */
  frame(nowMs: number): boolean {
    const passedMs = Math.min(250, nowMs - this.lastFrameMs);
    this.lastFrameMs = nowMs;
    if (this.mode === 'live') {
      // What has happened since the connection broke is not known: time stands until it is back.
      if (this.connection !== 'connected') return false;
      const hostMs = nowMs - this.clockOffsetMs;
      const headMs = Number.isFinite(hostMs) ? Math.max(this.live.lastMs, hostMs - 60) : this.live.lastMs;
      const ticked = Math.floor(headMs / 1000) !== Math.floor(this.headMs / 1000);
      this.headMs = headMs;
      return ticked;
    }
    if (this.mode !== 'playing' || this.cursor === null) return false;
    this.playOn(this.cursor, passedMs, nowMs);
    return true;
  }

  private playOn(cursor: Cursor, passedMs: number, nowMs: number): void {
    if (this.replay !== null) this.speed = replaySpeed(this.headMs, this.nextShownMs(cursor));
    const wantedMs = this.headMs + passedMs * this.speed;
    const edgeMs = cursor.timeline.lastMs;
    // In a replay nothing is skipped for a step that is too long.
    const nextMs = this.replay === null ? null : this.nextShownMs(cursor);
    const headMs = nextMs === null ? wantedMs : Math.min(wantedMs, Math.max(nextMs, this.headMs));
    if (cursor.timeline !== this.live && headMs > edgeMs) {
      this.headMs = edgeMs;
      if (cursor.timeline.lastN >= this.live.startN) this.place(this.live, edgeMs);
      else if (cursor.timeline.lastN >= this.live.lastN) this.mode = 'paused';
      else void this.fetch(() => fetchFrom(this.cluster, cursor.timeline.lastN), edgeMs);
      return;
    }
    const isLive = this.info?.capabilities.live ?? true;
    if (cursor.timeline === this.live && headMs >= edgeMs) {
      if (!isLive) {
        this.headMs = edgeMs;
        cursor.advance(edgeMs);
        this.mode = 'paused';
        this.changed();
        return;
      }
      if (this.replay === null && this.speed >= 1) {
        this.goLive();
        return;
      }
    }
    this.headMs = Math.min(headMs, Math.max(edgeMs, this.headMs));
    if (!cursor.advance(this.headMs)) this.place(this.live, Math.max(this.headMs, this.live.startMs));
    this.endReplay(nowMs);
  }

  private nextShownMs(cursor: Cursor): number | null {
    const { timeline, state } = cursor;
    for (let i = timeline.indexAfterN(state.n); i < timeline.events.length; i++) {
      const event = timeline.events[i];
      if (event !== undefined && SHOWN.has(event.body.kind)) return event.atMs;
    }
    return null;
  }

  // --- replays ------------------------------------------------------------------------------------------------------

  private beginReplay(): void {
    const election = replayable(this.live.latest, this.lastElection);
    if (election === null) return;
    this.lastElection = election.number;
    // What was there before the page was opened is not news.
    const isHeld = this.live.startMs <= election.startedAtMs;
    if (this.mode !== 'live' || !this.autoReplay || !this.replayAllowed || !isHeld || election.cause.kind === 'started')
      return;
    this.place(this.live, replayStart(election));
    this.mode = 'playing';
    this.replay = { election: election.number, startedAtMs: election.startedAtMs, beganMs: performance.now() };
  }

  private endReplay(nowMs: number): void {
    const { replay } = this;
    if (replay === null) return;
    const election = this.electionOf(replay);
    const end = election === undefined ? this.headMs : replayEnd(election);
    if ((end !== null && this.headMs >= end) || nowMs - replay.beganMs > MAX_REPLAY_MS) this.goLive();
  }

  private electionOf(replay: Replay) {
    return this.live.latest.elections.find(({ number }) => number === replay.election);
  }

  /** The person takes the instant into his own hands. */
  private leaveReplay(): void {
    this.replay = null;
  }

  // --- places -------------------------------------------------------------------------------------------------------

  private begin(state: ClusterState): void {
    this.live = new Timeline(state);
    this.cursor = null;
    this.mode = 'live';
    this.replay = null;
    this.speed = 1;
    this.headMs = state.atMs;
    this.lastElection = 0;
    this.fetches++;
  }

  private get keptFirst(): number {
    return this.info?.kept.first ?? 1;
  }

  private holds(timeline: Timeline, atMs: number): boolean {
    return atMs >= timeline.startMs && atMs <= timeline.lastMs;
  }

  /** From live to a place of its own, at the same instant. */
  private detach(): void {
    if (this.cursor === null) this.place(this.live, this.live.lastMs);
  }

  /** Not before the first event of the timeline: nothing is known of what was then. */
  private place(timeline: Timeline, wantedMs: number): void {
    this.fetches++;
    const atMs = Math.max(wantedMs, Math.min(timeline.startMs, timeline.lastMs));
    this.cursor = new Cursor(timeline, timeline.indexAfter(atMs));
    this.headMs = atMs;
  }

  /** Gets a stretch of the past and goes to the time in it, or to the event. */
  private async fetch(get: () => Promise<Timeline>, atMs: number | null, n?: number): Promise<void> {
    const number = ++this.fetches;
    try {
      const timeline = await get();
      if (number !== this.fetches) return;
      const event = n === undefined ? undefined : timeline.events[timeline.indexAfterN(n - 1)];
      this.place(timeline, atMs ?? event?.atMs ?? timeline.startMs);
      this.error = null;
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      if (number !== this.fetches) return;
      this.error = error.error;
      this.mode = 'paused';
    }
    this.changed();
  }
}
