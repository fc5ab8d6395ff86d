/**
 * What the space–time diagram draws, in pixels: a lane a server, time to the right, each message a line from its sender's
 * lane to its receiver's at the true times. Pure: the same input gives the same marks, for SVG, canvas and the hit test.
 */
import type { HexString } from '@vivarium/shared/cluster-event';
import type { ServerView } from '@vivarium/shared/cluster-state';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import { compareHex } from '@vivarium/shared/zxid';
import type { Message } from '../live/messages.ts';
import { type MessageKind, messageKind } from './message-shape.ts';
import { isUp, type Role, roleOf } from './roles.ts';
import { type TimeScale, type TimeWindow, timeScale } from './space-time-scale.ts';

export interface SpaceTimeInput extends TimeWindow {
  readonly servers: readonly ServerView[];
  readonly messages: readonly Message[];
  readonly events: readonly FeedEvent[];
  readonly headMs: number;
  /** The transaction that is drawn in bold; null for none. */
  readonly selected: HexString | null;
  readonly width: number;
  readonly height: number;
}

export interface Lane {
  readonly sid: number;
  readonly role: Role;
  readonly y: number;
  /** Stretches in which the server runs, up to the head. */
  readonly up: readonly { readonly x1: number; readonly x2: number }[];
}

interface MarkBase {
  readonly key: string;
  readonly atMs: number;
  /** The transaction that it belongs to; null for none. */
  readonly zxid: HexString | null;
  /** Belongs to the selected transaction. */
  readonly hot: boolean;
}

export type Mark =
  | (MarkBase & {
      readonly kind: 'message';
      readonly message: Message;
      readonly shape: MessageKind;
      readonly role: Role;
      readonly x1: number;
      readonly y1: number;
      readonly x2: number;
      readonly y2: number;
      /** `under way` ends at the head, `lost` where an end died. */
      readonly fate: 'arrived' | 'underWay' | 'lost';
    })
  | (MarkBase & {
      readonly kind: 'write';
      readonly sid: number;
      readonly x1: number;
      readonly x2: number;
      readonly y: number;
      readonly done: boolean;
      readonly tookMs: number;
    })
  | (MarkBase & { readonly kind: 'commit'; readonly sid: number; readonly x: number; readonly y: number })
  | (MarkBase & {
      readonly kind: 'state';
      readonly sid: number;
      readonly x: number;
      readonly y: number;
      readonly role: Role;
      readonly event: FeedEvent;
    });

/** A word beside the marks of the selected transaction. */
export interface Note {
  readonly key: string;
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'middle' | 'end';
  readonly text: { readonly kind: 'packet'; readonly packet: string } | { readonly kind: 'proposed' } | AckNote;
}

interface AckNote {
  readonly kind: 'acks';
  readonly have: number;
}

export interface SpaceTimeLayout {
  readonly scale: TimeScale;
  readonly lanes: readonly Lane[];
  readonly marks: readonly Mark[];
  readonly notes: readonly Note[];
  /** Null while the head is not in the window. */
  readonly headX: number | null;
  readonly bottom: number;
}

/** Room for the names of the servers, the axis above and the notes below, in px. */
export const LEFT_PX = 104;
export const TOP_PX = 20;
const RIGHT_PX = 16;
const BOTTOM_PX = 20;
const LEAST_PITCH_PX = 24;
const MOST_PITCH_PX = 110;

/** The height that so many lanes need at least. */
export function leastHeight(lanes: number): number {
  return TOP_PX + BOTTOM_PX + lanes * LEAST_PITCH_PX;
}

