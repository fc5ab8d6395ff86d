import { describe, expect, test } from 'vitest';
import type { ServerStatus } from '../core/io.ts';
import { answerFourLetterWord, fourLetterWordOf, type WordSource } from './four-letter-words.ts';

const STATUS: ServerStatus = {
  mode: 'leader',
  peerState: 'leading',
  zabPhase: 'broadcast',
  leaderSid: 1,
  lastZxid: 0x10000002cn,
  currentEpoch: 1,
  nodeCount: 5,
  ephemeralCount: 1,
  approximateDataSize: 100,
  digestMismatches: 0,
  watchCount: 2,
  sessionCount: 1,
  outstandingRequests: 3,
  latencyMs: { min: 0, avg: 1.22555555, max: 25 },
  quorum: { learners: 2, syncedFollowers: 1, syncedObservers: 1, pendingSyncs: 0 },
  proposalBytes: { last: 48, min: 36, max: 273 },
  clients: [{ client: 4, sessionId: 0x100n, queued: 2 }],
};

function source(
  status: Partial<ServerStatus> = {},
  whitelist: readonly string[] = ['*'],
): WordSource & { resets: string[] } {
  const resets: string[] = [];
  return {
    resets,
    whitelist: new Set(whitelist),
    status: () => ({ ...STATUS, ...status }),
    connections: () => [
      { client: 4, address: '127.0.0.1:32996', establishedMs: performance.now(), received: 7, sent: 6 },
      { client: 5, address: '[::1]:1', establishedMs: performance.now(), received: 0, sent: 0 },
    ],
    packets: () => ({ received: 11, sent: 12 }),
    resetCounters: (of) => {
      resets.push(of);
    },
    digests: () => [
      { zxid: 0x100000080n, digest: 1371985504n },
      { zxid: 0x100000100n, digest: 0xffffffffffffffffn },
    ],
    quorumSize: 3,
    configuration: 'clientPort=2181\n',
    environment: () => [['host.name', 'h']],
    fileDescriptors: () => ({ open: 30, max: 1024 }),
    uptimeMs: () => 12.3,
  };
}

const NOT_SERVING = { mode: null, quorum: null, proposalBytes: null } as const;

describe('four-letter words', () => {
  test('are the first four bytes, or there is none', () => {
    expect(fourLetterWordOf(Buffer.from('ruok\n'))).toBe('ruok');
    expect(fourLetterWordOf(Buffer.from('what'))).toBe(null);
    expect(fourLetterWordOf(Uint8Array.of(0, 0, 0, 45, 0))).toBe(null);
    expect(fourLetterWordOf(Buffer.from('toString'))).toBe(null);
  });

  test('srvr', () => {
    expect(answerFourLetterWord('srvr', source())).toMatch(
      /^Zookeeper version: \d+\.\d+\.\d+-\S+, built on \d{4}-\d\d-\d\d \d\d:\d\d UTC\nLatency min\/avg\/max: 0\/1\.2256\/25\nReceived: 11\nSent: 12\nConnections: 2\nOutstanding: 3\nZxid: 0x10000002c\nMode: leader\nNode count: 5\nProposal sizes last\/min\/max: 48\/36\/273\n$/,
    );
    const follower = {
      mode: 'follower',
      quorum: null,
      proposalBytes: null,
      latencyMs: { min: 0, avg: 0, max: 0 },
    } as const;
    expect(answerFourLetterWord('srvr', source(follower))).toMatch(/0\/0\.0\/0\n[\s\S]*Node count: 5\n$/);
  });

  test('stat and cons list the connections', () => {
    const stat = answerFourLetterWord('stat', source());
    expect(stat).toContain(
      'Clients:\n /127.0.0.1:32996[1](queued=2,recved=7,sent=6)\n /[::1]:1[1](queued=0,recved=0,sent=0)\n\nLatency',
    );
    const cons = answerFourLetterWord('cons', source());
    expect(cons).toMatch(
      /^ \/127\.0\.0\.1:32996\[1\]\(queued=2,recved=7,sent=6,sid=0x100,est=\d+\)\n \/\[::1\]:1\[1\]\(queued=0,recved=0,sent=0\)\n\n$/,
    );
  });

  test('mntr', () => {
    const text = answerFourLetterWord('mntr', source());
    for (const line of text.trimEnd().split('\n')) expect(line).toMatch(/^zk_[a-z_]+\t.+$/);
    expect(text).toContain('zk_server_state\tleader\n');
    expect(text).toContain('zk_peer_state\tleading - broadcast\n');
    expect(text).toContain('zk_synced_followers\t1\n');
    expect(text).toContain('zk_open_file_descriptor_count\t30\n');
    expect(answerFourLetterWord('mntr', source({ peerState: null, quorum: null, mode: 'standalone' }))).not.toContain(
      'quorum_size',
    );
  });

  test('hash: the zxid in hex, the digest as a Java long', () => {
    expect(answerFourLetterWord('hash', source())).toBe('100000080: 1371985504\n100000100: -1\n');
  });

  test('ruok, isro and conf', () => {
    expect(answerFourLetterWord('ruok', source())).toBe('imok');
    expect(answerFourLetterWord('isro', source())).toBe('rw');
    expect(answerFourLetterWord('conf', source())).toBe('clientPort=2181\n');
  });

  test('a server that does not serve', () => {
    for (const word of ['srvr', 'stat', 'mntr', 'cons']) {
      expect(answerFourLetterWord(word, source(NOT_SERVING))).toBe(
        'This ZooKeeper instance is not currently serving requests\n',
      );
    }
    expect(answerFourLetterWord('ruok', source(NOT_SERVING))).toBe('imok');
    expect(answerFourLetterWord('isro', source(NOT_SERVING))).toBe('null');
    expect(answerFourLetterWord('envi', source(NOT_SERVING))).toMatch(
      /^Environment:\nzookeeper\.version=.*\nhost\.name=h\n/,
    );
  });

  test('only words of the whitelist are answered', () => {
    expect(answerFourLetterWord('ruok', source({}, ['srvr']))).toBe(
      'ruok is not executed because it is not in the whitelist.\n',
    );
    expect(answerFourLetterWord('srvr', source({}, ['srvr']))).toContain('Mode: leader');
  });

  test('counters are reset', () => {
    const counted = source();
    expect(answerFourLetterWord('srst', counted)).toBe('Server stats reset.\n');
    expect(answerFourLetterWord('crst', counted)).toBe('Connection stats reset.\n');
    expect(counted.resets).toEqual(['server', 'connections']);
  });
});
