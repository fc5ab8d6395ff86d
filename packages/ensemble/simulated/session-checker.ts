/**
 * SessionKept: a client is told that its session has expired only after a primary has logged that it ends.
 * SessionExpiry: a session is expired by the primary, once, and never before it was silent for its timeout, by the primary's
 * own monotonic clock and by what had reached the primary. It keeps books of its own, from the inputs and outputs alone.
 */
import { formatHex } from '@vivarium/shared/zxid';
import { decodeConnectResponse } from '@vivarium/wire/connect';
import { OpCode } from '@vivarium/wire/op-code';
import { decodeRevalidateRequest, decodeTouchedSessions, PacketType } from '@vivarium/wire/quorum-packet';
import type { ClientId, Input, Output } from '../core/io.ts';
import type { SimulatedServer } from './simulated-server.ts';
import type { Violations } from './violations.ts';

/** What one life of a server has heard of sessions. */
interface Books {
  /** Session of each client that has been let in. */
  readonly clients: Map<ClientId, bigint>;
  /** When a sign of life of a session came last, on the server's monotonic clock. */
  readonly heardMs: Map<bigint, number>;
  readonly expired: Set<bigint>;
  /** When this server began to lead, on the same clock; null while it does not. */
  leadingSinceMs: number | null;
}

export class SessionChecker {
  private readonly violations: Violations;
  private readonly relays: boolean;
  private readonly books = new WeakMap<SimulatedServer, Books>();
  /** Sessions whose end some server has logged. */
  private readonly ended = new Set<bigint>();

  /** `relays`: whether learners speak for sessions; false where a leader may rightly not listen, to who has just been removed. */
  constructor(violations: Violations, relays: boolean) {
    this.violations = violations;
    this.relays = relays;
  }

  private booksOf(server: SimulatedServer): Books {
    let books = this.books.get(server);
    if (books === undefined) {
      books = { clients: new Map(), heardMs: new Map(), expired: new Set(), leadingSinceMs: null };
      this.books.set(server, books);
    }
    return books;
  }

  /** Before a step with this input. */
  input(server: SimulatedServer, nowMs: number, input: Input): void {
    if (input.kind === 'clientFrame') {
      const books = this.booksOf(server);
      const sessionId = books.clients.get(input.client);
      if (sessionId !== undefined) books.heardMs.set(sessionId, nowMs);
      return;
    }
    if (!this.relays || input.kind !== 'packet' || server.server.peerState !== 'LEADING') return;
    const { heardMs } = this.booksOf(server);
    const { type, data } = input.packet;
    if (type === PacketType.PING && data !== null && data.length > 0) {
      for (const [sessionId] of decodeTouchedSessions(data)) heardMs.set(sessionId, nowMs);
    } else if (type === PacketType.REVALIDATE) {
      heardMs.set(decodeRevalidateRequest(data).sessionId, nowMs);
    }
  }

  /** Each output of a step. */
  output(server: SimulatedServer, nowMs: number, output: Output): void {
    if (output.kind === 'sendClient') {
      const { clients } = this.booksOf(server);
      // The first frame that a client gets is the answer to its ConnectRequest.
      if (!clients.has(output.client)) {
        clients.set(output.client, decodeConnectResponse(output.frame.subarray(4)).sessionId);
      }
    } else if (output.kind === 'closeClient') {
      this.booksOf(server).clients.delete(output.client);
    } else if (output.kind === 'persist' && output.write.kind === 'append') {
      this.logged(server, nowMs, output.write.txn.bytes);
    }
  }

  /** A client has come back with its session, and is told that it has expired. */
  refused(client: string, sessionId: bigint): void {
    this.violations.expect(this.ended.has(sessionId), 'SessionKept', () => {
      return `${client} is refused its session ${formatHex(sessionId)}, which nobody has closed`;
    });
  }

  /** After a step. */
  stepped(server: SimulatedServer, nowMs: number): void {
    const { server: machine } = server;
    // Not only while it serves: a standalone server keeps time from its start.
    const leads = machine.phase === 'BROADCAST' && machine.peerState === 'LEADING';
    const books = this.booksOf(server);
    if (!leads) {
      books.leadingSinceMs = null;
    } else if (books.leadingSinceMs === null) {
      books.leadingSinceMs = nowMs;
      books.expired.clear();
    }
  }

  private logged(server: SimulatedServer, nowMs: number, bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const type = view.getInt32(HEADER.type);
    const sessionId = view.getBigInt64(HEADER.sessionId);
    if (type === OpCode.closeSession) this.ended.add(sessionId);
    const books = this.booksOf(server);
    if (books.leadingSinceMs === null) return;
    if (type === OpCode.createSession) books.heardMs.set(sessionId, nowMs);
    // What a client itself closes has the number of its request.
    if (type !== OpCode.closeSession || view.getInt32(HEADER.cxid) !== 0) return;
    this.violations.expect(!books.expired.has(sessionId), 'SessionExpiry', () => {
      return `s${server.sid} expires session ${formatHex(sessionId)} twice`;
    });
    books.expired.add(sessionId);
    const timeoutMs = server.server.database.sessions.get(sessionId) ?? 0;
    const sinceMs = Math.max(books.leadingSinceMs, books.heardMs.get(sessionId) ?? 0);
    this.violations.expect(nowMs - sinceMs >= timeoutMs, 'SessionExpiry', () => {
      return `s${server.sid} expires session ${formatHex(sessionId)} of ${timeoutMs} ms after ${nowMs - sinceMs} ms of silence`;
    });
  }
}

/** Where the fields of a transaction's header are (`wire/txn`). */
const HEADER = { sessionId: 0, cxid: 8, type: 28 } as const;
