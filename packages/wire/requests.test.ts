import type { Acl } from '@vivarium/shared/acl';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JuteError, JuteReader } from './jute.ts';
import { OpCode, opName } from './op-code.ts';
import { AddWatchMode, type ClientRequest, encodeRequest, type MultiOp, readRequest, WatcherType } from './requests.ts';

const path = fc.array(fc.constantFrom('a', 'b', 'é', '漢'), { maxLength: 8 }).map((parts) => `/${parts.join('')}`);
const data = fc.option(fc.uint8Array({ maxLength: 50 }));
const acl: fc.Arbitrary<readonly Acl[] | null> = fc.option(
  fc.array(fc.record({ perms: fc.integer({ min: 0, max: 31 }), id: fc.record({ scheme: path, id: path }) }), {
    maxLength: 3,
  }),
);
const int = fc.integer();
const paths = fc.array(path, { maxLength: 4 });

const multiOp: fc.Arbitrary<MultiOp> = fc.oneof(
  fc.record({ type: fc.constantFrom(OpCode.create, OpCode.create2), path, data, acl, flags: int }),
  fc.record({ type: fc.constant(OpCode.delete), path, version: int }),
  fc.record({ type: fc.constant(OpCode.setData), path, data, version: int }),
  fc.record({ type: fc.constant(OpCode.check), path, version: int }),
);
const request: fc.Arbitrary<ClientRequest> = fc.oneof(
  multiOp,
  fc.record({ type: fc.constant(OpCode.setACL), path, acl, version: int }),
  fc.record({
    type: fc.constantFrom(OpCode.exists, OpCode.getData, OpCode.getChildren, OpCode.getChildren2),
    path,
    watch: fc.boolean(),
  }),
  fc.record({ type: fc.constant(OpCode.getACL), path }),
  fc.record({ type: fc.constant(OpCode.sync), path }),
  fc.record({ type: fc.constant(OpCode.multi), ops: fc.array(multiOp, { maxLength: 5 }) }),
  fc.record({
    type: fc.constant(OpCode.setWatches),
    relativeZxid: fc.bigInt({ min: 0n, max: 1n << 62n }),
    dataWatches: paths,
    existWatches: paths,
    childWatches: paths,
  }),
  fc.record({
    type: fc.constant(OpCode.setWatches2),
    relativeZxid: fc.bigInt({ min: 0n, max: 1n << 62n }),
    dataWatches: paths,
    existWatches: paths,
    childWatches: paths,
    persistentWatches: paths,
    recursiveWatches: paths,
  }),
  fc.record({ type: fc.constant(OpCode.addWatch), path, mode: fc.constantFrom(...Object.values(AddWatchMode)) }),
  fc.record({
    type: fc.constantFrom(OpCode.checkWatches, OpCode.removeWatches),
    path,
    watcherType: fc.constantFrom(...Object.values(WatcherType)),
  }),
  fc.record({ type: fc.constant(OpCode.auth), scheme: path, auth: fc.uint8Array({ maxLength: 20 }) }),
  fc.record({ type: fc.constant(OpCode.createSession), timeoutMs: int }),
  fc.constant({ type: OpCode.ping }),
  fc.constant({ type: OpCode.closeSession }),
);

/** The record in a framed request: behind its length, xid and type. */
function recordOf(frame: Uint8Array): Uint8Array {
  return frame.subarray(12);
}

