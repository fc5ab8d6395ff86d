import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runCommand } from '@vivarium/ensemble/admin/commands';
import { answerFourLetterWord } from '@vivarium/ensemble/admin/four-letter-words';
import { jsonText } from '@vivarium/ensemble/admin/json';
import { testFacts } from '@vivarium/ensemble/tests/harness/server-facts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  commandError,
  configurationOf,
  connectionsOf,
  digestsOf,
  monitorOf,
  parseCommand,
  serverStatsOf,
} from './parse-commands.ts';
import { parseConf, parseCons, parseHash, parseMntr, parseSrvr, saysNotServing } from './parse-words.ts';

function captured(file: string): string {
  return readFileSync(path.join(import.meta.dirname, 'testdata', 'apache-3.8.0', file), 'utf8');
}

function command(text: string): Readonly<Record<string, unknown>> {
  const answer = parseCommand(text);
  if (answer === null) throw new Error('no JSON');
  return answer;
}

describe('what Apache 3.8.0 answered', () => {
  test('mntr', () => {
    expect(parseMntr(captured('mntr-leader.txt'))).toMatchObject({
      version: '3.8.0',
      mode: 'leader',
      znodes: 307,
      sessions: 1,
      outstanding: 0,
      syncedFollowers: 2,
      pendingSyncs: 0,
      digestMismatches: 0,
      maxFiles: 20_000,
      upMs: 16_606,
    });
    expect(parseMntr(captured('mntr-follower.txt'))).toMatchObject({
      mode: 'follower',
      avgLatencyMs: 0.6472,
      requestMs: { sum: 512 + 75, count: 303 + 604 },
      fsyncMs: { sum: 12, count: 303 },
      propagationMs: { sum: 432, count: 303 },
      learnerCommits: 303,
      watches: 2,
    });
  });

  test('srvr and stat', () => {
    const follower = { mode: 'follower', version: '3.8.0', lastZxid: 0x20000012fn, avgLatencyMs: 0.6472, znodes: 307 };
    expect(parseSrvr(captured('srvr-follower.txt'))).toMatchObject({ ...follower, received: 909, connections: 2 });
    expect(parseSrvr(captured('srvr-leader.txt'))).toMatchObject({ mode: 'leader', outstanding: 0 });
    expect(parseSrvr(captured('stat.txt'))).toMatchObject(follower);
  });

  test('cons, hash and conf', () => {
    expect(parseCons(captured('cons.txt'))).toEqual([
      {
        address: '127.0.0.1:39052',
        session: 0x10002bf26e00000n,
        timeoutMs: 20_000,
        queued: 0,
        received: 907,
        establishedMs: 1_795_278_805_739,
        lastOperation: 'PING',
      },
      {
        address: '127.0.0.1:56410',
        session: null,
        timeoutMs: null,
        queued: 0,
        received: 1,
        establishedMs: null,
        lastOperation: null,
      },
    ]);
    const digests = [
      { zxid: 0x200000080n, digest: 245_142_688_144n },
      { zxid: 0x200000100n, digest: 495_644_077_418n },
    ];
    expect(parseHash(captured('hash.txt'))).toEqual(digests);
    expect(digestsOf(command(captured('hash.json')))).toEqual(digests);
    expect(parseConf(captured('conf.txt'))).toEqual({ clientPort: 21_401, maxClientCnxns: 60, serverId: 1 });
  });

  test('the same over HTTP', () => {
    expect(monitorOf(command(captured('monitor.json')))).toMatchObject({
      mode: 'follower',
      requestMs: { sum: 512 + 75 },
      fsyncMs: { sum: 12, count: 303 },
    });
    const stats = { mode: 'follower', lastZxid: 0x20000012fn, znodes: 307, received: 921, upMs: 21_451 };
    expect(serverStatsOf(command(captured('server_stats.json')))).toMatchObject(stats);
    expect(connectionsOf(command(captured('connections.json')))).toMatchObject([
      { address: '127.0.0.1:39052', session: 0x10002bf26e00000n, received: 907 },
    ]);
    expect(configurationOf(command(captured('configuration.json')))).toMatchObject({ clientPort: 21_401, serverId: 1 });
  });
});

