/** Why a server cannot be reached, or could no longer be. */
import { formatAddress, type ServerAddress } from './connect-string.ts';

export interface ConnectionReason {
  readonly code: /** Nobody listens there. `address`. */
    | 'refused'
    /** The name has no address. `host`. */
    | 'unknownHost'
    /** No answer in time. `address`. */
    | 'silent'
    /** Another fault of the network. `address`, `detail`. */
    | 'unreachable'
    /** The TLS handshake failed, or a certificate is not taken. `address`, `detail`. */
    | 'tls'
    /** It took the connection, and closed it: it serves nobody, or not this client. `address`. */
    | 'notServing'
    /** What came is not what a ZooKeeper server says. `address`, `detail`. */
    | 'garbage';
  readonly params: Readonly<Record<string, string>>;
}

/** A connection that failed, or was lost; the next one is tried by itself. */
export interface ConnectionFailure {
  /** `host:port`, as the connect string names it. */
  readonly address: string;
  readonly reason: ConnectionReason;
}

/** `dialling`: there is no TCP connection yet; `securing`: no TLS; `open`: neither is missing. */
export type ConnectionStage = 'dialling' | 'securing' | 'open';

/** The reason of an error that a socket has told. */
export function reasonOfError(error: Error, server: ServerAddress, stage: ConnectionStage): ConnectionReason {
  const detail = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
  const address = formatAddress(server);
  if (stage === 'dialling') {
    if (detail === 'ECONNREFUSED') return { code: 'refused', params: { address } };
    if (detail === 'ENOTFOUND' || detail === 'EAI_AGAIN') return { code: 'unknownHost', params: { host: server.host } };
    if (detail === 'ETIMEDOUT') return { code: 'silent', params: { address } };
    return { code: 'unreachable', params: { address, detail } };
  }
  // With TLS 1.3 a server says only later that it does not take the client's certificate.
  if (stage === 'securing' || detail.startsWith('ERR_SSL_')) return { code: 'tls', params: { address, detail } };
  // Whoever closes with bytes unread resets: a server that serves nobody does that.
  if (detail === 'ECONNRESET' || detail === 'EPIPE') return notServing(server);
  return { code: 'unreachable', params: { address, detail } };
}

export function notServing(server: ServerAddress): ConnectionReason {
  return { code: 'notServing', params: { address: formatAddress(server) } };
}

export function silent(server: ServerAddress): ConnectionReason {
  return { code: 'silent', params: { address: formatAddress(server) } };
}

export function garbage(server: ServerAddress, detail: string): ConnectionReason {
  return { code: 'garbage', params: { address: formatAddress(server), detail } };
}

/** What a server speaks instead, by the four bytes that stand for the length of its first frame; null where that is one. */
export function otherProtocol(length: number): 'HTTP' | 'SSH' | 'TLS' | null {
  if (length === 0x48545450) return 'HTTP';
  if (length === 0x5353482d) return 'SSH';
  // An alert of TLS 1.0 to 1.3: type 21, and the version.
  return length >>> 16 === 0x1503 ? 'TLS' : null;
}
