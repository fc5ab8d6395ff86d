/** Znodes as they cross the network: 64-bit values in hex, data in base64. */
import type { Acl } from '@vivarium/shared/acl';
import type { AclEntryJson, StatJson } from '@vivarium/shared/contract/rest';
import type { Stat } from '@vivarium/shared/stat';
import { formatHex } from '@vivarium/shared/zxid';
import { apiFailure } from '../api-failure.ts';

export function statJson(stat: Stat): StatJson {
  return {
    czxid: formatHex(stat.czxid),
    mzxid: formatHex(stat.mzxid),
    pzxid: formatHex(stat.pzxid),
    ctimeMs: stat.ctimeMs,
    mtimeMs: stat.mtimeMs,
    version: stat.version,
    cversion: stat.cversion,
    aversion: stat.aversion,
    ephemeralOwner: formatHex(stat.ephemeralOwner),
    dataLength: stat.dataLength,
    numChildren: stat.numChildren,
  };
}

export function aclJson(acl: readonly Acl[]): AclEntryJson[] {
  return acl.map(({ perms, id: { scheme, id } }) => ({ scheme, id, perms }));
}

export function aclFromJson(entries: readonly AclEntryJson[]): Acl[] {
  return entries.map(({ scheme, id, perms }) => ({ perms, id: { scheme, id } }));
}

export function dataJson(data: Uint8Array | null): string | null {
  if (data === null) return null;
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
}

/** Throws `ApiFailure` `badData` where the text is not base64, with its padding and nothing else. */
export function dataFromJson(text: string): Uint8Array {
  const data = Buffer.from(text, 'base64');
  if (data.toString('base64') !== text) throw apiFailure('badData');
  return data;
}
