/** Who a client proves to be (Java `ZooKeeperServer.processPacket`, op 100). */
import type { Id } from '@vivarium/shared/acl';
import { JuteError, type JuteReader } from '@vivarium/wire/jute';
import { OpCode } from '@vivarium/wire/op-code';
import { type AuthRequest, readRequest } from '@vivarium/wire/requests';
import type { ServerConfig } from '../io.ts';
import { digestIds } from '../request/access.ts';

/**
 * What the ids of one connection may come to in characters. They go with each of its requests to the leader, which drops
 * the link of a learner whose packets are too long: nobody's client may bring that about.
 */
const MAX_ID_CHARACTERS = 64 * 1024;
/**
 * How many they may be: a leader takes no more than 1,000 with one request, and each is held against each entry of the ACL of
 * whatever its owner asks for, where an ACL of 1 MB has some 50,000.
 */
const MAX_IDS = 64;

/** `added`: all ids that the client now has; `refused`: AUTHFAILED is answered; `malformed`: nothing is. */
export type Authentication =
  | { readonly kind: 'added'; readonly ids: Id[] }
  | { readonly kind: 'refused' }
  | { readonly kind: 'malformed'; readonly message: string };

/** What an AuthPacket proves for a client that has these ids. */
export function authenticate(config: ServerConfig, known: readonly Id[], reader: JuteReader): Authentication {
  let request: ReturnType<typeof readRequest>;
  try {
    request = readRequest(OpCode.auth, reader);
  } catch (error) {
    if (!(error instanceof JuteError)) throw error;
    return { kind: 'malformed', message: error.message };
  }
  const proved = request?.type === OpCode.auth ? provedIds(config, known, request) : null;
  if (proved === null) return { kind: 'refused' };
  const isNew = (id: Id): boolean => !known.some(({ scheme, id: text }) => scheme === id.scheme && text === id.id);
  const ids = [...known, ...proved.filter(isNew)];
  const characters = ids.reduce((sum, { scheme, id }) => sum + scheme.length + id.length, 0);
  return characters <= MAX_ID_CHARACTERS && ids.length <= MAX_IDS ? { kind: 'added', ids } : { kind: 'refused' };
}

/** Null where the scheme or the proof is none. Of an address and a certificate the connection knows already. */
function provedIds(config: ServerConfig, known: readonly Id[], { scheme, auth }: AuthRequest): Id[] | null {
  switch (scheme) {
    case 'digest':
      return auth === null ? null : digestIds(config, auth);
    case 'ip':
    case 'x509':
      return known.some((id) => id.scheme === scheme) ? [] : null;
    default:
      return null;
  }
}
