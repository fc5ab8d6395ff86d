import { OPEN_ACL } from '@vivarium/shared/acl';
import { ErrorCode } from '@vivarium/shared/error-code';
import { withMark } from '@vivarium/wire/log-mark';
import { encodeLogHeader, logRecordLength, writeLogRecord } from '@vivarium/wire/log-record';
import { OpCode } from '@vivarium/wire/op-code';
import { WatchEventType } from '@vivarium/wire/replies';
import { encodeTxn, type Txn } from '@vivarium/wire/txn';
import { expect, test } from 'vitest';
import { checkHistory } from './check-history.ts';
import type { KeptLog } from './committed-log.ts';
import { Findings } from './findings.ts';
import type { Asked, Entry, Got, Operation, SeenStat } from './history.ts';

const EPOCH = 2 ** 32;
const [A, B] = [0xaan, 0xbbn];
const TIMEOUT_MS = 4_000;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

interface LoggedTxn {
  zxid: number;
  session: bigint;
  cxid: number;
  txn: Txn;
}

const z = (counter: number, epoch = 1): number => epoch * EPOCH + counter;
const node = (path: string, data: string, parentCversion: number, ephemeral = false): Txn => {
  return { type: OpCode.create2, path, data: bytes(data), acl: OPEN_ACL, ephemeral, parentCversion };
};
const logged = (zxid: number, session: bigint, cxid: number, txn: Txn): LoggedTxn => ({ zxid, session, cxid, txn });

/** A short history that keeps every promise; each test breaks one. */
class Story {
  readonly txns: LoggedTxn[] = [
    logged(z(1), A, 0, { type: OpCode.createSession, timeoutMs: TIMEOUT_MS }),
    logged(z(2), B, 0, { type: OpCode.createSession, timeoutMs: TIMEOUT_MS }),
    logged(z(3), A, 1, node('/n', '', 1)),
    logged(z(4), A, 2, node('/n/r', 'old', 1)),
    logged(z(5), B, 1, { type: OpCode.setData, path: '/n/r', data: bytes('new'), version: 1 }),
    logged(z(6), A, 4, { type: OpCode.error, err: ErrorCode.BADVERSION }),
    logged(z(7), B, 2, node('/n/e', '', 2, true)),
    logged(z(8), A, 7, node('/n/item-0000000002', '', 3)),
    logged(z(1, 2), B, 0, { type: OpCode.closeSession, paths: ['/n/e'] }),
    logged(z(2, 2), A, 9, { type: OpCode.closeSession, paths: [] }),
  ];
  /** What single servers have besides, or lack. */
  readonly extra = new Map<number, LoggedTxn[]>();
  readonly missing = new Map<number, number[]>();

  readonly entries: Entry[] = [
    connected(A, 1, 10),
    connected(B, 2, 11),
    this.op(A, 1, create('/n', ''), 20, z(3), { path: '/n', stat: stat({ czxid: z(3), mzxid: z(3), pzxid: z(3) }) }),
    this.op(A, 2, create('/n/r', 'old'), 30, z(4), { path: '/n/r', stat: registerStat }),
    this.op(A, 3, { op: 'get', path: '/n/r', watch: true }, 40, z(4), { data: 'old', stat: registerStat }),
    this.op(B, 1, { op: 'set', path: '/n/r', data: 'new', version: 0 }, 50, z(5), { stat: changedStat }),
    {
      kind: 'event',
      session: 'aa',
      connection: 1,
      type: WatchEventType.dataChanged,
      path: '/n/r',
      zxid: z(5),
      doneMs: 51,
    },
    this.op(A, 4, { op: 'set', path: '/n/r', data: 'mine', version: 0 }, 60, z(6), null, ErrorCode.BADVERSION),
    this.op(A, 5, { op: 'get', path: '/n/r', watch: false }, 70, z(6), { data: 'new', stat: changedStat }),
    this.op(B, 2, { ...create('/n/e', ''), ephemeral: true }, 80, z(7), {
      path: '/n/e',
      stat: stat({ czxid: z(7), mzxid: z(7), pzxid: z(7), owner: 'bb' }),
    }),
    this.op(A, 6, { op: 'exists', path: '/n/e', watch: true }, 90, z(7), {
      stat: stat({ czxid: z(7), mzxid: z(7), pzxid: z(7), owner: 'bb' }),
    }),
    { ...this.op(A, 7, { ...create('/n/item-', ''), sequential: true }, 100, z(8), null), zxid: null, err: null },
    { kind: 'lost', session: 'aa', connection: 1, doneMs: 100 },
    connected(A, 3, 5_000),
    {
      kind: 'event',
      session: 'aa',
      connection: 3,
      type: WatchEventType.deleted,
      path: '/n/e',
      zxid: -1,
      doneMs: 5_001,
    },
    {
      ...this.op(
        A,
        -8,
        { op: 'setWatches', relativeZxid: z(7), data: ['/n/e'], exist: [], child: [] },
        5_000,
        z(1, 2),
        null,
      ),
      connection: 3,
    },
    {
      ...this.op(A, 8, { op: 'children', path: '/n', watch: true }, 5_010, z(1, 2), {
        names: ['r', 'item-0000000002'],
        stat: stat({ czxid: z(3), mzxid: z(3), pzxid: z(1, 2), cversion: 4, children: 2 }),
      }),
      connection: 3,
    },
    { kind: 'expired', session: 'bb', doneMs: 5_020 },
    { ...this.op(A, 9, { op: 'close' }, 5_030, z(2, 2), null), connection: 3 },
  ];

