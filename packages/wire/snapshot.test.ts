import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JuteError } from './jute.ts';
import {
  readSnapshotFile,
  type SnapshotEntry,
  SnapshotFileReader,
  SnapshotReader,
  type SnapshotSource,
  snapshotFile,
  streamSnapshot,
} from './snapshot.ts';

const ACL = [{ perms: 31, id: { scheme: 'digest', id: 'user:x' } }];

function source(nodeCount: number, dataLength: number, digest = true): SnapshotSource {
  const stat = {
    czxid: 1n,
    mzxid: 2n,
    ctimeMs: 1_700_000_000_000,
    mtimeMs: 1_700_000_000_001,
    version: 3,
    cversion: 4,
    aversion: 5,
    ephemeralOwner: -1n << 63n,
    pzxid: 6n,
  };
  const nodes = Array.from({ length: nodeCount }, (_, index) => ({
    path: index === 0 ? '' : `/n${index}`,
    data: index % 3 === 0 ? null : new Uint8Array(dataLength).fill(index),
    aclId: index % 2 === 0 ? -1 : 7,
    stat: { ...stat, version: index },
  }));
  return {
    zxid: 0x100000005n,
    sessions: [
      [0x11n, 4000],
      [0x12n, 6000],
    ],
    acls: [[7, ACL]],
    nodes,
    digest: digest ? { version: 2, treeDigest: 0xffff_ffff_ffff_fff0n } : null,
  };
}

function entriesOf(from: SnapshotSource): SnapshotEntry[] {
  return [
    ...from.sessions.map(([sessionId, timeoutMs]) => ({ kind: 'session' as const, sessionId, timeoutMs })),
    ...from.acls.map(([aclId, acl]) => ({ kind: 'acl' as const, aclId, acl })),
    ...[...from.nodes].map((node) => ({ kind: 'node' as const, node })),
  ];
}

function joined(chunks: Iterable<Uint8Array>): Uint8Array {
  return new Uint8Array(Buffer.concat([...chunks]));
}

describe('a streamed snapshot', () => {
  it('comes back as it was when it is split at every byte', () => {
    const from = source(6, 9);
    const bytes = joined(streamSnapshot(from));
    for (let cut = 0; cut < bytes.length; cut++) {
      const entries: SnapshotEntry[] = [];
      const reader = new SnapshotReader((entry) => entries.push(entry), true);
      expect(reader.push(bytes.subarray(0, cut))).toBeNull();
      expect(reader.push(new Uint8Array([...bytes.subarray(cut), 1, 2]))).toBe(bytes.length - cut);
      expect(entries).toEqual(entriesOf(from));
    }
  });

  it('comes back as it was in single bytes and in large chunks', () => {
    const small = source(5, 3);
    const entries: SnapshotEntry[] = [];
    const reader = new SnapshotReader((entry) => entries.push(entry), true);
    const bytes = joined(streamSnapshot(small));
    bytes.forEach((byte, index) => {
      expect(reader.push(new Uint8Array([byte]))).toBe(index === bytes.length - 1 ? 1 : null);
    });
    expect(entries).toEqual(entriesOf(small));

    const large = source(300, 1500);
    const chunks = [...streamSnapshot(large)];
    expect(chunks.length).toBeGreaterThan(3);
    const all: SnapshotEntry[] = [];
    const whole = new SnapshotReader((entry) => all.push(entry), true);
    const ends = chunks.map((chunk) => whole.push(chunk));
    expect(ends.at(-1)).toBe(chunks.at(-1)?.length);
    expect(ends.slice(0, -1).every((end) => end === null)).toBe(true);
    expect(all).toEqual(entriesOf(large));
  });

  it('ends with its signature or not at all', () => {
    const bytes = joined(streamSnapshot(source(2, 1)));
    expect(Buffer.from(bytes.subarray(-14)).toString('latin1')).toBe('\0\0\0\nBenWasHere');
    bytes[bytes.length - 1] = 0x21;
    expect(() => new SnapshotReader(() => {}, true).push(bytes)).toThrow(JuteError);
  });

  it('throws nothing but JuteError on bytes that were changed', () => {
    const bytes = joined(streamSnapshot(source(4, 5)));
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 0, max: 255 }), (where, byte) => {
        const changed = bytes.slice();
        changed[where] = byte;
        try {
          new SnapshotReader(() => {}, true).push(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(JuteError);
        }
      }),
    );
  });
});

describe('a snapshot file', () => {
  it('comes back as it was, with and without a digest', () => {
    for (const digest of [true, false]) {
      const from = source(200, 900, digest);
      const entries: SnapshotEntry[] = [];
      const result = readSnapshotFile(snapshotFile(from), (entry) => entries.push(entry));
      expect(result).toEqual({ ok: true, digest: digest ? { zxid: from.zxid, digest: from.digest } : null });
      expect(entries).toEqual(entriesOf(from));
    }
  });

  it('comes back as it was in pieces of any size', () => {
    const from = source(5, 40);
    const whole = joined(snapshotFile(from));
    for (let size = 1; size < whole.length; size++) {
      const entries: SnapshotEntry[] = [];
      const reader = new SnapshotFileReader((entry) => entries.push(entry));
      for (let at = 0; at < whole.length; at += size) expect(reader.push(whole.subarray(at, at + size))).toBe(true);
      expect(reader.finish()).toMatchObject({ ok: true, digest: { zxid: from.zxid } });
      expect(entries).toEqual(entriesOf(from));
    }
  });

  it('does not gather a file behind a length that is wrong', () => {
    const [bytes = new Uint8Array(0)] = snapshotFile(source(2, 0));
    // The length of the first path: the root's.
    const at = 16 + 4 + 2 * 12 + 4 + 8 + 4 + 4 + 4 + 'digest'.length + 4 + 'user:x'.length;
    new DataView(bytes.buffer, bytes.byteOffset).setInt32(at, 0x7fff_fff0);
    const reader = new SnapshotFileReader(() => {});
    let pushed = 0;
    for (let more = reader.push(bytes); more && pushed < 40; pushed++) more = reader.push(new Uint8Array(1 << 20));
    expect(pushed).toBe(16);
    expect(reader.finish()).toMatchObject({ ok: false, fault: expect.stringContaining('an entry of more than') });
  });

  it('has the header and the end mark of Java', () => {
    const bytes = joined(snapshotFile(source(1, 0)));
    expect(Buffer.from(bytes.subarray(0, 16)).toString('hex')).toBe('5a4b534e' + '00000002' + 'ffffffffffffffff');
    expect(Buffer.from(bytes.subarray(-5)).toString('hex')).toBe('000000012f');
  });

  it('is refused wherever it is cut', () => {
    const whole = joined(snapshotFile(source(4, 5)));
    const withoutDigest = joined(snapshotFile(source(4, 5, false))).length;
    for (let length = 0; length < whole.length; length++) {
      // Old servers write no digest: a file that ends just before it is whole.
      const result = readSnapshotFile([whole.subarray(0, length)], () => {});
      expect(result.ok, `cut at ${length} of ${whole.length}`).toBe(length === withoutDigest);
    }
  });

  it('is refused with any byte changed', () => {
    const whole = joined(snapshotFile(source(4, 5)));
    for (let where = 0; where < whole.length; where++) {
      const changed = whole.slice();
      changed[where] = (changed[where] ?? 0) ^ 0x20;
      // Eight bytes of the header are an id that nobody looks at.
      if (where >= 8 && where < 16) continue;
      expect(readSnapshotFile([changed], () => {}).ok, `byte ${where} of ${whole.length}`).toBe(false);
    }
  });
});
