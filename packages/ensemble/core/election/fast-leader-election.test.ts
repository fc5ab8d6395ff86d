import { ZXID_UNKNOWN } from '@vivarium/shared/zxid';
import {
  encodeNotificationMessage,
  type Notification,
  readNotificationMessage,
  ServerState,
} from '@vivarium/wire/election';
import { describe, expect, it } from 'vitest';
import { testServerConfig } from '../../tests/harness/server-config.ts';
import { Context } from '../context.ts';
import type { Member, Output, PeerType, ServerConfig } from '../io.ts';
import type { Groups } from '../membership/configuration.ts';
import { Membership } from '../membership/membership.ts';
import { PersistQueue } from '../persist-queue.ts';
import { FastLeaderElection, type Standing } from './fast-leader-election.ts';

const EMPTY: Standing = { lastZxid: 0n, currentEpoch: 0 };
const WIPED: Standing = { lastZxid: ZXID_UNKNOWN, currentEpoch: 0 };

function members(voters: number, observers = 0): Member[] {
  return Array.from({ length: voters + observers }, (_, i) => ({
    sid: i + 1,
    role: i < voters ? 'participant' : 'observer',
    spec: `host${i + 1}:2888:3888:${i < voters ? 'participant' : 'observer'}`,
  }));
}

function config(sid: number, list: Member[], peerType: PeerType = 'participant'): ServerConfig {
  return testServerConfig({ sid, peerType, members: list });
}

/** Several elections whose notifications travel at once, in order, unless a server is cut off. */
class Arena {
  readonly contexts = new Map<number, Context>();
  readonly elections = new Map<number, FastLeaderElection>();
  readonly leaders = new Map<number, number>();
  readonly cutOff = new Set<number>();
  readonly sent: { from: number; to: number; notification: Notification }[] = [];
  private nowMs = 0;

  constructor(voters: number, observers = 0, groups: Groups | null = null) {
    const list = members(voters, observers);
    for (const member of list) this.add({ ...config(member.sid, list, member.role), groups });
  }

  /** A server with a configuration of its own. */
  add(config: ServerConfig): void {
    const context = new Context(config);
    this.contexts.set(config.sid, context);
    this.elections.set(config.sid, new FastLeaderElection(context, new Membership(context, new PersistQueue(context))));
  }

  start(sid: number, standing: Standing): void {
    this.leaders.delete(sid);
    this.note(sid, this.election(sid).start(standing));
  }

  election(sid: number): FastLeaderElection {
    const election = this.elections.get(sid);
    if (election === undefined) throw new Error(`no server ${sid}`);
    return election;
  }

  private note(sid: number, leader: number | null): void {
    if (leader !== null) this.leaders.set(sid, leader);
    const context = this.contexts.get(sid);
    if (context === undefined) return;
    const outputs: Output[] = context.outputs;
    context.outputs = [];
    for (const output of outputs) {
      if (output.kind === 'sendNotification')
        this.sent.push({ from: sid, to: Number(output.to), notification: output.notification });
    }
  }

  /** Delivers what was sent and what comes of it, or so many messages of it; tells how many they were. */
  deliver(limit = 10_000): number {
    let count = 0;
    for (let next = this.sent.shift(); next !== undefined && count < limit; next = this.sent.shift()) {
      count++;
      if (!this.elections.has(next.to) || this.cutOff.has(next.from) || this.cutOff.has(next.to)) continue;
      // Through the wire, where a number has no more than its 64 bits.
      const read = readNotificationMessage(encodeNotificationMessage(next.notification), 0);
      if (read?.notification) this.note(next.to, this.election(next.to).receive(BigInt(next.from), read.notification));
    }
    return count;
  }

  pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const dueMs = Math.min(...[...this.elections.values()].map((election) => election.deadlineMs));
      if (dueMs > untilMs) break;
      this.nowMs = dueMs;
      for (const context of this.contexts.values()) context.now = { monotonicMs: dueMs, wallMs: dueMs };
      for (const [sid, election] of this.elections) if (election.deadlineMs <= dueMs) this.note(sid, election.tick());
      this.deliver();
    }
    this.nowMs = untilMs;
  }
}