/** Lays the diagram out. Messages and events outside of the window may be given and are left out. */
export function layoutSpaceTime(input: SpaceTimeInput): SpaceTimeLayout {
  const { servers, headMs, width, height, selected } = input;
  const left = Math.min(LEFT_PX, width * 0.25);
  const scale = timeScale(input, left, Math.max(left + 1, width - RIGHT_PX));
  const room = (height - TOP_PX - BOTTOM_PX) / Math.max(servers.length, 1);
  const pitch = Math.max(LEAST_PITCH_PX, Math.min(MOST_PITCH_PX, room));
  const yOf = new Map(servers.map(({ sid }, i) => [sid, TOP_PX + pitch * (i + 0.5)]));
  const isInside = headMs >= input.fromMs && headMs <= input.toMs;
  const events = input.events.filter(({ atMs }) => atMs <= headMs);
  const laneOf = (sid: number) => yOf.get(sid);
  const lanes = servers.map((server) => ({
    sid: server.sid,
    role: roleOf(server),
    y: yOf.get(server.sid) ?? TOP_PX,
    up: upStretches(server, events, scale, headMs),
  }));
  const upOf = new Map(lanes.map(({ sid, up }) => [sid, up]));
  const isUpAt = (sid: number, atMs: number) => {
    const x = Math.max(scale.x(atMs), scale.left);
    return upOf.get(sid)?.some(({ x1, x2 }) => x1 <= x && x <= x2) ?? false;
  };
  const thinner = input.messages.length > THIN_FROM ? new Thinner() : null;
  const at = { scale, laneOf, isUpAt, headMs, selected, thinner };
  const marks = [
    ...writeMarks(events, servers, at),
    ...input.messages.flatMap((message) => messageMark(message, at) ?? []),
    ...turningPoints(events).flatMap((event) => pointMark(event, at) ?? []),
  ].sort((a, b) => a.atMs - b.atMs);
  return {
    scale,
    lanes,
    marks,
    notes: notesOf(marks, events, at),
    headX: isInside ? scale.x(headMs) : null,
    bottom: TOP_PX + pitch * servers.length,
  };
}

/** From so many messages on they lie closer than a person can tell apart. */
const THIN_FROM = 1_200;
const THIN_PX = 3;

/** Says of each mark whether one of its look is already there; places are numbers, as there are many. */
class Thinner {
  private readonly seen = new Set<number>();
  private readonly looks = new Map<string, number>();

  has(look: string, x1: number, x2: number): boolean {
    const known = this.looks.get(look) ?? this.looks.size;
    this.looks.set(look, known);
    const column = (x: number) => Math.max(0, Math.round(x / THIN_PX) + 1024) % 65_536;
    const place = (known * 65_536 + column(x1)) * 65_536 + column(x2);
    if (this.seen.has(place)) return true;
    this.seen.add(place);
    return false;
  }
}

interface At {
  readonly scale: TimeScale;
  readonly laneOf: (sid: number) => number | undefined;
  readonly isUpAt: (sid: number, atMs: number) => boolean;
  readonly headMs: number;
  readonly selected: HexString | null;
  /** Set where so much is to be drawn that marks which lie on top of one another are left out. */
  readonly thinner: Thinner | null;
}

/** Who sends packets of the kind, whatever the sender has become by now. */
function senderRole(packet: string, shape: MessageKind): Role {
  switch (shape) {
    case 'proposal':
    case 'commit':
      return 'leader';
    case 'ack':
      return 'follower';
    case 'notification':
      return 'looking';
    case 'ping':
      return 'unknown';
    case 'other':
      return packet === 'REQUEST' || packet.endsWith('INFO') ? 'unknown' : 'leader';
  }
}

function messageMark(message: Message, { scale, laneOf, isUpAt, headMs, selected, thinner }: At): Mark | null {
  const y1 = laneOf(message.from);
  const y2 = laneOf(message.to);
  if (y1 === undefined || y2 === undefined || message.sentAtMs > headMs) return null;
  const arrived = message.receivedAtMs !== null && message.receivedAtMs <= headMs;
  // To a server that does not run nothing is delivered later either.
  const lostAtMs = message.lostAtMs ?? (isUpAt(message.to, message.sentAtMs) ? null : message.sentAtMs);
  const lost = !arrived && lostAtMs !== null && lostAtMs <= headMs;
  const endMs = arrived ? (message.receivedAtMs ?? headMs) : lost ? lostAtMs : headMs;
  if (endMs < scale.fromMs || message.sentAtMs > scale.toMs) return null;
  const shape = messageKind(message.packet);
  const share = arrived ? 1 : lost ? LOST_SHARE : shareAt(message, headMs);
  const zxid = shape === 'proposal' || shape === 'commit' || shape === 'ack' ? message.zxid : null;
  const hot = zxid !== null && zxid === selected;
  const x1 = scale.x(message.sentAtMs);
  const x2 = scale.x(endMs);
  if (!hot && thinner?.has(`${shape}${message.from}>${message.to}${arrived}${lost}`, x1, x2) === true) return null;
  return {
    kind: 'message',
    key: `m${message.n}`,
    atMs: message.sentAtMs,
    zxid,
    hot,
    message,
    shape,
    role: senderRole(message.packet, shape),
    x1,
    y1,
    x2,
    y2: y1 + (y2 - y1) * share,
    fate: arrived ? 'arrived' : lost ? 'lost' : 'underWay',
  };
}

