import { type Notification, ServerState } from '@vivarium/wire/election';
import { afterEach, describe, expect, test } from 'vitest';
import { parseConfiguration } from '../core/membership/configuration.ts';
import {
  type FakePort,
  fakeElectionPort,
  FakePort as Port,
  type Question,
  voteOf,
} from '../tests/harness/fake-server.ts';
import { pollUntil } from '../tests/harness/poll.ts';
import { freePorts } from '../tests/harness/ports.ts';
import type { AttachedMember } from './attached-member.ts';
import type { HeardVote } from './election-events.ts';
import { ElectionListener } from './election-listener.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

const NOWHERE = { host: '127.0.0.1', port: 1 };

function member(sid: number, election: AttachedMember['election']): AttachedMember {
  return { sid, role: 'participant', quorum: NOWHERE, election, client: null };
}

interface Heard {
  readonly listener: ElectionListener;
  readonly votes: { readonly sid: number; readonly heard: HeardVote }[];
  /** `sid code`. */
  readonly failures: string[];
  readonly reasons: Readonly<Record<string, string | number>>[];
}

function listen(members: readonly AttachedMember[]): Heard {
  const votes: Heard['votes'] = [];
  const failures: string[] = [];
  const reasons: Heard['reasons'] = [];
  const listener = new ElectionListener(
    { members },
    {
      heard: (sid, heard) => votes.push({ sid, heard }),
      failed: (sid, reason) => {
        failures.push(`${sid} ${reason.code}`);
        reasons.push(reason.params);
      },
    },
  );
  cleanups.push(() => listener.close());
  listener.start();
  return { listener, votes, failures, reasons };
}

/** Waits for something that comes by a connection. */
function until<T>(look: () => T | undefined, what: string): Promise<T> {
  return pollUntil(async () => look(), { deadlineMs: 10_000, intervalMs: 5, describe: () => what });
}

async function electionPort(answer: (question: Question) => Uint8Array | null): Promise<FakePort> {
  const port = await fakeElectionPort(answer);
  cleanups.push(() => port.close());
  return port;
}

async function port(onConnection: Parameters<typeof Port.open>[0]): Promise<FakePort> {
  const opened = await Port.open(onConnection);
  cleanups.push(() => opened.close());
  return opened;
}

describe('what it asks', () => {
  test('as somebody who votes for nobody, above all sids, with no newer configuration, of two servers by address', async () => {
    const questions: { sid: bigint; notification: Notification }[] = [];
    const server = await electionPort((question) => {
      questions.push(question);
      return voteOf(ServerState.LEADING, 1, 1);
    });
    const { votes } = listen([member(1, server.endpoint)]);
    await until(() => votes[0], 'an answer');
    const [question] = questions;
    expect(question?.sid).toBeGreaterThan(2n ** 52n - 1n);
    expect(question?.sid).toBeLessThan(2n ** 53n);
    const { notification } = question ?? {};
    expect(notification).toMatchObject({
      state: ServerState.LOOKING,
      leader: -(2n ** 63n),
      electionEpoch: 0n,
      version: 2,
    });
    const parsed = parseConfiguration(notification?.config ?? '');
    expect(parsed.ok && parsed.configuration.version).toBe(0n);
    expect(parsed.ok && parsed.servers.map(({ quorum }) => quorum.host)).toEqual(['127.0.0.1', '127.0.0.1']);
    expect(votes[0]).toEqual({
      sid: 1,
      heard: {
        state: 'LEADING',
        vote: { leader: 1, zxid: '0x0', peerEpoch: 1, electionEpoch: 1, state: 'LEADING' },
        config: 'version=0',
      },
    });
  });

  test('two listeners are two strangers, and one is the same stranger when it comes again', async () => {
    const sids: bigint[] = [];
    const server = await electionPort(({ sid }) => {
      sids.push(sid);
      return voteOf(ServerState.LEADING, 1, 1);
    });
    const first = listen([member(1, server.endpoint)]);
    await until(() => first.votes[0], 'an answer');
    server.endAll();
    const before = first.votes.length;
    await until(() => first.votes[before], 'an answer on another connection');
    expect(server.connections).toBe(2);
    expect(new Set(sids).size).toBe(1);
    const second = listen([member(1, server.endpoint)]);
    await until(() => second.votes[0], 'an answer to the other');
    expect(new Set(sids).size).toBe(2);
  });
});

