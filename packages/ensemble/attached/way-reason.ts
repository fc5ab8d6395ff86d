import type { WayReason } from '@vivarium/shared/contract/source';
import type { Endpoint } from '../core/membership/server-spec.ts';
import { hostAndPort } from '../net/address.ts';

/** The faults of a dial that say what they are, by what Node calls them. */
const KNOWN = [
  ['ECONNREFUSED', 'refused'],
  ['ENOTFOUND', 'unknownHost'],
  ['EAI_AGAIN', 'unknownHost'],
  ['ETIMEDOUT', 'silent'],
  ['no connection within', 'silent'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
] as const;
/** Of what another program says of itself no more than this is handed on. */
const MAX_DETAIL = 200;

/** Why a port could not be dialled; `secure`: by TLS, whose handshake any other fault is of. */
export function dialReason({ host, port }: Endpoint, fault: string, secure: boolean): WayReason {
  const address = hostAndPort(host, port);
  const code = KNOWN.find(([word]) => fault.includes(word))?.[1] ?? (secure ? 'tls' : 'unreachable');
  switch (code) {
    case 'unknownHost':
      return { code, params: { host } };
    case 'refused':
    case 'silent':
      return { code, params: { address } };
    default:
      return reasonWithDetail(code, { host, port }, fault);
  }
}

/** A reason that says in the words of a library or of a protocol what was wrong. */
export function reasonWithDetail(
  code: 'garbage' | 'tls' | 'unreachable',
  { host, port }: Endpoint,
  detail: string,
): WayReason {
  return { code, params: { address: hostAndPort(host, port), detail: detail.slice(0, MAX_DETAIL) } };
}

/** A reason that is said by the address alone. */
export function reasonAt(code: 'silent' | 'turnedAway', { host, port }: Endpoint): WayReason {
  return { code, params: { address: hostAndPort(host, port) } };
}
