import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeConnectRequest, decodeConnectResponse, encodeConnectRequest, encodeConnectResponse } from './connect.ts';
import { JuteError } from './jute.ts';

const long = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
const request = fc.record({
  protocolVersion: fc.constant(0),
  lastZxidSeen: long,
  timeoutMs: fc.integer(),
  sessionId: long,
  password: fc.uint8Array({ maxLength: 20 }),
  readOnly: fc.option(fc.boolean()),
});

describe('connect records', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(request, (value) => {
        expect(decodeConnectRequest(encodeConnectRequest(value).subarray(4))).toEqual(value);
        const { timeoutMs, sessionId, password, readOnly } = value;
        const response = { timeoutMs, sessionId, password, readOnly };
        expect(decodeConnectResponse(encodeConnectResponse(response).subarray(4))).toEqual(response);
      }),
    );
  });

  it('take 37 bytes with the read-only flag and 36 without it', () => {
    const response = { timeoutMs: 4000, sessionId: 0x1000n, password: new Uint8Array(16).fill(7) };
    const newer = encodeConnectResponse({ ...response, readOnly: false });
    const older = encodeConnectResponse({ ...response, readOnly: null });
    expect([newer.length - 4, older.length - 4]).toEqual([37, 36]);
    expect(Buffer.from(newer).toString('hex')).toBe(
      ['00000025', '00000000', '00000fa0', '0000000000001000', '00000010', '07'.repeat(16), '00'].join(''),
    );
    expect(newer.subarray(4, 40)).toEqual(older.subarray(4));
  });

  it('may carry no password at all', () => {
    const bytes = encodeConnectRequest({
      protocolVersion: 0,
      lastZxidSeen: 0n,
      timeoutMs: 1000,
      sessionId: 0n,
      password: new Uint8Array(0),
      readOnly: null,
    });
    // A null buffer is read as an empty one.
    bytes.set([0xff, 0xff, 0xff, 0xff], bytes.length - 4);
    expect(decodeConnectRequest(bytes.subarray(4)).password).toEqual(new Uint8Array(0));
  });

  it('are refused when cut short', () => {
    const bytes = encodeConnectResponse({
      timeoutMs: 1,
      sessionId: 1n,
      password: new Uint8Array(16),
      readOnly: null,
    }).subarray(4);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeConnectResponse(bytes.subarray(0, length))).toThrow(JuteError);
      if (length < 24) expect(() => decodeConnectRequest(bytes.subarray(0, length))).toThrow(JuteError);
    }
  });
});
