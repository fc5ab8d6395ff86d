import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { formatHex, makeZxid } from '@vivarium/shared/zxid';
import { OPEN_ACL_ID, type SnapshotNode, snapshotFile } from '@vivarium/wire/snapshot';

const EPOCH = 1;
const TIME_MS = 1_700_000_000_000;

function node(path: string, zxid: bigint, data: Uint8Array | null, children = 0): SnapshotNode {
  const stat = {
    czxid: zxid,
    mzxid: zxid,
    pzxid: zxid,
    ctimeMs: TIME_MS,
    mtimeMs: TIME_MS,
    version: 0,
    cversion: children,
    aversion: 0,
    ephemeralOwner: 0n,
  };
  return { path, data, aclId: OPEN_ACL_ID, stat };
}

function* nodes(count: number, bytes: number): Generator<SnapshotNode> {
  const empty = new Uint8Array(0);
  yield node('', 0n, empty, 1);
  yield node('/zookeeper', 0n, empty);
  yield node('/zookeeper/quota', 0n, empty);
  yield node('/zookeeper/config', 0n, empty);
  yield node('/large', makeZxid(EPOCH, 1), empty, count);
  const data = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at++) data[at] = (at * 31) & 0xff;
  const view = new DataView(data.buffer);
  for (let number = 0; number < count; number++) {
    // What a snapshot is written from is not kept, so that one array does for all.
    view.setUint32(0, number);
    yield node(`/large/node-${number}`, makeZxid(EPOCH, number + 2), data);
  }
}

/**
 * Makes the data directory of a server that has applied the creation of so many znodes below `/large`, each with so many
 * bytes, and taken a snapshot since. Returns the path of the snapshot.
 */
export function writeLargeHistory(dataDirectory: string, count: number, bytes: number): string {
  const folder = join(dataDirectory, 'version-2');
  mkdirSync(folder, { recursive: true });
  const zxid = makeZxid(EPOCH, count + 1);
  const path = join(folder, `snapshot.${formatHex(zxid).slice(2)}`);
  const file = openSync(path, 'w');
  for (const chunk of snapshotFile({ zxid, sessions: [], acls: [], nodes: nodes(count, bytes), digest: null })) {
    writeSync(file, chunk);
  }
  closeSync(file);
  for (const name of ['currentEpoch', 'acceptedEpoch']) writeFileSync(join(folder, name), String(EPOCH));
  return path;
}
