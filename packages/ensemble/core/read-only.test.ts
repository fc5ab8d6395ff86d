import { OPEN_ACL } from '@vivarium/shared/acl';
import { ErrorCode } from '@vivarium/shared/error-code';
import { type ConnectResponse, decodeConnectResponse, encodeConnectRequest } from '@vivarium/wire/connect';
import { ServerState } from '@vivarium/wire/election';
import { JuteReader } from '@vivarium/wire/jute';
import { OpCode } from '@vivarium/wire/op-code';
import { readReplyHeader } from '@vivarium/wire/replies';
import { type ClientRequest, encodeRequest, Xid } from '@vivarium/wire/requests';
import { describe, expect, it } from 'vitest';
import { testServerConfig } from '../tests/harness/server-config.ts';
import { capture, clone } from './capture.ts';
import { Database } from './database.ts';
import type { Input, Output } from './io.ts';
import { Server } from './server.ts';
import { apachePassword } from './session/session-password.ts';

const LAST_ZXID = 0x1_0000_0007n;
const KNOWN_SESSION = 0x77n;

/** A server of three whose peers are silent, and what its clients got. */
class Bench {
  readonly server: Server;
  nowMs = 1000;
  readonly frames = new Map<number, Uint8Array[]>();
  readonly closed = new Map<number, string>();
  private clients = 0;

  constructor({ readOnlyMode = true, tickTimeMs = 500, sid = 1 } = {}) {
    const database = new Database();
    database.lastZxid = LAST_ZXID;
    database.sessions.set(KNOWN_SESSION, 4000);
    const members = [1, 2, 3].map((sid) => ({ sid, role: 'participant' as const, spec: `host${sid}:2888:3888` }));
    const config = testServerConfig({ sid, members, readOnlyMode, tickTimeMs });
    this.server = new Server(config, { database, recent: [], acceptedEpoch: 1, currentEpoch: 1 });
    this.step({ kind: 'start' });
  }

  step(input: Input): void {
    const now = { monotonicMs: this.nowMs, wallMs: this.nowMs };
    for (const output of this.server.step(now, input)) this.carryOut(output);
  }

  private carryOut(output: Output): void {
    if (output.kind === 'sendClient') this.of(output.client).push(output.frame.subarray(4));
    else if (output.kind === 'closeClient') this.closed.set(output.client, output.reason);
  }

  private of(client: number): Uint8Array[] {
    const frames = this.frames.get(client) ?? [];
    this.frames.set(client, frames);
    return frames;
  }

  /** Lets time pass, with a tick whenever the server wants one. */
  pass(ms: number): void {
    const endMs = this.nowMs + ms;
    while (this.server.deadlineMs <= endMs) {
      this.nowMs = Math.max(this.nowMs, this.server.deadlineMs);
      this.step({ kind: 'tick' });
    }
    this.nowMs = endMs;
  }

  /** A new connection, its number, and what it was answered; null: nothing. */
  connect(
    given: { readOnly?: boolean | null; sessionId?: bigint; password?: Uint8Array; lastZxidSeen?: bigint } = {},
  ): {
    client: number;
    answer: ConnectResponse | null;
  } {
    const client = ++this.clients;
    this.step({ kind: 'clientConnected', client, address: 'test', certificateSubject: null });
    const { readOnly = true, sessionId = 0n, password = new Uint8Array(16), lastZxidSeen = 0n } = given;
    const request = { protocolVersion: 0, lastZxidSeen, timeoutMs: 4000, sessionId, password, readOnly };
    this.step({ kind: 'clientFrame', client, frame: encodeConnectRequest(request).subarray(4) });
    const frame = this.of(client).shift();
    return { client, answer: frame === undefined ? null : decodeConnectResponse(frame) };
  }

  ask(client: number, xid: number, request: ClientRequest): { xid: number; zxid: bigint; err: number } | null {
    this.step({ kind: 'clientFrame', client, frame: encodeRequest(xid, request).subarray(4) });
    const frame = this.of(client).shift();
    return frame === undefined ? null : readReplyHeader(new JuteReader(frame));
  }

  /** The other two say that server 3 leads. */
  findLeader(): void {
    const vote = { leader: 3n, zxid: LAST_ZXID, electionEpoch: 9n, peerEpoch: 1n, version: 2, config: null };
    this.step({ kind: 'notification', from: 3n, notification: { state: ServerState.LEADING, ...vote } });
    this.step({ kind: 'notification', from: 2n, notification: { state: ServerState.FOLLOWING, ...vote } });
  }
}

const getRoot: ClientRequest = { type: OpCode.getData, path: '/', watch: true };

