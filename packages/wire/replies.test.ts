import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JuteError, JuteReader, JuteWriter } from './jute.ts';
import { OpCode } from './op-code.ts';
import { readStat, readStatPersisted, writeStat, writeStatPersisted } from './records.ts';
import {
  encodeNotification,
  encodeReply,
  type MultiResult,
  type ReplyBody,
  readReplyBody,
  readReplyHeader,
  readWatcherEvent,
  WatchEventType,
} from './replies.ts';

const long = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
const int = fc.integer();
const time = fc.integer({ min: 0, max: 2 ** 45 });
const path = fc.constantFrom('/', '/a', '/b/c', '/é');
const stat = fc.record({
  czxid: long,
  mzxid: long,
  ctimeMs: time,
  mtimeMs: time,
  version: int,
  cversion: int,
  aversion: int,
  ephemeralOwner: long,
  dataLength: int,
  numChildren: int,
  pzxid: long,
});
const result: fc.Arbitrary<MultiResult> = fc.oneof(
  fc.record({ type: fc.constant(OpCode.create), path }),
  fc.record({ type: fc.constant(OpCode.create2), path, stat }),
  fc.record({ type: fc.constant(OpCode.setData), stat }),
  fc.record({ type: fc.constantFrom(OpCode.delete, OpCode.check) }),
  fc.record({ type: fc.constant(OpCode.error), err: int }),
);
const acl = fc.array(fc.record({ perms: int, id: fc.record({ scheme: path, id: path }) }), { maxLength: 3 });
/** A body with the request that it answers. */
const answer: fc.Arbitrary<[number, ReplyBody]> = fc.oneof(
  fc.tuple(fc.constantFrom(OpCode.delete, OpCode.ping), fc.record({ kind: fc.constant('empty' as const) })),
  fc.tuple(fc.constantFrom(OpCode.create, OpCode.sync), fc.record({ kind: fc.constant('path' as const), path })),
  fc.tuple(
    fc.constant(OpCode.getAllChildrenNumber),
    fc.record({ kind: fc.constant('count' as const), count: fc.nat() }),
  ),
  fc.tuple(
    fc.constant(OpCode.whoAmI),
    fc.record({ kind: fc.constant('ids' as const), ids: fc.array(fc.record({ scheme: path, id: path })) }),
  ),
  fc.tuple(
    fc.constantFrom(OpCode.create2, OpCode.createContainer, OpCode.createTTL),
    fc.record({ kind: fc.constant('pathStat' as const), path, stat }),
  ),
  fc.tuple(
    fc.constantFrom(OpCode.exists, OpCode.setData, OpCode.setACL),
    fc.record({ kind: fc.constant('stat' as const), stat }),
  ),
  fc.tuple(
    fc.constant(OpCode.getData),
    fc.record({ kind: fc.constant('dataStat' as const), data: fc.option(fc.uint8Array({ maxLength: 300 })), stat }),
  ),
  fc.tuple(
    fc.constant(OpCode.getChildren),
    fc.record({ kind: fc.constant('children' as const), children: fc.array(path), stat: fc.constant(null) }),
  ),
  fc.tuple(
    fc.constant(OpCode.getChildren2),
    fc.record({ kind: fc.constant('children' as const), children: fc.array(path), stat }),
  ),
  fc.tuple(fc.constant(OpCode.getACL), fc.record({ kind: fc.constant('aclStat' as const), acl, stat })),
  fc.tuple(
    fc.constant(OpCode.multi),
    fc.record({ kind: fc.constant('multi' as const), results: fc.array(result, { maxLength: 12 }) }),
  ),
);

describe('replies', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(answer, long, int, ([type, body], zxid, xid) => {
        const frame = encodeReply({ xid, zxid, err: 0 }, body);
        const reader = new JuteReader(frame, 4);
        expect(readReplyHeader(reader)).toEqual({ xid, zxid, err: 0 });
        expect(readReplyBody(type, reader)).toEqual(body);
        expect(reader.remaining).toBe(0);
      }),
    );
  });

  it('throw nothing but JuteError when cut short', () => {
    fc.assert(
      fc.property(answer, fc.nat(), ([type, body], cut) => {
        const bytes = encodeReply({ xid: 1, zxid: 1n, err: 0 }, body).subarray(20);
        if (bytes.length === 0) return;
        expect(() => readReplyBody(type, new JuteReader(bytes.subarray(0, cut % bytes.length)))).toThrow(JuteError);
      }),
    );
  });

  it('have no body where there is an error', () => {
    const frame = encodeReply({ xid: 5, zxid: 9n, err: -101 }, { kind: 'path', path: '/a' });
    expect(Buffer.from(frame).toString('hex')).toBe('00000010' + '00000005' + '0000000000000009' + 'ffffff9b');
  });

  it('tell of a failed multi result by result, with error 0 in the header', () => {
    const results: MultiResult[] = [
      { type: OpCode.error, err: 0 },
      { type: OpCode.error, err: -101 },
      { type: OpCode.error, err: -2 },
    ];
    const frame = encodeReply({ xid: 1, zxid: 2n, err: 0 }, { kind: 'multi', results });
    expect(Buffer.from(frame.subarray(20)).toString('hex')).toBe(
      'ffffffff00' +
        '00000000'.repeat(2) +
        'ffffffff00' +
        'ffffff9b'.repeat(2) +
        'ffffffff00' +
        'fffffffe'.repeat(2) +
        'ffffffff01ffffffff',
    );
  });

  it('notify with xid -1 and state 3', () => {
    const frame = encodeNotification(WatchEventType.deleted, '/a', 0x100000002n);
    expect(Buffer.from(frame).toString('hex')).toBe(
      '0000001e' + 'ffffffff' + '0000000100000002' + '00000000' + '00000002' + '00000003' + '000000022f61',
    );
    const reader = new JuteReader(frame, 20);
    expect(readWatcherEvent(reader)).toEqual({ type: 2, state: 3, path: '/a' });
  });
});

describe('Stat', () => {
  it('takes 68 bytes, and 60 on disk', () => {
    fc.assert(
      fc.property(stat, (value) => {
        const writer = new JuteWriter(1);
        writeStat(writer, value);
        expect(writer.size).toBe(68);
        expect(readStat(new JuteReader(writer.finish()))).toEqual(value);
        const { dataLength, numChildren, ...persisted } = value;
        const onDisk = new JuteWriter(1);
        writeStatPersisted(onDisk, persisted);
        expect(onDisk.size).toBe(60);
        expect(readStatPersisted(new JuteReader(onDisk.finish()))).toEqual(persisted);
      }),
    );
  });
});