/** How far a lost message is drawn: where it stopped is not known. */
const LOST_SHARE = 0.5;

/** How far a message has come: known where the instant is in the past, else half of the way. */
function shareAt({ sentAtMs, receivedAtMs }: Message, headMs: number): number {
  return receivedAtMs === null ? 0.5 : (headMs - sentAtMs) / (receivedAtMs - sentAtMs);
}

/** A write lasts from the proposal (or its arrival) until it is on the disk. */
function writeMarks(events: readonly FeedEvent[], servers: readonly ServerView[], at: At): readonly Mark[] {
  const { scale, laneOf, headMs, selected, thinner } = at;
  const begun = new Map<string, FeedEvent>();
  const marks: Mark[] = [];
  const add = (sid: number, zxid: HexString, fromMs: number, toMs: number, done: boolean) => {
    const y = laneOf(sid);
    if (y === undefined || toMs < scale.fromMs || fromMs > scale.toMs) return;
    const hot = zxid === selected;
    const [x1, x2] = [scale.x(fromMs), scale.x(toMs)];
    if (!hot && thinner?.has(`write${sid}`, x1, x2) === true) return;
    const base = { key: `w${sid}:${zxid}:${fromMs}`, atMs: fromMs, zxid, hot };
    marks.push({ kind: 'write', ...base, sid, y, x1, x2, done, tookMs: toMs - fromMs });
  };
  for (const event of events) {
    const { sid, body } = event;
    if (body.kind === 'proposed' || (body.kind === 'packetReceived' && WRITTEN_PACKETS.has(body.packet))) {
      begun.set(`${sid}:${body.zxid}`, event);
    } else if (body.kind === 'logged') {
      const key = `${sid}:${body.zxid}`;
      const start = begun.get(key);
      begun.delete(key);
      if (start !== undefined) add(sid, body.zxid, start.atMs, event.atMs, true);
    } else if (body.kind === 'processChanged' && body.process !== 'running') {
      for (const key of begun.keys()) if (key.startsWith(`${sid}:`)) begun.delete(key);
    }
  }
  for (const { sid, atMs, body } of begun.values()) {
    const server = servers.find((candidate) => candidate.sid === sid);
    if (!('zxid' in body) || server === undefined || compareHex(server.lastLogged, body.zxid) >= 0) continue;
    add(sid, body.zxid, atMs, headMs, false);
  }
  return marks;
}

const WRITTEN_PACKETS: ReadonlySet<string> = new Set(['PROPOSAL', 'INFORM', 'INFORMANDACTIVATE']);

/** Without the further news of a process that is known to have ended: that it was killed, and then that it has gone. */
function turningPoints(events: readonly FeedEvent[]): readonly FeedEvent[] {
  const down = new Set<number>();
  return events.filter(({ sid, body }) => {
    if (body.kind !== 'processChanged') return true;
    const isRepeated = ENDED.has(body.process) && down.has(sid);
    if (ENDED.has(body.process)) down.add(sid);
    else down.delete(sid);
    return !isRepeated;
  });
}

function pointMark(event: FeedEvent, { scale, laneOf, selected, thinner }: At): Mark | null {
  const { sid, atMs, body } = event;
  const y = laneOf(sid);
  if (y === undefined || atMs < scale.fromMs || atMs > scale.toMs) return null;
  const x = scale.x(atMs);
  if (body.kind === 'committed') {
    const hot = body.zxid === selected;
    if (!hot && thinner?.has(`commit${sid}`, x, x) === true) return null;
    return { kind: 'commit', key: `c${event.n}`, atMs, zxid: body.zxid, hot, sid, x, y };
  }
  const role = roleAfter(event);
  return role === null
    ? null
    : { kind: 'state', key: `s${event.n}`, atMs, zxid: null, hot: false, sid, x, y, role, event };
}

