import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase64 } from './base64.ts';
import { sha1 } from './sha1.ts';
import { encodeUtf8 } from './utf8.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('sha1', () => {
  it('has the values of FIPS 180', () => {
    expect(hex(sha1(encodeUtf8('abc')))).toBe('a9993e364706816aba3e25717850c26c9cd0d89d');
    expect(hex(sha1(new Uint8Array(0)))).toBe('da39a3ee5e6b4b0d3255bfef95601890afd80709');
    expect(hex(sha1(new Uint8Array(1_000_000).fill(97)))).toBe('34aa973cd4c4daa4f61eeb2bdbad27316534016f');
  });

  it("is the platform's for every length around a block", () => {
    for (let length = 0; length < 200; length++) {
      const bytes = new Uint8Array(length).fill(length);
      expect(hex(sha1(bytes))).toBe(createHash('sha1').update(bytes).digest('hex'));
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1000 }), (bytes) => {
        expect(hex(sha1(bytes))).toBe(createHash('sha1').update(bytes).digest('hex'));
      }),
    );
  });

  it('makes the digest ids of ZooKeeper', () => {
    // The example of the administrator's guide: user "super", password "admin".
    expect(encodeBase64(sha1(encodeUtf8('super:admin')))).toBe('xQJmxLMiHGwaqBvst5y6rkB6HQs=');
  });
});