  /** Sent 1 ms before it was answered. */
  op(session: bigint, cxid: number, asked: Asked, doneMs: number, zxid: number, got: Got | null, err = 0): Operation {
    const common = { kind: 'op', session: session.toString(16), connection: session === A ? 1 : 2, server: 1 } as const;
    return { ...common, cxid, asked, sentMs: doneMs - 1, doneMs, zxid, err, got };
  }

  /** Replaces the answer with the session and cxid. */
  change(session: bigint, cxid: number, changes: Partial<Operation>): void {
    const name = session.toString(16);
    const index = this.entries.findIndex(
      (entry) => entry.kind === 'op' && entry.session === name && entry.cxid === cxid,
    );
    const entry = this.entries[index];
    if (entry?.kind === 'op') this.entries[index] = { ...entry, ...changes };
  }

  without(index: number): Entry {
    const [entry] = this.entries.splice(index, 1);
    if (entry === undefined) throw new Error(`no entry ${index}`);
    return entry;
  }

  /** The promises that the check finds broken. */
  broken(): string[] {
    const files = new Map<string, Uint8Array>();
    const logs: KeptLog[] = [1, 2, 3].map((server) => {
      const path = `server-${server}`;
      const missing = this.missing.get(server) ?? [];
      const common = this.txns.filter(({ zxid }) => !missing.includes(zxid));
      const own = [...common, ...(this.extra.get(server) ?? [])];
      files.set(
        path,
        logFile(
          own.toSorted((a, b) => a.zxid - b.zxid),
          server,
        ),
      );
      return { server, path, firstZxid: own[0]?.zxid ?? 0, previous: null, live: true };
    });
    const history = {
      entries: () => this.entries,
      at: (index: number) => {
        const entry = this.entries[index];
        if (entry === undefined) throw new Error(`no entry ${index}`);
        return entry;
      },
    };
    const findings = new Findings();
    const read = (path: string): Uint8Array => files.get(path) ?? new Uint8Array(0);
    checkHistory(history, { logs, read, tickTimeMs: 500, aftermathMs: 1_000 }, findings);
    expect(findings.count).toBe(findings.list.length);
    return findings.list;
  }
}

function connected(session: bigint, connection: number, doneMs: number): Entry {
  return { kind: 'connected', session: session.toString(16), connection, server: 1, timeoutMs: TIMEOUT_MS, doneMs };
}

function create(path: string, data: string) {
  return { op: 'create', path, data, ephemeral: false, sequential: false } as const;
}

function stat(parts: Partial<SeenStat>): SeenStat {
  return { czxid: 0, mzxid: 0, pzxid: 0, version: 0, cversion: 0, children: 0, owner: '0', ...parts };
}

const registerStat = stat({ czxid: z(4), mzxid: z(4), pzxid: z(4) });
const changedStat = stat({ czxid: z(4), mzxid: z(5), pzxid: z(4), version: 1 });

/** The marks of batches differ from server to server. */
function logFile(txns: readonly LoggedTxn[], server: number): Uint8Array {
  const payloads = txns.map(({ zxid, session: sessionId, cxid, txn }) => {
    const digest = { version: 2, treeDigest: 1n };
    return withMark(encodeTxn({ sessionId, cxid, zxid: BigInt(zxid), timeMs: 1 }, txn, digest), {
      start: server,
      end: 999,
    });
  });
  const header = encodeLogHeader();
  const file = new Uint8Array(payloads.reduce((sum, payload) => sum + logRecordLength(payload), header.length));
  file.set(header);
  payloads.reduce((offset, payload) => writeLogRecord(payload, file, offset), header.length);
  return file;
}

test('a history that keeps all promises has no findings', () => {
  expect(new Story().broken()).toEqual([]);
});

