import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeHandshake,
  encodeNotificationMessage,
  type Notification,
  readHandshake,
  readNotificationMessage,
  ServerState,
} from './election.ts';
import { JuteError, JuteWriter } from './jute.ts';

const long = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
const notification: fc.Arbitrary<Notification> = fc.record({
  state: fc.integer({ min: 0, max: 3 }),
  leader: long,
  zxid: long,
  electionEpoch: long,
  peerEpoch: long,
  version: fc.constant(2),
  config: fc.constantFrom('', 'server.1=a:1:2:participant\nversion=0'),
});

describe('handshake', () => {
  it('comes back as it was, and is null at every point before its end', () => {
    const bytes = encodeHandshake(7n, '10.0.0.1:3888');
    expect(Buffer.from(bytes).toString('hex')).toBe(
      ['ffffffffffff0000', '0000000000000007', '0000000d', Buffer.from('10.0.0.1:3888').toString('hex')].join(''),
    );
    for (let length = 0; length < bytes.length; length++) expect(readHandshake(bytes.subarray(0, length))).toBeNull();
    const more = new Uint8Array([...bytes, 1, 2, 3]);
    expect(readHandshake(more)).toEqual({ handshake: { sid: 7n, addresses: ['10.0.0.1:3888'] }, end: bytes.length });
  });

  it('may be the sid alone, or name several addresses', () => {
    const old = new JuteWriter().long(5n).finish();
    expect(readHandshake(old)).toEqual({ handshake: { sid: 5n, addresses: [] }, end: 8 });
    const many = encodeHandshake(3n, 'a:1|b:2');
    many[7] = 1;
    expect(readHandshake(many)?.handshake.addresses).toEqual(['a:1', 'b:2']);
  });

  it('is refused with another protocol or an address of no length', () => {
    expect(() => readHandshake(new JuteWriter().long(-3n).finish())).toThrow(JuteError);
    for (const length of [0, -1, 2049, 0x7fffffff]) {
      expect(() => readHandshake(new JuteWriter().long(-65536n).long(1n).int(length).finish())).toThrow(JuteError);
    }
  });
});

describe('notification', () => {
  it('comes back as it was, from any offset, and is null at every point before its end', () => {
    fc.assert(
      fc.property(notification, fc.uint8Array({ maxLength: 5 }), (value, lead) => {
        const frame = encodeNotificationMessage(value);
        const bytes = new Uint8Array([...lead, ...frame, 9]);
        expect(readNotificationMessage(bytes, lead.length)).toEqual({
          notification: value,
          end: lead.length + frame.length,
        });
        for (let length = 0; length < frame.length; length++) {
          expect(readNotificationMessage(frame.subarray(0, length), 0)).toBeNull();
        }
      }),
    );
  });

  it('is understood in the short forms of old servers', () => {
    const short = new JuteWriter().int(ServerState.LEADING).long(2n).long(0x300000005n).long(4n).finishFrame();
    expect(short).toHaveLength(4 + 28);
    expect(readNotificationMessage(short, 0)?.notification).toEqual({
      state: ServerState.LEADING,
      leader: 2n,
      zxid: 0x300000005n,
      electionEpoch: 4n,
      peerEpoch: 3n,
      version: 0,
      config: null,
    });
    const value = { state: 0, leader: 1n, zxid: 2n, electionEpoch: 3n, peerEpoch: 4n, version: 1, config: null };
    const middle = encodeNotificationMessage(value);
    expect(middle).toHaveLength(4 + 40);
    expect(readNotificationMessage(middle, 0)?.notification).toEqual(value);
  });

  it('is skipped when it makes no sense inside its frame', () => {
    const bad = [
      new JuteWriter().int(4).long(2n).long(3n).long(4n).finishFrame(),
      new JuteWriter().int(-1).long(2n).long(3n).long(4n).finishFrame(),
      new Uint8Array([0, 0, 0, 1, 0]),
      new JuteWriter().int(0).long(2n).long(3n).long(4n).int(5).finishFrame(),
      new JuteWriter().int(0).long(2n).long(3n).long(4n).long(5n).int(2).int(999).finishFrame(),
      new JuteWriter().int(0).long(2n).long(3n).long(4n).long(5n).int(2).int(-1).finishFrame(),
    ];
    for (const frame of bad)
      expect(readNotificationMessage(frame, 0)).toEqual({ notification: null, end: frame.length });
  });

  it('ends the stream with a length that no frame has', () => {
    for (const length of [0, -1, 524289, 0x7fffffff]) {
      expect(() => readNotificationMessage(new JuteWriter().int(length).finish(), 0)).toThrow(JuteError);
    }
  });
});
