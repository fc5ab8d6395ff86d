import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JuteError, JuteWriter } from './jute.ts';
import {
  decodeForwardedRequest,
  decodeInt,
  decodeLearnerInfo,
  decodeRevalidateReply,
  decodeRevalidateRequest,
  decodeTouchedSessions,
  encodeForwardedRequest,
  encodeInt,
  encodeLearnerInfo,
  encodePacket,
  encodeRevalidateReply,
  encodeRevalidateRequest,
  encodeTouchedSessions,
  PacketType,
  packet,
  packetName,
  type QuorumPacket,
  readPacket,
} from './quorum-packet.ts';

const long = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
const word = fc.constantFrom('', 'digest', 'user:x', 'é');
const quorumPacket: fc.Arbitrary<QuorumPacket> = fc.record({
  type: fc.integer({ min: 1, max: 19 }),
  zxid: long,
  data: fc.option(fc.uint8Array({ maxLength: 200 })),
  authinfo: fc.option(fc.array(fc.record({ scheme: word, id: word }), { maxLength: 3 })),
});

/** Reads all packets from a stream that arrives in pieces. */
function readStream(pieces: readonly Uint8Array[]): QuorumPacket[] {
  const packets: QuorumPacket[] = [];
  let left = new Uint8Array(0);
  for (const piece of pieces) {
    left = new Uint8Array([...left, ...piece]);
    let offset = 0;
    for (;;) {
      const read = readPacket(left, offset);
      if (read === null) break;
      packets.push(read.packet);
      offset = read.end;
    }
    left = left.slice(offset);
  }
  expect(left).toHaveLength(0);
  return packets;
}

describe('quorum packets', () => {
  it('come back as they were wherever the stream is split', () => {
    fc.assert(
      fc.property(
        fc.array(quorumPacket, { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat(), { maxLength: 6 }),
        (packets, cuts) => {
          const stream = new Uint8Array(packets.flatMap((value) => [...encodePacket(value)]));
          const ends = [...new Set(cuts.map((cut) => cut % stream.length))].sort((a, b) => a - b);
          const pieces = [...ends, stream.length].map((end, i) => stream.subarray(ends[i - 1] ?? 0, end));
          expect(readStream(pieces)).toEqual(packets);
        },
      ),
    );
  });

  it('come back as they were when the stream is split at every byte', () => {
    const ids = [{ scheme: 'ip', id: '127.0.0.1' }];
    const packets = [
      packet(PacketType.PING, 5n),
      { type: 2, zxid: -1n, data: new Uint8Array([1, 2, 3]), authinfo: ids },
    ];
    const stream = new Uint8Array(packets.flatMap((value) => [...encodePacket(value)]));
    for (let cut = 0; cut <= stream.length; cut++) {
      expect(readStream([stream.subarray(0, cut), stream.subarray(cut)])).toEqual(packets);
    }
    expect(readStream([...stream].map((byte) => new Uint8Array([byte])))).toEqual(packets);
  });

  it('have no outer length and -1 for what is null', () => {
    expect(Buffer.from(encodePacket(packet(PacketType.UPTODATE, -1n))).toString('hex')).toBe(
      '0000000c' + 'ffffffffffffffff' + 'ffffffff' + 'ffffffff',
    );
    expect([packetName(12), packetName(99)]).toEqual(['UPTODATE', 'unknown(99)']);
  });

  it('end the stream when no continuation makes them packets', () => {
    const header = (length: number) => new JuteWriter().int(1).long(0n).int(length).int(0).finish();
    for (const length of [-2, 0x7fffffff, 4 * 1024 * 1024 + 1])
      expect(() => readPacket(header(length), 0)).toThrow(JuteError);
    expect(() => readPacket(new JuteWriter().int(1).long(0n).int(-1).int(-2).finish(), 0)).toThrow(JuteError);
    // A vector whose count grows as the stream does would otherwise keep everything in memory for ever.
    const endless = new Uint8Array(9 * 1024 * 1024);
    endless.set(new JuteWriter().int(1).long(0n).int(-1).int(0x7fffffff).finish());
    expect(() => readPacket(endless, 0)).toThrow(JuteError);
  });
});

describe('contents of packets', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(
        long,
        fc.integer(),
        fc.nat(),
        fc.uint8Array({ maxLength: 50 }),
        fc.boolean(),
        (id, int, sid, record, valid) => {
          const info = { sid, protocolVersion: 0x10000, configVersion: id };
          expect(decodeLearnerInfo(encodeLearnerInfo(info))).toEqual(info);
          expect(decodeInt(encodeInt(int))).toBe(int);
          const request = { sessionId: id, cxid: int, type: 1, record };
          expect(decodeForwardedRequest(encodeForwardedRequest(request))).toEqual(request);
          const sessions: [bigint, number][] = [
            [id, int],
            [1n, 2],
          ];
          expect(decodeTouchedSessions(encodeTouchedSessions(sessions))).toEqual(sessions);
          expect(decodeRevalidateRequest(encodeRevalidateRequest(id, int))).toEqual({ sessionId: id, timeoutMs: int });
          expect(decodeRevalidateReply(encodeRevalidateReply(id, valid))).toEqual({ sessionId: id, valid });
        },
      ),
    );
  });

  it('have the lengths of the Java records', () => {
    expect(encodeLearnerInfo({ sid: 1, protocolVersion: 0x10000, configVersion: 0n })).toHaveLength(20);
    expect(encodeRevalidateReply(1n, true)).toHaveLength(9);
    expect(decodeTouchedSessions(null)).toEqual([]);
    // Before 3.5 a LearnerInfo had no version of the configuration.
    const old = encodeLearnerInfo({ sid: 1, protocolVersion: 0x10000, configVersion: 0n }).subarray(0, 12);
    expect(decodeLearnerInfo(old).configVersion).toBe(0n);
  });

  it('are refused when cut short', () => {
    for (const read of [decodeInt, decodeRevalidateRequest, decodeRevalidateReply]) {
      expect(() => read(null)).toThrow(JuteError);
      expect(() => read(new Uint8Array(3))).toThrow(JuteError);
    }
    expect(() => decodeTouchedSessions(new Uint8Array(13))).toThrow(JuteError);
    expect(() => decodeLearnerInfo(new Uint8Array(11))).toThrow(JuteError);
    expect(() => decodeForwardedRequest(new Uint8Array(15))).toThrow(JuteError);
  });
});
