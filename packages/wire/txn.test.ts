import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JuteError } from './jute.ts';
import { OpCode } from './op-code.ts';
import { decodeTxn, encodeTxn, endOfTxn, type SubTxn, type Txn, zxidOfTxn } from './txn.ts';

const long = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
const int = fc.integer();
const path = fc.constantFrom('/', '/a', '/b/ü');
const data = fc.option(fc.uint8Array({ maxLength: 400 }));
const acl = fc.option(fc.array(fc.record({ perms: int, id: fc.record({ scheme: path, id: path }) }), { maxLength: 3 }));
const sub: fc.Arbitrary<SubTxn> = fc.oneof(
  fc.record({
    type: fc.constantFrom(OpCode.create, OpCode.create2),
    path,
    data,
    acl,
    ephemeral: fc.boolean(),
    parentCversion: int,
  }),
  fc.record({ type: fc.constant(OpCode.createContainer), path, data, acl, parentCversion: int }),
  fc.record({ type: fc.constant(OpCode.createTTL), path, data, acl, parentCversion: int, ttlMs: fc.nat() }),
  fc.record({ type: fc.constantFrom(OpCode.delete, OpCode.deleteContainer), path }),
  fc.record({ type: fc.constantFrom(OpCode.setData, OpCode.reconfig), path, data, version: int }),
  fc.record({ type: fc.constant(OpCode.setACL), path, acl, version: int }),
  fc.record({ type: fc.constant(OpCode.check), path, version: int }),
  fc.record({ type: fc.constant(OpCode.error), err: int }),
);
const txn: fc.Arbitrary<Txn> = fc.oneof(
  sub,
  fc.record({ type: fc.constant(OpCode.createSession), timeoutMs: int }),
  fc.record({ type: fc.constant(OpCode.closeSession), paths: fc.array(path) }),
  fc.record({ type: fc.constant(OpCode.multi), txns: fc.array(sub, { maxLength: 8 }) }),
);
const header = fc.record({ sessionId: long, cxid: int, zxid: long, timeMs: fc.integer({ min: 0, max: 2 ** 45 }) });
const digest = fc.option(
  fc.record({ version: fc.constant(2), treeDigest: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }) }),
);

describe('transactions', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(header, txn, digest, (head, body, sum) => {
        const bytes = encodeTxn(head, body, sum);
        expect(decodeTxn(bytes)).toEqual({ header: head, txn: body, digest: sum });
        expect(zxidOfTxn(bytes)).toBe(head.zxid);
        expect(endOfTxn(bytes)).toBe(encodeTxn(head, body, null).length);
      }),
    );
  });

  it('throw nothing but JuteError when cut short or changed at random', () => {
    fc.assert(
      fc.property(header, txn, digest, fc.nat(), fc.integer({ min: 0, max: 255 }), (head, body, sum, where, byte) => {
        const bytes = encodeTxn(head, body, sum);
        const changed = bytes.slice();
        changed[where % bytes.length] = byte;
        for (const candidate of [changed, bytes.subarray(0, where % bytes.length)]) {
          try {
            decodeTxn(candidate);
            expect(endOfTxn(candidate)).toBeLessThanOrEqual(candidate.length);
          } catch (error) {
            expect(error).toBeInstanceOf(JuteError);
          }
        }
      }),
    );
  });

  it('have the bytes of Java', () => {
    const head = { sessionId: 0x100n, cxid: 7, zxid: 0x100000002n, timeMs: 0x17f00000000 };
    const bytes = encodeTxn(
      head,
      { type: OpCode.setData, path: '/a', data: new Uint8Array([5]), version: 1 },
      {
        version: 2,
        treeDigest: 1371985504n,
      },
    );
    expect(Buffer.from(bytes).toString('hex')).toBe(
      '0000000000000100' +
        '00000007' +
        '0000000100000002' +
        '0000017f00000000' +
        '00000005' +
        '000000022f61' +
        '0000000105' +
        '00000001' +
        '00000002' +
        '0000000051c6d660',
    );
  });

  it('are understood as old servers wrote them', () => {
    const head = { sessionId: 1n, cxid: 1, zxid: 1n, timeMs: 1 };
    const create = encodeTxn(
      head,
      { type: OpCode.create, path: '/a', data: null, acl: null, ephemeral: true, parentCversion: 9 },
      null,
    );
    // CreateTxnV0 lacks the parent's cversion.
    expect(decodeTxn(create.subarray(0, -4)).txn).toMatchObject({ ephemeral: true, parentCversion: -1 });
    const close = encodeTxn(head, { type: OpCode.closeSession, paths: null }, null);
    expect(decodeTxn(close).txn).toEqual({ type: OpCode.closeSession, paths: null });
  });

  it('are refused where the type is unknown or has no place', () => {
    const head = { sessionId: 1n, cxid: 1, zxid: 1n, timeMs: 1 };
    const unknown = encodeTxn(head, { type: OpCode.error, err: 0 }, null).slice();
    unknown[31] = 99;
    expect(() => decodeTxn(unknown)).toThrow(JuteError);
    const nested = encodeTxn(head, { type: OpCode.multi, txns: [{ type: OpCode.error, err: 0 }] }, null).slice();
    nested.set([0, 0, 0, OpCode.multi], 36);
    expect(() => decodeTxn(nested)).toThrow('inside a multi');
    expect(() => zxidOfTxn(new Uint8Array(19))).toThrow(JuteError);
  });
});