describe('a server that looks for a leader', () => {
  it('serves nobody without readonlymode.enabled, however long it looks', () => {
    const bench = new Bench({ readOnlyMode: false });
    bench.pass(60_000);
    expect(bench.server.mode).toBeNull();
    expect(bench.connect().answer).toBeNull();
    expect(bench.closed.size).toBe(1);
  });

  it.each([
    { tickTimeMs: 500, afterMs: 2000 },
    { tickTimeMs: 3000, afterMs: 3000 },
  ])('serves readers after $afterMs ms where a tick is $tickTimeMs ms', ({ tickTimeMs, afterMs }) => {
    const bench = new Bench({ tickTimeMs });
    bench.pass(afterMs - 1);
    expect(bench.connect().answer).toBeNull();
    bench.pass(1);
    expect(bench.server.mode).toBe('read-only');
    expect(bench.server.serving).toBe(false);
    expect(bench.connect().answer).toMatchObject({ timeoutMs: 4000, readOnly: true });
  });

  it('closes without an answer who does not only want to read, has seen more, or has a session of the ensemble', () => {
    const bench = new Bench();
    bench.pass(2000);
    const known = { sessionId: KNOWN_SESSION, password: apachePassword(KNOWN_SESSION) };
    // It may have begun since this server lost touch: nobody here can say that it has expired.
    const unknown = { sessionId: 0x88n, password: apachePassword(0x88n) };
    for (const given of [{ readOnly: false }, { readOnly: null }, { lastZxidSeen: LAST_ZXID + 1n }, known, unknown]) {
      const { client, answer } = bench.connect(given);
      expect(answer).toBeNull();
      expect(bench.closed.has(client)).toBe(true);
    }
    expect(bench.connect({ sessionId: 0x88n, password: new Uint8Array(16) }).answer).toMatchObject({ sessionId: 0n });
  });

  it('answers reads, and NOTREADONLY to writes and syncs, and a close', () => {
    const bench = new Bench();
    bench.pass(2000);
    const { client } = bench.connect();
    expect(bench.ask(client, 1, getRoot)).toEqual({ xid: 1, zxid: LAST_ZXID, err: 0 });
    const create = { path: '/a', data: null, acl: OPEN_ACL, flags: 1 };
    const refused: ClientRequest[] = [
      { type: OpCode.create, ...create },
      { type: OpCode.delete, path: '/', version: -1 },
      { type: OpCode.setData, path: '/', data: null, version: -1 },
      { type: OpCode.multi, ops: [] },
      { type: OpCode.sync, path: '/' },
    ];
    for (const [i, request] of refused.entries()) {
      const err = ErrorCode.NOTREADONLY;
      expect(bench.ask(client, 2 + i, request)).toEqual({ xid: 2 + i, zxid: LAST_ZXID, err });
    }
    expect(bench.ask(client, Xid.ping, { type: OpCode.ping })).toMatchObject({ err: 0 });
    expect(bench.ask(client, 9, { type: OpCode.closeSession })).toEqual({ xid: 9, zxid: LAST_ZXID, err: 0 });
    expect(bench.closed.get(client)).toBe('the session was closed');
  });

  it('keeps the session of a reader that comes back within its timeout, and no longer', () => {
    const bench = new Bench();
    bench.pass(2000);
    const first = bench.connect();
    const { sessionId, password } = first.answer ?? { sessionId: 0n, password: new Uint8Array(0) };
    bench.step({ kind: 'clientClosed', client: first.client });
    bench.pass(3000);
    const second = bench.connect({ sessionId, password });
    expect(second.answer).toMatchObject({ sessionId, readOnly: true });
    for (let i = 0; i < 5; i++) {
      bench.pass(3000);
      expect(bench.ask(second.client, Xid.ping, { type: OpCode.ping })).toMatchObject({ err: 0 });
    }
    bench.pass(4500);
    expect(bench.closed.get(second.client)).toBe('the session has expired');
    expect(bench.connect({ sessionId, password }).answer).toMatchObject({ timeoutMs: 0, sessionId: 0n });
  });

  it('tells a reader that comes from another server that its session is over', () => {
    const [here, elsewhere] = [new Bench(), new Bench({ sid: 2 })];
    for (const bench of [here, elsewhere]) bench.pass(2000);
    const { sessionId, password } = elsewhere.connect().answer ?? { sessionId: 0n, password: new Uint8Array(0) };
    expect(sessionId >> 56n).toBe(2n);
    expect(here.connect({ sessionId, password }).answer).toMatchObject({ timeoutMs: 0, sessionId: 0n });
    expect(here.connect().answer).toMatchObject({ readOnly: true });
  });

  it('sends all readers away when it finds a leader, and begins anew when it has lost that', () => {
    const bench = new Bench();
    bench.pass(2000);
    const { client } = bench.connect();
    bench.findLeader();
    expect(bench.server.peerState).toBe('FOLLOWING');
    expect(bench.server.mode).toBeNull();
    expect(bench.closed.get(client)).toBe('the server has found a leader');
    bench.step({ kind: 'leaderUnreachable', link: -1, reason: 'test' });
    expect(bench.server.peerState).toBe('LOOKING');
    bench.pass(1999);
    expect(bench.server.mode).toBeNull();
    bench.pass(1);
    expect(bench.server.mode).toBe('read-only');
  });

  it('is captured with its readers', () => {
    const bench = new Bench();
    bench.pass(2000);
    bench.connect();
    expect(capture(clone(bench.server))).toEqual(capture(bench.server));
  });
});
