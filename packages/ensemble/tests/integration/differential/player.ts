import { Bytes, RawConnection, requestFrame } from '../../harness/raw-connection.ts';
import { connectText, eventText, replyText, type SessionNames } from './reply-text.ts';
import { type GeneratedRequest, SLOTS, type SlotState, type Step, type } from './request-generator.ts';

const PING_XID = -2;
const EVENT_XID = -1;
const SET_WATCHES_XID = -8;
const AUTH_XID = -4;
const CREATES = new Set<number>([type.create, type.create2, type.createContainer, type.createTTL]);
const REPLY_DEADLINE_MS = 10_000;

/** What a server did in one step. */
export interface Observation {
  /** On the connection that acted: replies, and events between them, in order. */
  readonly acting: readonly string[];
  /** On each slot afterwards: events that came without being asked for. */
  readonly events: readonly (readonly string[])[];
  /** Paths that replies told, and the last zxid seen. */
  readonly paths: readonly string[];
  readonly zxid: bigint;
}

/** What a client has to show to take its session to another connection. */
export interface SessionKey {
  readonly sessionId: bigint;
  readonly password: Buffer;
}

interface Slot {
  connection: RawConnection | null;
  sessionId: bigint;
  password: Buffer;
  xid: number;
}

/** Plays steps on one server, and names its sessions in the order of their creation. */
export class Player implements SessionNames {
  private readonly port: number;
  private readonly slots: Slot[] = [];
  private readonly sessions = new Map<bigint, string>();
  private readonly open = new Set<RawConnection>();
  private readonly ended: SessionKey[] = [];
  private zxid = 0n;
  private paths: string[] = [];

  constructor(port: number) {
    this.port = port;
    for (let i = 0; i < SLOTS; i++)
      this.slots.push({ connection: null, sessionId: 0n, password: Buffer.alloc(16), xid: 0 });
  }

  nameOf(sessionId: bigint): string {
    return this.sessions.get(sessionId) ?? `unknown session`;
  }

  get state(): SlotState[] {
    return this.slots.map((slot) => ({ open: slot.connection !== null, hasSession: slot.sessionId !== 0n }));
  }

  /** Sessions that live. */
  get liveSessions(): SessionKey[] {
    return this.slots
      .filter(({ sessionId }) => sessionId !== 0n)
      .map(({ sessionId, password }) => ({ sessionId, password }));
  }

  /** Sessions that their clients have closed. */
  get endedSessions(): readonly SessionKey[] {
    return this.ended;
  }

  /** Breaks all connections; the sessions live on. */
  destroy(): void {
    for (const connection of this.open) connection.destroy();
  }

  async play(step: Step): Promise<Observation> {
    this.paths = [];
    const acting = await this.act(step);
    const events: string[][] = [];
    for (const slot of this.slots) events.push(await this.settle(slot));
    return { acting, events, paths: this.paths, zxid: this.zxid };
  }

  private async act(step: Step): Promise<string[]> {
    switch (step.kind) {
      case 'connect':
        return this.connect(this.slot(step.slot), step.resume, step.timeoutMs);
      case 'requests':
        return this.send(this.slot(step.slot), step.requests);
      case 'drop': {
        const slot = this.slot(step.slot);
        slot.connection?.destroy();
        slot.connection = null;
        return [];
      }
      case 'refusedConnect': {
        const connection = await this.dial();
        // Not a session that is connected: Apache closes its connection before it has looked at the password.
        connection.send(
          step.frame(this.slots.find((slot) => slot.connection === null && slot.sessionId !== 0n)?.sessionId ?? 1n),
        );
        return this.untilClosed(connection, (frame) => connectText(frame, this));
      }
      case 'fatal': {
        const connection = await this.dial();
        connection.send(newSessionFrame(0));
        const answer = await nextFrame(connection);
        if (answer === undefined) return ['no session'];
        this.nameSession(answer.readBigInt64BE(8));
        connection.send(step.frame);
        return [
          connectText(answer, this),
          ...(await this.untilClosed(connection, (frame) => replyText(0, frame, this))),
        ];
      }
    }
  }

  private slot(index: number): Slot {
    const slot = this.slots[index];
    if (slot === undefined) throw new Error(`no slot ${index}`);
    return slot;
  }

  private async dial(): Promise<RawConnection> {
    const connection = await RawConnection.open(this.port);
    this.open.add(connection);
    return connection;
  }

