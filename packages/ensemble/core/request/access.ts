/** Who may do what (Java `ZooKeeperServer.checkACL`, `PrepRequestProcessor.fixupACL`, the authentication providers). */
import type { Acl, Id } from '@vivarium/shared/acl';
import { encodeBase64 } from '@vivarium/shared/base64';
import { sha1 } from '@vivarium/shared/sha1';
import { decodeUtf8, encodeUtf8 } from '@vivarium/shared/utf8';
import type { ServerConfig } from '../io.ts';
import { AclIndex } from './acl-index.ts';
import { isDistinguishedName } from './distinguished-name.ts';
import { hostAddress, isInNetwork, isNetwork } from './ip-address.ts';

/** A way of saying who somebody is. `world`, `auth` and `super` are none: they stand for everybody, oneself and the superuser. */
interface Scheme {
  /** Whether an ACL may name this. */
  isValid(id: string): boolean;
  /** Whether somebody with this id is meant by that one of an ACL. */
  matches(own: string, wanted: string): boolean;
  /** Whether it takes a proof to have such an id, so that `auth` stands for it: an address is no proof. */
  readonly isProof: boolean;
}

const isSame = (own: string, wanted: string): boolean => own === wanted;

const SCHEMES = new Map<string, Scheme>([
  ['digest', { isValid: isDigestId, matches: isSame, isProof: true }],
  ['ip', { isValid: isNetwork, matches: isInNetwork, isProof: false }],
  ['x509', { isValid: isDistinguishedName, matches: isSame, isProof: true }],
]);

const SUPER = 'super';
/**
 * How many entries an ACL may have; more make a transaction that is too long anyway. In a frame of 1 MB there is room for
 * 60,000, each `auth` of which stands for all that a client has proved.
 */
const MAX_ACL_ENTRIES = 64 * 1024;

/** From so many entries on an ACL is looked at by its index, which is made once. */
const LONG_ACL_ENTRIES = 16;
const indexes = new WeakMap<readonly Acl[], AclIndex>();

/** Whether somebody with these ids has the permission under this ACL. An empty ACL denies nothing. */
export function isPermitted(
  config: Pick<ServerConfig, 'skipAcl'>,
  acl: readonly Acl[],
  perm: number,
  ids: readonly Id[],
): boolean {
  if (config.skipAcl || acl.length === 0) return true;
  const named = acl.length < LONG_ACL_ENTRIES ? namesOne(acl, perm, ids) : indexOf(acl).permits(perm, ids);
  return named || ids.some((id) => id.scheme === SUPER);
}

function indexOf(acl: readonly Acl[]): AclIndex {
  let index = indexes.get(acl);
  if (index === undefined) {
    index = new AclIndex(acl.filter(({ id }) => id.scheme === 'world' || SCHEMES.has(id.scheme)));
    indexes.set(acl, index);
  }
  return index;
}

function namesOne(acl: readonly Acl[], perm: number, ids: readonly Id[]): boolean {
  for (const { perms, id: wanted } of acl) {
    if ((perms & perm) === 0) continue;
    if (wanted.scheme === 'world' && wanted.id === 'anyone') return true;
    for (const own of ids) {
      if (own.scheme === wanted.scheme && SCHEMES.get(own.scheme)?.matches(own.id, wanted.id)) return true;
    }
  }
  return false;
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
    const { scheme, id } = acl.id;
    if (scheme === 'auth') {
      const proved = ids.filter((own) => SCHEMES.get(own.scheme)?.isProof);
      if (proved.length === 0) return null;
      for (const own of proved) stored.push({ perms: acl.perms, id: own });
      if (stored.length > MAX_ACL_ENTRIES) return null;
    } else if (scheme === 'world' ? id === 'anyone' : SCHEMES.get(scheme)?.isValid(id)) {
      stored.push(acl);
    } else {
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
 * The ids that a connection has from the start: its address, and the subject of its client's certificate, which the TLS of its
 * port has verified (Java `NIOServerCnxn`, `X509AuthenticationProvider.handleAuthentication`).
 */
export function initialIds(config: ServerConfig, address: string, certificateSubject: string | null): Id[] {
  const ids: Id[] = [{ scheme: 'ip', id: hostAddress(address) }];
  if (certificateSubject === null) return ids;
  ids.push({ scheme: 'x509', id: certificateSubject });
  if (certificateSubject === config.x509SuperUser) ids.push({ scheme: SUPER, id: certificateSubject });
  return ids;
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
  return digest === config.superDigest ? [{ scheme: SUPER, id: '' }, own] : [own];
}

/** Who an id stands for, without what proves it (Java `AuthenticationProvider.getUserName`). The superuser has no name. */
export function userOf({ scheme, id }: Id): string {
  if (scheme === 'digest') return id.split(':', 1)[0] ?? '';
  return SCHEMES.has(scheme) ? id : '';
}

/** An ACL as somebody without ADMIN may read it: the hashes of passwords are left out (CVE-2019-0201). */
export function maskedAcl(acl: readonly Acl[]): readonly Acl[] {
  return acl.map(({ perms, id }) =>
    id.scheme === 'digest' ? { perms, id: { scheme: id.scheme, id: `${userOf(id)}:x` } } : { perms, id },
  );
}
