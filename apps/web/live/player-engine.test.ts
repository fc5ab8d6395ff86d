import type { ClusterEventBody, TracedVote } from '@vivarium/shared/cluster-event';
import { emptyState } from '@vivarium/shared/cluster-state';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { beforeEach, describe, expect, test } from 'vitest';
import { PlayerEngine } from './player-engine.ts';

const origins = { process: 'host', role: 'trace', votes: 'trace', messages: 'trace', proposals: 'trace' } as const;
const info: ClusterInfo = {
  id: 'local',
  name: 'local',
  kind: 'hosted',
  capabilities: {
    live: true,
    processes: true,
    faults: true,
    addObserver: true,
    readZnodes: true,
    readPast: true,
    writeZnodes: true,
    search: false,
    transactions: false,
    health: false,
  },
  provenance: {
    ...origins,
    sessions: 'trace',
    watches: 'trace',
    znodes: 'client',
    latency: 'missing',
    digest: 'missing',
  },
  kept: { first: 1, last: 0 },
  recording: false,
  connectString: null,
  attached: null,
};

let engine: PlayerEngine;
let n: number;
let atMs: number;
let frameMs: number;

beforeEach(() => {
  engine = new PlayerEngine(() => {});
  engine.reset('local');
  engine.connectionChanged('connected');
  engine.allowReplay(true);
  engine.snapshot({
    cluster: 'local',
    instance: 'i',
    info,
    state: emptyState(),
    summarised: 0,
    sentAtMs: performance.now(),
  });
  n = 0;
  atMs = 1_000;
  frameMs = 0;
  engine.frame(frameMs);
  const members = [1, 2, 3].map((sid): [number, ClusterEventBody] => [
    sid,
    { kind: 'memberAdded', role: 'participant', host: 'h', clientPort: 1, quorumPort: 2, electionPort: 3 },
  ]);
  // Nobody has an epoch yet: the first election is a start, and no news.
  const first = { ...looking, epoch: 0 };
  tell(...members, [1, first], [2, first], [3, first], [3, leading], [1, following], [2, following]);
});

const looking = { kind: 'stateChanged', state: 'LOOKING', phase: 'ELECTION', epoch: 1, leader: null } as const;
const leading = { kind: 'stateChanged', state: 'LEADING', phase: 'BROADCAST', epoch: 1, leader: 3 } as const;
const following = { kind: 'stateChanged', state: 'FOLLOWING', phase: 'BROADCAST', epoch: 1, leader: 3 } as const;
const vote: TracedVote = { leader: 1, zxid: '0x1', peerEpoch: 1, electionEpoch: 2, state: 'LOOKING' };
const died = { kind: 'processChanged', process: 'killed', pid: 1, by: 'a', exit: null, lastLines: [] } as const;

/** Events a millisecond apart, as one batch. */
function tell(...bodies: readonly [number, ClusterEventBody][]): void {
  const events = bodies.map(([sid, body]): FeedEvent => {
    n++;
    atMs++;
    return { n, sid, sequence: n, atMs, wallMs: 1_700_000_000_000 + atMs, body };
  });
  engine.batch({ cluster: 'local', after: n - events.length, upTo: n, events, sentAtMs: atMs });
}

function passFrames(count: number, everyMs = 16): void {
  for (let i = 0; i < count; i++) {
    frameMs += everyMs;
    engine.frame(frameMs);
  }
}

function commit(): void {
  tell([3, { kind: 'committed', zxid: `0x1${n.toString(16).padStart(8, '0')}` }]);
}

