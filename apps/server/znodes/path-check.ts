/** What can be said against a request before it is sent. */
import type { Acl } from '@vivarium/shared/acl';
import { MAX_REQUEST_BYTES } from '@vivarium/shared/contract/limits';
import { pathFault } from '@vivarium/shared/path';
import { apiFailure } from '../api-failure.ts';

/** Znodes that ZooKeeper needs itself. */
const RESERVED: ReadonlySet<string> = new Set(['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config']);

/** Throws `badPath`. A sequential znode's path may end with a slash, since its number follows. */
export function checkPath(path: string, sequential = false): void {
  const fault = pathFault(sequential ? `${path}0` : path);
  if (fault !== null) throw apiFailure('badPath', { path, fault });
}

/** Throws `reservedPath` where the znode must stay. */
export function checkDeletable(path: string): void {
  checkPath(path);
  if (RESERVED.has(path)) throw apiFailure('reservedPath', { path });
}

/**
 * Throws `dataTooLarge`. A server takes requests of `MAX_REQUEST_BYTES` (Java `jute.maxbuffer`), path and all, so the data have
 * to be a little shorter.
 */
export function checkData(data: Uint8Array | null, path: string, acl: readonly Acl[] = []): void {
  const limit = MAX_REQUEST_BYTES - requestBytes(path, acl);
  if (data !== null && data.length > limit) throw apiFailure('dataTooLarge', { bytes: data.length, limit });
}

/** What a create takes beside its data: header, four lengths or counts, flags, and a TTL; a set takes less. */
function requestBytes(path: string, acl: readonly Acl[]): number {
  const entries = acl.map(({ id }) => 12 + Buffer.byteLength(id.scheme) + Buffer.byteLength(id.id));
  // An ACL that is left out is sent as world:anyone.
  const open = acl.length === 0 ? 12 + 'world'.length + 'anyone'.length : 0;
  return 32 + Buffer.byteLength(path) + open + entries.reduce((sum, bytes) => sum + bytes, 0);
}
