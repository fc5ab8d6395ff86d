import { describe, expect, test } from 'vitest';
import type { ServerStatus } from '../core/io.ts';
import { type FourLetterWord, fourLetterWordOf } from '../net/four-letter-words.ts';
import { testFacts } from '../tests/harness/server-facts.ts';
import { answerFourLetterWord } from './four-letter-words.ts';
import type { ServerFacts } from './server-facts.ts';

const ALL = new Set(['*']);
const NOT_SERVING = { mode: null, quorum: null, proposalBytes: null } as const;

function wordOf(bytes: string): FourLetterWord {
  const word = fourLetterWordOf(Buffer.from(bytes, 'latin1'));
  if (word === null || word === 'incomplete') throw new Error(`${bytes} is no word`);
  return word;
}

function answer(bytes: string, facts: ServerFacts = testFacts(), whitelist: ReadonlySet<string> = ALL): string | null {
  return answerFourLetterWord(wordOf(bytes), facts, whitelist);
}

function answerOf(bytes: string, status: Partial<ServerStatus>): string | null {
  return answer(bytes, testFacts(status));
}

describe('four-letter words', () => {
  test('are the first four bytes, or there is none', () => {
    expect(fourLetterWordOf(Buffer.from('ruok\n'))).toEqual({ word: 'ruok', traceMask: null });
    expect(fourLetterWordOf(Buffer.from('what'))).toBe(null);
    expect(fourLetterWordOf(Buffer.from('RUOK'))).toBe(null);
    expect(fourLetterWordOf(Uint8Array.of(0, 0, 0, 45, 0))).toBe(null);
    expect(fourLetterWordOf(Buffer.from('toString'))).toBe(null);
    expect(fourLetterWordOf(Buffer.from('ruo'))).toBe('incomplete');
  });

  test('stmk waits for its mask, and gtmk tells it', () => {
    expect(fourLetterWordOf(Buffer.from('stmk\0\0\0'))).toBe('incomplete');
    const facts = testFacts();
    expect(answer('gtmk', facts)).toBe('306');
    expect(answer('stmk\0\0\0\0\0\0\x01\x33', facts)).toBe('307');
    expect(answer('gtmk', facts)).toBe('307');
    expect(answer('stmk\xff\xff\xff\xff\xff\xff\xff\xff', facts)).toBe('-1');
  });

  test("telnet's Ctrl-C ends the connection, and is refused like a word where not all are allowed", () => {
    expect(answer('\xff\xf4\xff\xfd')).toBe(null);
    expect(answer('\xff\xf4\xff\xfd', testFacts(), new Set(['srvr']))).toBe(
      'telnet close is not executed because it is not in the whitelist.\n',
    );
  });

  test('srvr', () => {
    expect(answer('srvr')).toMatch(
      /^Zookeeper version: \d+\.\d+\.\d+-\S+, built on \d{4}-\d\d-\d\d \d\d:\d\d UTC\nLatency min\/avg\/max: 0\/0\.0\/0\nReceived: 11\nSent: 12\nConnections: 2\nOutstanding: 3\nZxid: 0x10000002c\nMode: leader\nNode count: 5\nProposal sizes last\/min\/max: 48\/36\/273\n$/,
    );
    expect(answerOf('srvr', { mode: 'follower', quorum: null, proposalBytes: null })).toMatch(/Node count: 5\n$/);
  });

  test('latencies have four places at most', () => {
    const { metrics } = testFacts().status();
    for (const ms of [0, 1, 1]) metrics.requestLatencyMs.add(ms);
    expect(answerOf('srvr', { metrics })).toContain('Latency min/avg/max: 0/0.6667/1\n');
  });

  test('stat and cons list the connections', () => {
    expect(answer('stat')).toContain(
      'Clients:\n /127.0.0.1:32996[1](queued=2,recved=7,sent=6)\n /[::1]:1[0](queued=0,recved=0,sent=0)\n\nLatency',
    );
    expect(answer('cons')).toBe(
      ' /127.0.0.1:32996[1](queued=2,recved=7,sent=6,sid=0x100,lop=PING,est=1795266001000,to=10000,lcxid=0xa,' +
        'lzxid=0x2c,lresp=6000,llat=0,minlat=0,avglat=1,maxlat=2)\n' +
        ' /[::1]:1[0](queued=0,recved=0,sent=0)\n\n',
    );
  });

  test('dump', () => {
    expect(answer('dump')).toMatch(
      /^SessionTracker dump:\nSession Sets \(1\)\/\(1\):\n1 expire at \w{3} \w{3} \d\d \d\d:\d\d:\d\d \S+ 2026:\n\t0x100\nephemeral nodes dump:\nSessions with Ephemerals \(1\):\n0x100:\n\t\/e\nConnections dump:\nConnections Sets \(1\)\/\(2\):\n2 expire at .*:\n\tip: \/127\.0\.0\.1:32996 sessionId: 0x100\n\tip: \/\[::1\]:1 sessionId: 0x0\n$/,
    );
    const learner = { ...testFacts(), sessionExpiries: () => null };
    expect(answer('dump', learner)).toContain('SessionTracker dump:\nGlobal Sessions(1):\n0x100\t10000ms\nephemeral');
  });

  test('wchs, wchc and wchp', () => {
    expect(answer('wchs')).toBe('1 connections watching 2 paths\nTotal watches:2\n');
    expect(answer('wchc')).toBe('0x100\n\t/a\n\t/b\n\n');
    expect(answer('wchp')).toBe('/a\n\t0x100\n/b\n\t0x100\n\n');
  });

  test('mntr', () => {
    const text = answer('mntr') ?? '';
    for (const line of text.trimEnd().split('\n')) expect(line).toMatch(/^zk_[a-z0-9_]+\t.+$/);
    expect(text).toMatch(/^zk_version\t.*\nzk_server_state\tleader\nzk_peer_state\tleading - broadcast\n/);
    for (const line of ['zk_synced_followers\t1', 'zk_open_file_descriptor_count\t30', 'zk_p999_readlatency\t0']) {
      expect(text).toContain(`${line}\n`);
    }
    const names = text.split('\n').map((line) => line.split('\t')[0]);
    expect(new Set(names).size).toBe(names.length);
    expect(answerOf('mntr', { peerState: null, quorum: null, mode: 'standalone' })).not.toContain('synced_followers');
  });

  test('hash: the zxid in hex, the digest as a Java long', () => {
    expect(answer('hash')).toBe('100000080: 1371985504\n100000100: -1\n');
  });

  test('ruok, isro, dirs and conf', () => {
    expect(answer('ruok')).toBe('imok');
    expect(answer('isro')).toBe('rw');
    expect(answer('dirs')).toBe('datadir_size: 10\nlogdir_size: 20\n');
    expect(answer('conf')).toMatch(
      /^clientPort=2181\nsecureClientPort=-1\n[\s\S]*peerType=0\nmembership: \nserver\.1=127\.0\.0\.1:2888:3888:participant\nversion=0$/,
    );
  });

  test('a server that does not serve', () => {
    for (const word of ['srvr', 'stat', 'mntr', 'cons', 'dump', 'wchs', 'dirs', 'crst']) {
      expect(answerOf(word, NOT_SERVING)).toBe('This ZooKeeper instance is not currently serving requests\n');
    }
    expect(answerOf('hash', NOT_SERVING)).toBe('This ZooKeeper instance is not currently serving requests');
    expect(answerOf('ruok', NOT_SERVING)).toBe('imok');
    expect(answerOf('isro', NOT_SERVING)).toBe('null');
    expect(answerOf('gtmk', NOT_SERVING)).toBe('306');
    expect(answerOf('envi', NOT_SERVING)).toMatch(/^Environment:\nzookeeper\.version=.*\nhost\.name=h\n/);
  });

  test('a server of readers only says so', () => {
    const readers = { ...NOT_SERVING, mode: 'read-only', peerState: 'looking', zabPhase: 'election' } as const;
    expect(answerOf('isro', readers)).toBe('ro');
    for (const word of ['srvr', 'stat']) {
      expect(answerOf(word, readers)).toMatch(
        /^.*\nREAD-ONLY mode; serving only read-only clients\n[\s\S]*Mode: read-only\n/,
      );
    }
    expect(answerOf('mntr', readers)).toContain('zk_server_state\tread-only\nzk_peer_state\tlooking - election\n');
  });

  test('security 19: only words of the whitelist are answered, and srvr', () => {
    for (const word of ['ruok', 'wchp', 'dump', 'crst', 'stmk\0\0\0\0\0\0\0\0']) {
      expect(answer(word, testFacts(), new Set(['isro']))).toBe(
        `${word.slice(0, 4)} is not executed because it is not in the whitelist.\n`,
      );
    }
    expect(answer('srvr', testFacts(), new Set())).toContain('Mode: leader');
  });

  test('counters are reset', () => {
    const facts = testFacts();
    expect(answer('srst', facts)).toBe('Server stats reset.\n');
    expect(answer('crst', facts)).toBe('Connection stats reset.\n');
    expect(facts.resets).toEqual(['server', 'connections']);
  });
});