describe('Fast Leader Election', () => {
  it('pitfall 22: elects the highest sid among equals, at once where all voters agree', () => {
    const arena = new Arena(3);
    for (const sid of [1, 2, 3]) arena.start(sid, EMPTY);
    arena.deliver();
    expect([...arena.leaders]).toEqual(
      expect.arrayContaining([
        [1, 3],
        [2, 3],
        [3, 3],
      ]),
    );
  });

  it('prefers the newer epoch to the longer log, and the longer log to the higher sid', () => {
    const arena = new Arena(3);
    arena.start(1, { lastZxid: 0x200000001n, currentEpoch: 2 });
    arena.start(2, { lastZxid: 0x100000009n, currentEpoch: 1 });
    arena.start(3, { lastZxid: 0x100000005n, currentEpoch: 1 });
    arena.deliver();
    expect(new Set(arena.leaders.values())).toEqual(new Set([1]));
  });

  it('waits 200 ms for a better vote where only a quorum agrees', () => {
    const arena = new Arena(3);
    arena.cutOff.add(3);
    arena.start(1, EMPTY);
    arena.start(2, EMPTY);
    arena.deliver();
    expect(arena.leaders.size).toBe(0);
    arena.pass(199);
    expect(arena.leaders.size).toBe(0);
    arena.pass(1);
    expect([...arena.leaders]).toEqual(
      expect.arrayContaining([
        [1, 2],
        [2, 2],
      ]),
    );
  });

  it('elects nobody without a quorum', () => {
    const arena = new Arena(3);
    for (const sid of [1, 2]) arena.cutOff.add(sid);
    for (const sid of [1, 2, 3]) arena.start(sid, EMPTY);
    arena.deliver();
    arena.pass(60_000);
    expect(arena.leaders.size).toBe(0);
  });

  it('pitfall 22: lets a late server join the leader that the others settled on, though its own log is longer', () => {
    const arena = new Arena(3);
    arena.cutOff.add(3);
    arena.start(1, EMPTY);
    arena.start(2, EMPTY);
    arena.deliver();
    arena.pass(200);
    for (const sid of [1, 2])
      arena.election(sid).becomeSettled(sid === 2 ? ServerState.LEADING : ServerState.FOLLOWING, 1);
    arena.cutOff.clear();
    arena.start(3, { lastZxid: 99n, currentEpoch: 0 });
    arena.deliver();
    expect(arena.leaders.get(3)).toBe(2);
  });

  it('pitfall 22: does not follow a leader that has not said itself that it leads', () => {
    const arena = new Arena(3);
    arena.start(3, EMPTY);
    const followers = { leader: 2n, zxid: 0n, electionEpoch: 1n, peerEpoch: 1n, version: 2, config: null };
    for (const from of [1n]) {
      expect(arena.election(3).receive(from, { ...followers, state: ServerState.FOLLOWING })).toBeNull();
    }
    expect(arena.election(3).receive(2n, { ...followers, state: ServerState.FOLLOWING })).toBeNull();
    expect(arena.election(3).receive(2n, { ...followers, state: ServerState.LEADING })).toBe(2);
  });

  it('pitfall 22: answers observers, and does not count their votes', () => {
    const arena = new Arena(3, 2);
    arena.start(1, EMPTY);
    arena.deliver();
    for (const sid of [4, 5]) arena.start(sid, EMPTY);
    arena.deliver();
    arena.pass(5_000);
    expect(arena.leaders.size).toBe(0);
    arena.start(2, EMPTY);
    arena.deliver();
    arena.pass(10_000);
    expect([1, 2].map((sid) => arena.leaders.get(sid))).toEqual([2, 2]);
  });

  it('answers who only looks, also as an observer, but not again and again', () => {
    const arena = new Arena(2, 1);
    for (const sid of [1, 2, 3]) arena.start(sid, EMPTY);
    arena.deliver();
    arena.election(3).becomeSettled(ServerState.OBSERVING, 1);
    const question = {
      state: ServerState.LOOKING,
      leader: -(1n << 63n),
      zxid: -(1n << 63n),
      electionEpoch: 0n,
      peerEpoch: -(1n << 63n),
      version: 2,
      config: 'version=0',
    };
    const stranger = 1n << 52n;
    for (let i = 0; i < 5; i++) expect(arena.election(3).receive(stranger, question)).toBeNull();
    // One of another observer that is named is none of these.
    expect(arena.election(3).receive(3n, question)).toBeNull();
    const { outputs } = arena.contexts.get(3) ?? { outputs: [] };
    expect(outputs.flatMap((output) => (output.kind === 'sendNotification' ? [output.to] : []))).toEqual([stranger]);
  });

  it('never elects a server without weight, however long its log is', () => {
    const groups = {
      members: new Map([[1, [1, 2, 3]]]),
      weights: new Map(Object.entries({ 1: 1, 2: 1, 3: 0 }).map(([sid, weight]) => [Number(sid), weight])),
    };
    const arena = new Arena(3, 0, groups);
    arena.start(3, { lastZxid: 99n, currentEpoch: 7 });
    for (const sid of [1, 2]) arena.start(sid, EMPTY);
    arena.deliver();
    arena.pass(200);
    expect([1, 2].map((sid) => arena.leaders.get(sid))).toEqual([2, 2]);
  });

  it('does not let a wiped server help to elect one that may lack what it forgot; it joins whom the others elect', () => {
    const arena = new Arena(3);
    arena.cutOff.add(1);
    arena.start(2, EMPTY);
    arena.start(3, WIPED);
    arena.deliver();
    arena.pass(60_000);
    expect(arena.leaders.size).toBe(0);
    arena.cutOff.clear();
    arena.start(1, { lastZxid: 0x100000001n, currentEpoch: 1 });
    arena.deliver();
    arena.pass(10_000);
    expect(new Set(arena.leaders)).toEqual(
      new Set([
        [1, 1],
        [2, 1],
        [3, 1],
      ]),
    );
  });

  it('elects nobody among wiped servers, not even alone', () => {
    const arena = new Arena(3);
    for (const sid of [1, 2, 3]) arena.start(sid, WIPED);
    arena.deliver();
    arena.pass(60_000);
    expect(arena.leaders.size).toBe(0);
    const alone = new Arena(1);
    alone.start(1, WIPED);
    expect(alone.leaders.size).toBe(0);
  });

  it('does not let a wiped server lead since others have not noticed its end', () => {
    const arena = new Arena(3);
    arena.start(3, WIPED);
    const late = { leader: 3n, zxid: 7n, electionEpoch: 1n, peerEpoch: 1n, version: 2, config: null };
    for (const from of [1n, 2n]) {
      expect(arena.election(3).receive(from, { ...late, state: ServerState.FOLLOWING })).toBeNull();
    }
  });

  // One such message, of whoever says that he is a voter, ended all elections until the processes were started anew.
  it.each([(1n << 63n) - 1n, 1n << 62n, -1n])('comes to an end after a vote in round %i', (electionEpoch) => {
    const arena = new Arena(3);
    for (const sid of [1, 2]) arena.start(sid, EMPTY);
    const vote = { leader: 1n, zxid: 0n, electionEpoch, peerEpoch: 0n, version: 2, config: null };
    arena.election(2).receive(3n, { ...vote, state: ServerState.LOOKING });
    // Elections that a reconfiguration has decided beforehand are rounds as well.
    for (const sid of [1, 2]) arena.election(sid).designate(3, EMPTY);
    for (let election = 0; election < 3; election++) {
      for (const sid of [1, 2, 3]) arena.start(sid, EMPTY);
      arena.deliver();
      arena.pass(10_000);
      expect([1, 2, 3].map((sid) => arena.leaders.get(sid))).toEqual([3, 3, 3]);
    }
  });

  it('decides alone in an ensemble of one voter', () => {
    const arena = new Arena(1);
    arena.start(1, EMPTY);
    expect(arena.leaders.get(1)).toBe(1);
  });

  it('comes to rest between one that has left and one that does not know of it', () => {
    const arena = new Arena(3);
    const former = { sid: 9, members: members(1), configVersion: 7n, reconfigEnabled: true };
    const late = { sid: 1, members: members(3), configVersion: 5n, reconfigEnabled: true };
    arena.add(testServerConfig(former));
    arena.add(testServerConfig(late));
    for (const sid of [1, 9]) arena.start(sid, EMPTY);
    expect(arena.deliver(100)).toBeLessThan(10);
  });
});