const planted: Readonly<Record<string, readonly [promise: string, plant: (story: Story) => void]>> = {
  'an acknowledged write that no log has': ['Durability', (story) => story.change(B, 2, { zxid: z(9) })],
  'a transaction missing from all logs': ['Durability', (story) => void story.txns.splice(4, 1)],
  'a transaction missing from one log': ['Agreement', (story) => void story.missing.set(2, [z(5)])],
  'a log that ends early': ['Agreement', (story) => void story.missing.set(2, [z(2, 2)])],
  'a log that keeps what was never committed': [
    'Agreement',
    (story) => {
      story.extra.set(3, [logged(z(9), B, 3, node('/n/ghost', '', 4))]);
    },
  ],
  'two transactions with one zxid': [
    'Integrity',
    (story) => {
      story.missing.set(3, [z(5)]);
      story.extra.set(3, [logged(z(5), B, 1, { type: OpCode.setData, path: '/n/r', data: bytes('no'), version: 1 })]);
    },
  ],
  'a transaction that nobody asked for': [
    'Agreement',
    (story) => void story.txns.splice(8, 0, logged(z(9), A, 8, node('/n/ghost', '', 4))),
  ],
  'an unanswered write that happens twice': [
    'SessionOrder',
    (story) => void story.txns.splice(8, 0, logged(z(9), A, 7, node('/n/item-0000000003', '', 4))),
  ],
  'a write that was told to be another': ['Agreement', (story) => story.change(B, 1, { cxid: 7 })],
  'a refusal that the log does not know': ['Agreement', (story) => story.change(B, 1, { err: ErrorCode.BADVERSION })],
  'a compare-and-set with two winners': [
    'CompareAndSet',
    (story) => {
      story.txns[5] = logged(z(6), A, 4, { type: OpCode.setData, path: '/n/r', data: bytes('mine'), version: 2 });
      story.change(A, 4, { err: 0, got: { stat: { ...changedStat, mzxid: z(6), version: 2 } } });
    },
  ],
  'a refused compare-and-set that was right': [
    'CompareAndSet',
    (story) => story.change(A, 4, { asked: { op: 'set', path: '/n/r', data: 'mine', version: 1 } }),
  ],
  'a stat that is not the one of the write': [
    'TotalOrder',
    (story) => story.change(B, 1, { got: { stat: registerStat } }),
  ],
  'a read of an older tree': [
    'PrefixConsistency',
    (story) => story.change(A, 5, { got: { data: 'old', stat: registerStat } }),
  ],
  'children that are not there': [
    'PrefixConsistency',
    (story) => {
      const parent = stat({ czxid: z(3), mzxid: z(3), pzxid: z(1, 2), cversion: 4, children: 2 });
      story.change(A, 8, { got: { names: ['r', 'e'], stat: parent } });
    },
  ],
  'a session that goes back in time': [
    'SingleSystemImage',
    (story) => story.change(A, 5, { zxid: z(4), got: { data: 'old', stat: registerStat } }),
  ],
  'a write ordered before one that was over': [
    'LinearizableWrites',
    (story) => story.change(B, 1, { sentMs: 65, doneMs: 66 }),
  ],
  'answers out of order': ['SessionOrder', (story) => void story.entries.splice(8, 0, story.without(10))],
  'a lost watch event': ['WatchOrder', (story) => void story.without(6)],
  'a watch event behind what it tells of': ['WatchOrder', (story) => void story.entries.splice(7, 0, story.without(6))],
  'a watch event that comes twice': [
    'WatchOrder',
    (story) => void story.entries.splice(6, 0, story.entries[6] as Entry),
  ],
  'a watch event lost over a reconnection': ['WatchOrder', (story) => void story.without(14)],
  'an ephemeral that outlives its session': [
    'TotalOrder',
    (story) => {
      story.txns[8] = logged(z(1, 2), B, 0, { type: OpCode.closeSession, paths: [] });
    },
  ],
  'an ephemeral of a session that is over': [
    'SessionEnd',
    (story) => void story.txns.splice(9, 0, logged(z(2, 2), B, 3, node('/n/late', '', 4, true))),
  ],
  'a session that never ends': ['SessionEnd', (story) => void story.txns.splice(8, 1)],
  'a session told to be over that no log ends': [
    'SessionEnd',
    (story) => void story.entries.push({ kind: 'expired', session: 'cc', doneMs: 6_000 }),
  ],
  'a session that expires although it was heard': [
    'Expiry',
    (story) => void story.entries.splice(13, 0, story.op(B, -2, { op: 'ping' }, 3_500, z(8), null)),
  ],
  'a sequential name that is not the next': [
    'TotalOrder',
    (story) => {
      const item = stat({ czxid: z(8), mzxid: z(8), pzxid: z(8) });
      story.txns[7] = logged(z(8), A, 7, node('/n/item-0000000007', '', 3));
      story.change(A, 7, { zxid: z(8), err: 0, got: { path: '/n/item-0000000007', stat: item } });
    },
  ],
};

for (const [name, [promise, plant]] of Object.entries(planted)) {
  test(`found: ${name}`, () => {
    const story = new Story();
    plant(story);
    expect(story.broken().map((finding) => finding.split(':')[0])).toContain(promise);
  });
}

test('a session of a server that was disturbed may expire early', () => {
  const story = new Story();
  story.entries.splice(13, 0, story.op(B, -2, { op: 'ping' }, 3_500, z(8), null));
  story.entries.push({ kind: 'fault', name: 'isolate', servers: [1], sentMs: 3_000, doneMs: 4_000 });
  expect(story.broken()).toEqual([]);
});

test('a request that is refused because its session has moved may come late', () => {
  const story = new Story();
  const asked = { op: 'delete', path: '/n/r', version: -1 } as const;
  story.change(A, 5, { asked, zxid: null, err: null, got: null });
  story.txns.splice(8, 0, logged(z(9), A, 5, { type: OpCode.error, err: ErrorCode.SESSIONMOVED }));
  expect(story.broken()).toEqual([]);
});