const ROLE_OF_STATE = { LEADING: 'leader', FOLLOWING: 'follower', OBSERVING: 'observer', LOOKING: 'looking' } as const;

/** What a server has become by an event; null where that is not what the event says. */
function roleAfter({ body }: FeedEvent): Role | null {
  if (body.kind === 'processChanged') {
    const ended = body.process === 'killed' || body.process === 'died' || body.process === 'stopped';
    return ended ? 'down' : null;
  }
  if (body.kind !== 'stateChanged') return null;
  // A server passes through discovery and synchronisation as the same role: only where it begins and arrives is marked.
  return body.phase === 'SYNCHRONIZATION' ? null : ROLE_OF_STATE[body.state];
}

const ENDED: ReadonlySet<string> = new Set(['stopped', 'killed', 'died']);

/** A server runs now as its view says; each start and end of its process that is in sight turns that. */
function upStretches(server: ServerView, events: readonly FeedEvent[], scale: TimeScale, headMs: number): Lane['up'] {
  const turns = events.flatMap(({ sid, atMs, body }) => {
    if (sid !== server.sid || body.kind !== 'processChanged') return [];
    if (body.process !== 'starting' && !ENDED.has(body.process)) return [];
    return [{ atMs, up: body.process === 'starting' }];
  });
  const first = turns[0];
  const stretches: { x1: number; x2: number }[] = [];
  let up = first === undefined ? server.process === null || isUp(server.process.state) : !first.up;
  let fromMs = scale.fromMs;
  for (const turn of [...turns, { atMs: Math.min(headMs, scale.toMs), up: false }]) {
    const toMs = Math.max(turn.atMs, scale.fromMs);
    if (up && toMs > fromMs) stretches.push({ x1: scale.x(fromMs), x2: scale.x(toMs) });
    up = turn.up;
    fromMs = toMs;
  }
  return stretches;
}

/** From the middle of a note to the middle of the next one, so that they do not touch. */
const PROPOSED_NOTE_PX = 66;
const ACK_NOTE_PX = 42;

/** Names the first proposal and ACK of the selected transaction, and counts the ACKs below the leader's lane. */
function notesOf(marks: readonly Mark[], events: readonly FeedEvent[], { scale, laneOf, selected }: At): Note[] {
  if (selected === null) return [];
  const notes: Note[] = [];
  for (const shape of ['proposal', 'ack', 'commit'] as const) {
    const mark = marks.find((candidate) => candidate.kind === 'message' && candidate.hot && candidate.shape === shape);
    if (mark?.kind !== 'message') continue;
    const share = shape === 'ack' ? 0.3 : 0.45;
    const after = shape === 'ack' || mark.x2 - mark.x1 < 4;
    notes.push({
      key: `n${shape}`,
      x: mark.x1 + (mark.x2 - mark.x1) * share + (after ? 7 : -7),
      y: mark.y1 + (mark.y2 - mark.y1) * share + 3,
      anchor: after ? 'start' : 'end',
      text: { kind: 'packet', packet: mark.message.packet },
    });
  }
  const counted = new Set<number>();
  let freeX = Number.NEGATIVE_INFINITY;
  for (const { n, sid, atMs, body } of events) {
    const y = laneOf(sid);
    const seen = body.kind === 'proposed' || body.kind === 'acked';
    if (y === undefined || !seen || body.zxid !== selected) continue;
    if (body.kind === 'acked') counted.add(body.by);
    const x = scale.x(atMs);
    if (x < scale.left || x > scale.right || x < freeX) continue;
    freeX = x + (body.kind === 'proposed' ? PROPOSED_NOTE_PX : ACK_NOTE_PX);
    const text =
      body.kind === 'proposed' ? { kind: 'proposed' as const } : { kind: 'acks' as const, have: counted.size };
    notes.push({ key: `n${n}`, x, y: y + 17, anchor: 'middle', text });
  }
  return notes;
}
