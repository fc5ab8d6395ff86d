/** The side of TLS that is connected to (Java `UnifiedServerSocket`, `NettyServerCnxnFactory`), for servers and clients alike. */
import { constants, type X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import { createServer, type SecureContextOptions, type TLSSocket } from 'node:tls';
import { remoteAddress } from './address.ts';
import { layOver, type PeerAcceptor } from './peer-transport.ts';
import { leadsTo } from './trust-anchors.ts';

export interface TlsAcceptorOptions {
  /** Own key and certificate, whom to trust, and what of TLS may be used. */
  readonly secure: SecureContextOptions;
  /** Whom to trust, where `secure` would trust others too: see `leadsTo`. */
  readonly anchors?: readonly X509Certificate[];
  /** Whether who connects has to show a certificate, may, or is not asked. */
  readonly clientAuth: 'need' | 'want' | 'none';
  /** Whether plain text is taken too (`portUnification`). */
  readonly takesPlainText: boolean;
  /** What else is wrong with a trusted certificate, seen where it comes from; null: nothing. */
  readonly faultOf: (certificate: X509Certificate, socket: TLSSocket) => string | null;
}

/** The first byte of a TLS connection: a record of its handshake. Nothing that is plain text begins with it. */
const HANDSHAKE = 0x16;

/** A resumed connection would not have its certificate looked at again, which may have expired since. */
export const SECURE_OPTIONS = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION;

export const NOT_TRUSTED = 'its certificate is not trusted: no authority of the trust store has signed it';

/** A connection whose handshake is under way. */
interface Pending {
  readonly raw: Socket;
  readonly ready: (socket: Socket) => void;
  fault: string;
}

/**
 * Takes TLS on the connections of one port; `port` names it to who reads the log. A connection whose handshake fails is closed
 * with one line there. Throws what `createSecureContext` throws where the options do not fit together.
 */
export function tlsAcceptor(options: TlsAcceptorOptions, port: string, warn: (message: string) => void): PeerAcceptor {
  // By both addresses: a server of TLS does not tell on which connection a handshake has ended.
  const pending = new Map<string, Pending>();
  const server = createServer({
    ...options.secure,
    secureOptions: SECURE_OPTIONS,
    requestCert: options.clientAuth !== 'none',
    rejectUnauthorized: false,
  });
  server.on('secureConnection', (socket) => {
    const key = bothAddresses(socket);
    const entry = pending.get(key);
    const fault = faultOfClient(socket, options);
    if (entry === undefined || fault !== null) {
      if (entry !== undefined) entry.fault = fault ?? entry.fault;
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    pending.delete(key);
    layOver(socket, entry.raw);
    entry.ready(socket);
  });
  server.on('tlsClientError', (error, socket) => {
    const entry = pending.get(bothAddresses(socket));
    if (entry !== undefined) entry.fault = reasonOf(error);
    socket.destroy();
  });
  return (raw, ready) => {
    const address = remoteAddress(raw);
    const refuse = (fault: string): void => warn(`refused a connection to ${port} from ${address}: ${fault}`);
    raw.on('error', () => {});
    raw.once('data', (first: Uint8Array) => {
      raw.pause();
      raw.unshift(first);
      if (first[0] === HANDSHAKE) {
        const entry = { raw, ready, fault: 'the TLS handshake did not end' };
        const key = bothAddresses(raw);
        pending.set(key, entry);
        raw.once('close', () => {
          if (pending.get(key) !== entry) return;
          pending.delete(key);
          refuse(entry.fault);
        });
        server.emit('connection', raw);
      } else if (options.takesPlainText) {
        ready(raw);
        raw.resume();
      } else {
        refuse('it does not speak TLS');
        raw.destroy();
      }
    });
  };
}

/** OpenSSL's own words, without the places in its sources where they come from. */
export function reasonOf(error: Error): string {
  return 'reason' in error && typeof error.reason === 'string' ? error.reason : error.message;
}

function bothAddresses(socket: Socket): string {
  return `${remoteAddress(socket)} ${socket.localAddress}:${socket.localPort}`;
}

/** Why who has connected is not listened to; null where it is. */
function faultOfClient(socket: TLSSocket, { clientAuth, anchors, faultOf }: TlsAcceptorOptions): string | null {
  if (clientAuth === 'none') return null;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return clientAuth === 'need' ? 'it shows no certificate' : null;
  if (!socket.authorized) return `its certificate is not trusted: ${socket.authorizationError}`;
  if (anchors !== undefined && !leadsTo(socket, anchors)) return NOT_TRUSTED;
  return faultOf(certificate, socket);
}

/**
 * Whether a certificate is for one of the hosts, as they stand: what the name service calls an address counts for nothing,
 * since whoever has the address may also choose that name (CVE-2026-24281).
 */
export function isFor(certificate: X509Certificate | undefined, hosts: readonly string[]): boolean {
  if (certificate === undefined) return false;
  return hosts.some(
    (host) => (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined,
  );
}