describe('requests', () => {
  it('come back as they were, whatever stands behind them', () => {
    fc.assert(
      fc.property(request, fc.uint8Array({ maxLength: 8 }), (value, tail) => {
        const frame = encodeRequest(17, value);
        const header = new JuteReader(frame);
        expect([header.int(), header.int(), header.int()]).toEqual([frame.length - 4, 17, value.type]);
        const reader = new JuteReader(new Uint8Array([...recordOf(frame), ...tail]));
        expect(readRequest(value.type, reader)).toEqual(value);
        expect(reader.remaining).toBe(tail.length);
      }),
    );
  });

  it('throw nothing but JuteError when cut short or changed at random', () => {
    fc.assert(
      fc.property(request, fc.nat(), fc.nat(), fc.integer({ min: 0, max: 255 }), (value, cut, where, byte) => {
        const record = recordOf(encodeRequest(1, value)).slice();
        if (record.length === 0) return;
        expect(() => readRequest(value.type, new JuteReader(record.subarray(0, cut % record.length)))).toThrow(
          JuteError,
        );
        record[where % record.length] = byte;
        try {
          readRequest(value.type, new JuteReader(record));
        } catch (error) {
          expect(error).toBeInstanceOf(JuteError);
        }
      }),
    );
  });

  it('have the bytes of the Java client', () => {
    const acls = [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }];
    const create = encodeRequest(1, {
      type: OpCode.create,
      path: '/a',
      data: new Uint8Array([1]),
      acl: acls,
      flags: 3,
    });
    expect(Buffer.from(create).toString('hex')).toBe(
      '00000032' +
        '00000001' +
        '00000001' +
        '000000022f61' +
        '0000000101' +
        '00000001' +
        '0000001f' +
        '00000005776f726c64' +
        '00000006616e796f6e65' +
        '00000003',
    );
    const multi = encodeRequest(2, { type: OpCode.multi, ops: [{ type: OpCode.delete, path: '/a', version: -1 }] });
    expect(Buffer.from(multi).toString('hex')).toBe(
      '00000024' +
        '00000002' +
        '0000000e' +
        '00000002' +
        '00' +
        'ffffffff' +
        '000000022f61' +
        'ffffffff' +
        'ffffffff' +
        '01' +
        'ffffffff',
    );
  });

  it('have the bytes of the Java client also where only others serve them', () => {
    const node = { path: '/a', data: null, acl: [], flags: 5 };
    const record = '000000022f61' + 'ffffffff' + '00000000' + '00000005';
    const hex = (request: Parameters<typeof encodeRequest>[1]): string =>
      Buffer.from(encodeRequest(1, request)).toString('hex');
    expect(hex({ type: OpCode.createContainer, ...node })).toBe(`0000001a${'00000001'}${'00000013'}${record}`);
    expect(hex({ type: OpCode.createTTL, ...node, ttlMs: 0x1_0000_0002 })).toBe(
      `00000022${'00000001'}${'00000015'}${record}${'0000000100000002'}`,
    );
    expect(hex({ type: OpCode.getAllChildrenNumber, path: '/a' })).toBe(
      `0000000e${'00000001'}${'00000068'}${'000000022f61'}`,
    );
    expect(hex({ type: OpCode.addWatch, path: '/a', mode: AddWatchMode.recursive })).toBe(
      `00000012${'00000001'}${'0000006a'}${'000000022f61'}${'00000001'}`,
    );
    expect(hex({ type: OpCode.removeWatches, path: '/a', watcherType: WatcherType.any })).toBe(
      `00000012${'00000001'}${'00000012'}${'000000022f61'}${'00000003'}`,
    );
    expect(hex({ type: OpCode.whoAmI })).toBe(`00000008${'00000001'}${'0000006b'}`);
  });

  it('refuse a mode and a kind of watch that mean nothing', () => {
    const record = [0, 0, 0, 2, 0x2f, 0x61, 0, 0, 0];
    const read = (type: number, code: number): unknown =>
      readRequest(type, new JuteReader(new Uint8Array([...record, code])));
    expect(() => read(OpCode.addWatch, 2)).toThrow(JuteError);
    for (const type of [OpCode.checkWatches, OpCode.removeWatches]) {
      for (const code of [0, 6]) expect(() => read(type, code)).toThrow(JuteError);
    }
  });

  it('are null where nobody serves the type, and a multi refuses what has no place in it', () => {
    expect(readRequest(OpCode.sasl, new JuteReader(new Uint8Array(20)))).toBeNull();
    expect(readRequest(12345, new JuteReader(new Uint8Array(20)))).toBeNull();
    const nested = encodeRequest(1, { type: OpCode.multi, ops: [] }).slice();
    nested.set([0, 0, 0, OpCode.multi, 0], 12);
    expect(() => readRequest(OpCode.multi, new JuteReader(recordOf(nested)))).toThrow('operation 14 inside a multi');
    expect([opName(14), opName(77)]).toEqual(['multi', 'unknown(77)']);
  });
});
