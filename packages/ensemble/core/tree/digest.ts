/**
 * The digest of a tree: the sum, modulo 2^64, of a CRC-32 of each node (Java `DigestCalculator`). Servers compare it after
 * every transaction, so it must be the same number as Apache's to the bit.
 */
import { crc32 } from '@vivarium/shared/checksum';
import type { StatPersisted } from '@vivarium/shared/stat';
import { utf8Length, writeUtf8 } from '@vivarium/shared/utf8';

/** The version of this way of computing it, as transactions carry it. */
export const DIGEST_VERSION = 2;

const SUBTREE_LEFT_OUT = '/zookeeper/';
const STAT_BYTES = 60;
const stat = new Uint8Array(STAT_BYTES);
const view = new DataView(stat.buffer);

/** From here on the CRC of path and data is kept with the data, so that a change of the Stat alone costs nothing by their length. */
const LONG_DATA_BYTES = 1024;
const contents = new WeakMap<Uint8Array, { readonly path: string; readonly crc: number }>();

/** The CRC of a node's path and data. Of a parent's it is asked with each child that comes or goes. */
function contentCrc(path: string, data: Uint8Array | null): number {
  if (data === null || data.length < LONG_DATA_BYTES) return crcOf(path, data);
  const known = contents.get(data);
  if (known?.path === path) return known.crc;
  const crc = crcOf(path, data);
  contents.set(data, { path, crc });
  return crc;
}

function crcOf(path: string, data: Uint8Array | null): number {
  let crc = 0;
  if (path !== '/') {
    const name = new Uint8Array(utf8Length(path));
    writeUtf8(path, name, 0);
    crc = crc32(name);
  }
  return data === null ? crc : crc32(data, crc);
}

/** A node's part: 0 below `/zookeeper/`, whose nodes differ between servers. */
export function nodeDigest(path: string, data: Uint8Array | null, node: Readonly<StatPersisted>): number {
  if (path.startsWith(SUBTREE_LEFT_OUT)) return 0;
  view.setBigInt64(0, node.czxid);
  view.setBigInt64(8, node.mzxid);
  view.setBigInt64(16, node.pzxid);
  view.setBigInt64(24, BigInt(node.ctimeMs));
  view.setBigInt64(32, BigInt(node.mtimeMs));
  view.setInt32(40, node.version);
  view.setInt32(44, node.cversion);
  view.setInt32(48, node.aversion);
  view.setBigInt64(52, node.ephemeralOwner);
  return crc32(stat, contentCrc(path, data));
}

/** The tree digest after a node's part has changed; a missing node counts 0. */
export function replaceDigest(tree: bigint, before: number, after: number): bigint {
  return before === after ? tree : BigInt.asUintN(64, tree + BigInt(after - before));
}