describe('the instant', () => {
  test('is now, stands when paused, and comes back', () => {
    commit();
    expect(engine.view()).toMatchObject({ mode: 'live', state: { n } });
    engine.pause();
    const stoodAt = n;
    commit();
    passFrames(10);
    expect(engine.view()).toMatchObject({ mode: 'paused', state: { n: stoodAt }, liveN: stoodAt + 1 });
    engine.goLive();
    expect(engine.view()).toMatchObject({ mode: 'live', state: { n: stoodAt + 1 } });
  });

  test('goes to any event or time that is held, and steps from thing to thing', () => {
    for (let i = 0; i < 50; i++) commit();
    engine.seekToEvent(20);
    expect(engine.view()).toMatchObject({ mode: 'paused', state: { n: 20 } });
    engine.step(1);
    expect(engine.view().state.n).toBe(21);
    engine.step(-1);
    engine.step(-1);
    expect(engine.view().state.n).toBe(19);
    engine.seek(1_030.5);
    expect(engine.view().state.n).toBe(30);
    expect(engine.view().headMs).toBe(1_030.5);
  });

  test('is never before the first event, and does not run on while the connection is broken', () => {
    engine.seek(0);
    expect(engine.view()).toMatchObject({ headMs: 1_001, state: { n: 1 } });
    engine.goLive();
    passFrames(2);
    const { headMs } = engine.view();
    engine.connectionChanged('reconnecting');
    passFrames(100);
    expect(engine.view().headMs).toBe(headMs);
  });

  test('moves at its speed, and catches up with now', () => {
    for (let i = 0; i < 100; i++) commit();
    engine.seekToEvent(50);
    engine.setSpeed(0.1);
    engine.play();
    passFrames(10, 10);
    expect(engine.view().headMs).toBeCloseTo(1_060, 5);
    engine.setSpeed(10);
    passFrames(10, 10);
    expect(engine.view().mode).toBe('live');
  });

  test('below the speed of time falls behind by itself', () => {
    engine.setSpeed(0.01);
    expect(engine.view().mode).toBe('playing');
  });

  test('at the end of a past that does not go on stands still', () => {
    const ended = { ...info, capabilities: { ...info.capabilities, live: false }, kept: { first: 1, last: n } };
    engine.infoChanged(ended);
    engine.seekToEvent(2);
    engine.setSpeed(10);
    engine.play();
    passFrames(20);
    expect(engine.view()).toMatchObject({ mode: 'paused', state: { n } });
  });
});

describe('an election', () => {
  const begin = (): void =>
    tell(
      [3, died],
      [1, looking],
      [1, { kind: 'voteSent', to: 2, vote }],
      [2, looking],
      [2, { kind: 'voteReceived', from: 1, vote }],
    );

  test('is replayed slowly from its beginning, and then it is now again', () => {
    begin();
    expect(engine.view()).toMatchObject({ mode: 'playing', replay: { election: 2 } });
    passFrames(30);
    expect(engine.view().speed).toBeLessThan(0.1);
    expect(engine.view().state.elections).toHaveLength(2);
    tell([1, { ...leading, leader: 1 }], [2, { ...following, leader: 1 }]);
    for (let i = 0; i < 10; i++) commit();
    passFrames(400);
    expect(engine.view()).toMatchObject({ mode: 'live', speed: 1, replay: null, state: { n } });
  });

  test('shows each vote on the way, whatever the frames', () => {
    begin();
    tell([1, { ...leading, leader: 1 }]);
    const seen = new Set<number>();
    for (let i = 0; i < 400 && engine.view().replay !== null; i++) {
      passFrames(1, 200);
      seen.add(engine.view().state.n);
    }
    for (let event = 11; event <= n; event++) expect(seen).toContain(event);
  });

  test('is not replayed where nobody wants it, nor where the person has paused', () => {
    engine.setAutoReplay(false);
    begin();
    expect(engine.view()).toMatchObject({ mode: 'live', replay: null });
    engine.setAutoReplay(true);
    engine.allowReplay(false);
    tell([1, { ...leading, leader: 1 }], [2, { ...following, leader: 1 }], [1, died], [2, looking], [3, looking]);
    expect(engine.view()).toMatchObject({ mode: 'live', replay: null });
    engine.allowReplay(true);
    engine.pause();
    tell([1, { ...leading, leader: 1 }], [1, looking], [2, looking]);
    expect(engine.view()).toMatchObject({ mode: 'paused', replay: null });
  });
});

test('a break without a gap changes nothing, one with a gap says how much was not seen', () => {
  commit();
  const state = engine.view().latest;
  engine.snapshot({
    cluster: 'local',
    instance: 'i',
    info,
    state: { ...state, n: n + 500 },
    summarised: 500,
    sentAtMs: performance.now(),
  });
  expect(engine.view()).toMatchObject({ mode: 'live', summarised: 500, state: { n: n + 500 } });
});

test('a cluster in which nothing happens has a clock all the same', () => {
  const sentAtMs = performance.now() + 1_000_000;
  engine.snapshot({ cluster: 'local', instance: 'i', info, state: emptyState(), summarised: 0, sentAtMs });
  engine.frame(performance.now() + 3_000);
  expect(engine.view().headMs).toBeGreaterThan(sentAtMs + 2_000);
});