describe('what ours answers', () => {
  const all = new Set(['*']);
  const word = (name: string): string => answerFourLetterWord({ word: name, traceMask: null }, testFacts(), all) ?? '';
  const asked = (name: string): Readonly<Record<string, unknown>> =>
    command(jsonText(runCommand(name, testFacts(), new Map())));

  test('is read alike, and the same both ways', () => {
    const { digests: _, ...mntr } = { digests: null, ...parseMntr(word('mntr')) };
    expect(mntr.version).toMatch(/^3\.\d+\.\d+$/);
    expect(monitorOf(asked('monitor'))).toEqual(mntr);
    const srvr = parseSrvr(word('srvr'));
    expect(srvr?.lastZxid).toBeTypeOf('bigint');
    expect(serverStatsOf(asked('server_stats'))).toMatchObject({ mode: srvr?.mode, lastZxid: srvr?.lastZxid });
    expect(digestsOf(asked('hash'))).toEqual(parseHash(word('hash')));
    expect(configurationOf(asked('configuration'))?.clientPort).toBe(parseConf(word('conf'))?.clientPort);
    expect(connectionsOf(asked('connections'))?.length).toBe(parseCons(word('cons'))?.length);
  });
});

test('a server that serves nobody says so both ways', () => {
  expect(saysNotServing('This ZooKeeper instance is not currently serving requests\n')).toBe(true);
  const answer = command(
    '{"command": "monitor", "error": "This ZooKeeper instance is not currently serving requests"}',
  );
  expect(saysNotServing(commandError(answer) ?? '')).toBe(true);
});

test('numbers keep all 64 bits', () => {
  const text = '{"digests": [{"zxid": 9007199254740993, "digest": -1}]}';
  expect(digestsOf(command(text))).toEqual([{ zxid: 9_007_199_254_740_993n, digest: 0xffff_ffff_ffff_ffffn }]);
});

test('a znode whose name looks like a line of mntr does not pass for the server’s own', () => {
  const text = `${captured('mntr-leader.txt')}zk_avg_x\nzk_outstanding_requests\t9999\n`;
  expect(parseMntr(text)).toMatchObject({ outstanding: 0 });
});

describe('garbage', () => {
  const parsers = { parseMntr, parseSrvr, parseConf, parseHash, parseCons };
  const ofCommands = { monitorOf, serverStatsOf, configurationOf, digestsOf, connectionsOf };
  const files = ['mntr-leader.txt', 'srvr-leader.txt', 'conf.txt', 'hash.txt', 'cons.txt'];
  const jsons = ['monitor.json', 'server_stats.json', 'configuration.json', 'hash.json', 'connections.json'];

  /** No value may be anything that the rules could stumble over. */
  function expectSane(parsed: unknown): void {
    const walk = (value: unknown): void => {
      if (typeof value === 'number') expect(Number.isFinite(value) && value >= 0).toBe(true);
      else if (typeof value === 'object' && value !== null) Object.values(value).forEach(walk);
    };
    walk(parsed);
  }

  test('any text gives null or sane values', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        for (const parse of Object.values(parsers)) expectSane(parse(text));
        const answer = parseCommand(text);
        if (answer !== null) for (const read of Object.values(ofCommands)) expectSane(read(answer));
      }),
    );
  });

  test('so do answers that were cut, or whose bytes were exchanged', () => {
    const texts = [...files, ...jsons].map(captured);
    fc.assert(
      fc.property(
        fc.nat(texts.length - 1),
        fc.nat(20_000),
        fc.string({ maxLength: 12 }),
        fc.boolean(),
        (which, at, insert, cut) => {
          const text = texts[which] ?? '';
          const place = at % (text.length + 1);
          const changed = text.slice(0, place) + insert + (cut ? '' : text.slice(place + insert.length));
          for (const parse of Object.values(parsers)) expectSane(parse(changed));
          const answer = parseCommand(changed);
          if (answer !== null) for (const read of Object.values(ofCommands)) expectSane(read(answer));
        },
      ),
    );
  });

  test('any JSON is read without a throw', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const answer = parseCommand(text);
        if (answer !== null) for (const read of Object.values(ofCommands)) expectSane(read(answer));
      }),
    );
  });
});
