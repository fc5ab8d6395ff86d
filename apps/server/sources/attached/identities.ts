/** Who we are to an attached cluster, as its ACLs name it: what these may not read, nothing here shows. */
import type { Credential } from '@vivarium/client/client-options';
import type { ZooKeeperClient } from '@vivarium/client/zookeeper-client';
import type { Id } from '@vivarium/shared/acl';
import { encodeBase64 } from '@vivarium/shared/base64';
import { sha1 } from '@vivarium/shared/sha1';
import { decodeUtf8, encodeUtf8 } from '@vivarium/shared/utf8';

const ANYONE: Id = { scheme: 'world', id: 'anyone' };

/**
 * What the server takes the session for, and what the credentials are in an ACL: `whoAmI` (since 3.7) tells no hashes of
 * passwords, and ACLs have nothing else.
 */
export async function identitiesOf(
  client: ZooKeeperClient,
  credentials: readonly Credential[],
): Promise<readonly Id[]> {
  const digests = credentials.filter(({ scheme }) => scheme === 'digest').map(({ auth }) => digestId(auth));
  const told = (await client.whoAmI().catch(() => null)) ?? [];
  const others = told.filter(({ scheme }) => scheme !== 'digest' && scheme !== 'world');
  return [ANYONE, ...digests, ...others];
}

/** Java `DigestAuthenticationProvider.generateDigest`. */
function digestId(auth: Uint8Array | string): Id {
  const text = typeof auth === 'string' ? auth : decodeUtf8(auth);
  return { scheme: 'digest', id: `${text.split(':', 1)[0] ?? ''}:${encodeBase64(sha1(encodeUtf8(text)))}` };
}
