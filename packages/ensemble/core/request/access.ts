/** Who may do what (Java `ZooKeeperServer.checkACL`, `PrepRequestProcessor.fixupACL`, the authentication providers). */
import type { Acl, Id } from '@vivarium/shared/acl';
import { encodeBase64 } from '@vivarium/shared/base64';
import { sha1 } from '@vivarium/shared/sha1';
import { decodeUtf8, encodeUtf8 } from '@vivarium/shared/utf8';
import type { ServerConfig } from '../io.ts';

const SUPER: Id = { scheme: 'super', id: '' };

/** Whether somebody with these ids has the permission under this ACL. An empty ACL denies nothing. */
export function isPermitted(config: ServerConfig, acl: readonly Acl[], perm: number, ids: readonly Id[]): boolean {
  if (config.skipAcl || acl.length === 0) return true;
  for (const entry of acl) {
    if ((entry.perms & perm) === 0) continue;
    if (entry.id.scheme === 'world' && entry.id.id === 'anyone') return true;
    for (const id of ids) if (id.scheme === entry.id.scheme && id.id === entry.id.id) return true;
  }
  return ids.some((id) => id.scheme === SUPER.scheme);
}

/**
 * The ACL that is stored for what a client asked for: duplicates dropped, then `auth` replaced by all ids that the client
 * has proved, which may make new ones. Null where it is not one (INVALIDACL).
 */
export function storedAcl(requested: readonly Acl[] | null, ids: readonly Id[]): readonly Acl[] | null {
  if (requested === null || requested.length === 0) return null;
  const distinct = new Map(requested.map((acl) => [`${acl.perms}\n${acl.id.scheme}\n${acl.id.id}`, acl]));
  const stored: Acl[] = [];
  for (const acl of distinct.values()) {
    switch (acl.id.scheme) {
      case 'world':
        if (acl.id.id !== 'anyone') return null;
        stored.push(acl);
        break;
      case 'auth': {
        const proved = ids.filter((id) => id.scheme === 'digest');
        if (proved.length === 0) return null;
        for (const id of proved) stored.push({ perms: acl.perms, id });
        break;
      }
      case 'digest':
        if (!isDigestId(acl.id.id)) return null;
        stored.push(acl);
        break;
      default:
        return null;
    }
  }
  return stored;
}

/** Two parts around a colon, of which the second is not empty; more colons may stand at the end (Java's `String.split`). */
function isDigestId(id: string): boolean {
  return /^[^:]*:[^:]+:*$/.test(id);
}

/**
 * The ids that `user:password` proves under the digest scheme (Java `DigestAuthenticationProvider`): the digest, and the
 * superuser where the configuration says so.
 */
export function digestIds(config: ServerConfig, auth: Uint8Array): Id[] {
  const text = decodeUtf8(auth);
  const user = text.split(':', 1)[0] ?? '';
  const digest = `${user}:${encodeBase64(sha1(encodeUtf8(text)))}`;
  const own: Id = { scheme: 'digest', id: digest };
  return digest === config.superDigest ? [SUPER, own] : [own];
}

/** An ACL as somebody without ADMIN may read it: the hashes of passwords are left out (CVE-2019-0201). */
export function maskedAcl(acl: readonly Acl[]): readonly Acl[] {
  return acl.map((entry) => {
    if (entry.id.scheme !== 'digest') return entry;
    const user = entry.id.id.split(':', 1)[0] ?? '';
    return { perms: entry.perms, id: { scheme: 'digest', id: `${user}:x` } };
  });
}