describe('how often', () => {
  test('many times a second while a server is LOOKING and some seconds after, and slower once all is quiet', async () => {
    let state: number = ServerState.LOOKING;
    const server = await electionPort(() => voteOf(state, 1, 1));
    const { votes } = listen([member(1, server.endpoint)]);
    const beganMs = performance.now();
    await until(() => votes[19], 'twenty answers');
    expect(performance.now() - beganMs).toBeGreaterThan(19 * 35);
    state = ServerState.FOLLOWING;
    await until(() => votes.find(({ heard }) => heard.state === 'FOLLOWING'), 'the change');
    const changedMs = performance.now();
    // At first it looks closely, since something has happened; then two answers are about a second apart.
    for (let lastMs = changedMs; ; ) {
      const count = votes.length;
      await until(() => votes[count], 'the next answer');
      const gapMs = performance.now() - lastMs;
      lastMs += gapMs;
      if (gapMs > 600) break;
    }
    expect(performance.now() - changedMs).toBeGreaterThan(2_500);
    expect(performance.now() - changedMs).toBeLessThan(10_000);
  }, 20_000);
});

describe('what fails', () => {
  test('nobody listens; a name that has no address; and it goes on trying', async () => {
    const [free = 0] = await freePorts(1);
    const address = { host: '127.0.0.1', port: free };
    const { failures, reasons } = listen([member(1, address), member(2, { host: 'no-such-host.invalid', port: 1 })]);
    await until(
      () => (failures.filter((line) => line === '1 refused').length > 2 ? true : undefined),
      'three refusals',
    );
    await until(() => (failures.includes('2 unknownHost') ? true : undefined), 'a name without an address');
    expect(reasons).toContainEqual({ address: `127.0.0.1:${free}` });
    expect(reasons).toContainEqual({ host: 'no-such-host.invalid' });
  });

  test('a server that takes connections and ends them', async () => {
    const server = await port((socket) => socket.end());
    const { failures } = listen([member(1, server.endpoint)]);
    await until(() => failures[2], 'three failures');
    expect(new Set(failures)).toEqual(new Set(['1 turnedAway']));
    expect(server.connections).toBeLessThan(10);
  });

  test('a server that says nothing is told after a while, and another connection tried', async () => {
    const server = await port((socket) => socket.resume());
    const { failures } = listen([member(1, server.endpoint)]);
    await until(() => failures[0], 'a failure');
    expect(failures).toEqual(['1 silent']);
  });

  test.each([
    ['a length that no message has', new Uint8Array([0x7f, 0xff, 0xff, 0xff])],
    ['HTTP', new TextEncoder().encode('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ])('what is no notification: %s', async (_, bytes) => {
    const server = await port((socket) => socket.write(bytes));
    const { failures, votes, reasons } = listen([member(1, server.endpoint)]);
    await until(() => failures[1], 'two failures');
    expect(new Set(failures)).toEqual(new Set(['1 garbage']));
    expect(votes).toEqual([]);
    expect(String(reasons[0]?.detail).length).toBeLessThan(201);
  });

  test('a server that talks without being asked is not listened to, however much it says', async () => {
    const flood = voteOf(ServerState.FOLLOWING, 1, 1);
    const server = await port((socket) => {
      for (let i = 0; i < 5_000; i++) socket.write(flood);
    });
    const { failures, votes } = listen([member(1, server.endpoint)]);
    await until(() => failures[0], 'a failure');
    expect(failures[0]).toBe('1 garbage');
    expect(votes.length).toBeLessThan(10);
  });
});

describe('whom it asks', () => {
  test('a server that is there no more is left alone, a new one is asked, one that has moved is found', async () => {
    const answer = (): Uint8Array => voteOf(ServerState.FOLLOWING, 3, 1);
    const [first, second, third] = [await electionPort(answer), await electionPort(answer), await electionPort(answer)];
    const { listener, votes } = listen([member(1, first.endpoint), member(2, second.endpoint)]);
    await until(
      () => (votes.some(({ sid }) => sid === 1) && votes.some(({ sid }) => sid === 2) ? true : undefined),
      'both',
    );
    listener.setMembers([member(2, third.endpoint)]);
    await until(() => (first.open + second.open === 0 ? true : undefined), 'the end of both connections');
    await until(() => (third.open === 1 ? true : undefined), 'a connection to where it has moved');
    const before = votes.length;
    await until(() => votes[before], 'its answer');
    expect(votes.slice(before).every(({ sid }) => sid === 2)).toBe(true);
    listener.close();
    await until(() => (third.open === 0 ? true : undefined), 'the end of the last connection');
  });
});