  private async connect(slot: Slot, resume: boolean, timeoutMs: number): Promise<string[]> {
    const older = slot.connection;
    const connection = await this.dial();
    connection.send(resume ? resumeFrame(timeoutMs, slot.sessionId, slot.password) : newSessionFrame(timeoutMs));
    const answer = await nextFrame(connection);
    slot.connection = null;
    const lines: string[] = [];
    if (answer === undefined) {
      lines.push('closed');
    } else {
      const sessionId = answer.readBigInt64BE(8);
      this.nameSession(sessionId);
      lines.push(connectText(answer, this));
      slot.sessionId = sessionId;
      slot.password = Buffer.from(answer.subarray(20, 36));
      if (sessionId === 0n) lines.push(...(await this.untilClosed(connection, () => 'another frame')));
      else slot.connection = connection;
    }
    if (older !== null) lines.push(...(await this.untilClosed(older, () => 'a frame on the older connection')));
    return lines;
  }

  private nameSession(sessionId: bigint): void {
    if (sessionId !== 0n && !this.sessions.has(sessionId))
      this.sessions.set(sessionId, `session ${this.sessions.size}`);
  }

  private async send(slot: Slot, requests: readonly GeneratedRequest[]): Promise<string[]> {
    const { connection } = slot;
    if (connection === null) return ['not open'];
    const frames = requests.map((request) => requestFrame(xidOf(request.type, slot), request.type, request.body));
    connection.send(Buffer.concat(frames));
    const lines: string[] = [];
    const unanswered = [...requests];
    while (unanswered.length > 0) {
      const frame = await nextFrame(connection);
      if (frame === undefined) {
        lines.push('closed');
        slot.connection = null;
        slot.sessionId = 0n;
        return lines;
      }
      if (frame.readInt32BE(0) === EVENT_XID) {
        lines.push(eventText(frame));
        continue;
      }
      const request = unanswered.shift();
      const text = replyText(request?.type ?? 0, frame, this);
      lines.push(text);
      this.learn(request?.type ?? 0, frame);
    }
    if (requests.at(-1)?.type === type.closeSession) {
      lines.push(...(await this.untilClosed(connection, () => 'a frame behind the end')));
      this.ended.push({ sessionId: slot.sessionId, password: slot.password });
      slot.connection = null;
      slot.sessionId = 0n;
    }
    return lines;
  }

  private learn(requestType: number, frame: Buffer): void {
    const zxid = frame.readBigInt64BE(4);
    if (zxid > this.zxid) this.zxid = zxid;
    if (frame.readInt32BE(12) !== 0 || frame.length < 20) return;
    if (CREATES.has(requestType)) {
      this.paths.push(frame.subarray(20, 20 + frame.readInt32BE(16)).toString());
    }
  }

  /** Reads what came to a connection without being asked for: all that stands before the answer to a ping. */
  private async settle(slot: Slot): Promise<string[]> {
    const { connection } = slot;
    if (connection === null) return [];
    connection.send(requestFrame(PING_XID, type.ping));
    const lines: string[] = [];
    for (;;) {
      const frame = await nextFrame(connection);
      if (frame === undefined) {
        slot.connection = null;
        return [...lines, 'closed'];
      }
      const xid = frame.readInt32BE(0);
      if (xid === PING_XID) return [...lines, replyText(type.ping, frame, this)];
      lines.push(xid === EVENT_XID ? eventText(frame) : `unasked: ${replyText(0, frame, this)}`);
    }
  }

  private async untilClosed(connection: RawConnection, text: (frame: Buffer) => string): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const frame = await nextFrame(connection);
      if (frame === undefined) break;
      lines.push(text(frame));
    }
    this.open.delete(connection);
    return [...lines, 'closed'];
  }
}

function xidOf(requestType: number, slot: Slot): number {
  switch (requestType) {
    case type.ping:
      return PING_XID;
    case type.setWatches:
    case type.setWatches2:
      return SET_WATCHES_XID;
    case type.auth:
      return AUTH_XID;
    default:
      slot.xid++;
      return slot.xid;
  }
}

function newSessionFrame(timeoutMs: number): Buffer {
  return new Bytes().int(0).long(0n).int(timeoutMs).long(0n).field(Buffer.alloc(16)).byte(0).frame;
}

/** A ConnectRequest that takes a session over. */
export function resumeFrame(timeoutMs: number, sessionId: bigint, password: Buffer): Buffer {
  return new Bytes().int(0).long(0n).int(timeoutMs).long(sessionId).field(password).frame;
}

async function nextFrame(connection: RawConnection): Promise<Buffer | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), REPLY_DEADLINE_MS);
  });
  try {
    return await Promise.race([connection.nextFrame(), late]);
  } finally {
    clearTimeout(timer);
  }
}
