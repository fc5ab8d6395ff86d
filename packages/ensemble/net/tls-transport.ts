/** TLS between servers (Java `QuorumX509Util`, `UnifiedServerSocket`): who is on the other side is known before its first byte counts. */
import { constants, type X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import { connect, createSecureContext, createServer, type SecureContextOptions, type TLSSocket } from 'node:tls';
import { remoteAddress, remoteHost } from './address.ts';
import { Dialling, layOver, type PeerAcceptor, type PeerAddress, type PeerTransport } from './peer-transport.ts';

export interface TlsTransportOptions {
  /** Own key and certificate, whom to trust, and what of TLS may be used. */
  readonly secure: SecureContextOptions;
  /** Whether who dials this server has to show a certificate, may, or is not asked. */
  readonly clientAuth: 'need' | 'want' | 'none';
  readonly hostnameVerification: boolean;
  /** Hosts of the configuration, besides its own address what the certificate of who dials may be for. */
  readonly peerHosts: () => Iterable<string>;
  /** Whether this server dials by TLS; where not, it only takes it. */
  readonly dials: boolean;
  /** Whether plain text is taken on the same ports (`portUnification`). */
  readonly takesPlainText: boolean;
}

/** The first byte of a TLS connection: a record of its handshake. */
const HANDSHAKE = 0x16;

/** A resumed connection would not have its certificate looked at again, which may have expired since. */
const SECURE_OPTIONS = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION;

/** A connection whose handshake is under way. */
interface Pending {
  readonly raw: Socket;
  readonly ready: (socket: Socket) => void;
  fault: string;
}

/** Throws what `createSecureContext` throws where the options do not fit together. */
export function tlsTransport(options: TlsTransportOptions, plain: PeerTransport): PeerTransport {
  const secure = { ...options.secure, secureOptions: SECURE_OPTIONS };
  const secureContext = createSecureContext(secure);

  function acceptor(port: string, warn: (message: string) => void): PeerAcceptor {
    // By the address of the other side: a server of TLS does not tell on which connection a handshake has ended.
    const pending = new Map<string, Pending>();
    const server = createServer({ ...secure, requestCert: options.clientAuth !== 'none', rejectUnauthorized: false });
    server.on('secureConnection', (socket) => {
      const address = remoteAddress(socket);
      const entry = pending.get(address);
      const fault = faultOfClient(socket, options);
      if (entry === undefined || fault !== null) {
        if (entry !== undefined) entry.fault = fault ?? entry.fault;
        socket.on('error', () => {});
        socket.destroy();
        return;
      }
      pending.delete(address);
      layOver(socket, entry.raw);
      entry.ready(socket);
    });
    server.on('tlsClientError', (error, socket) => {
      const entry = pending.get(remoteAddress(socket));
      if (entry !== undefined) entry.fault = error.message;
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
          pending.set(address, entry);
          raw.once('close', () => {
            if (pending.get(address) !== entry) return;
            pending.delete(address);
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

  function dial(address: PeerAddress, ready: (socket: Socket) => void, failed: (reason: string) => void): () => void {
    const { host } = address;
    const dialling = new Dialling(address, failed);
    const { raw } = dialling;
    raw.once('connect', () => {
      // Whether the certificate is for the host is looked at below, by the same rule as for who dials.
      const socket = connect({
        socket: raw,
        secureContext,
        servername: isIP(host) === 0 ? host : '',
        checkServerIdentity: () => undefined,
      });
      const onError = (error: Error): void => dialling.failing(error.message);
      socket.on('error', onError);
      socket.once('secureConnect', () => {
        const certificate = socket.getPeerX509Certificate();
        if (options.hostnameVerification && !isFor(certificate, [host])) {
          dialling.failing(`its certificate is not for ${host}`);
          socket.destroy();
          return;
        }
        dialling.ready(() => {
          layOver(socket, raw);
          ready(socket);
        });
      });
    });
    return () => dialling.cancel();
  }

  return { acceptor, dial: options.dials ? dial : plain.dial };
}

/** Why who has dialled is not listened to; null where it is. */
function faultOfClient(socket: TLSSocket, options: TlsTransportOptions): string | null {
  const { clientAuth, hostnameVerification } = options;
  if (clientAuth === 'none') return null;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return clientAuth === 'need' ? 'it shows no certificate' : null;
  if (!socket.authorized) return `its certificate is not trusted: ${socket.authorizationError}`;
  const host = remoteHost(socket);
  if (!hostnameVerification || isFor(certificate, [host, ...options.peerHosts()])) return null;
  return `its certificate is neither for ${host} nor for a server of the configuration`;
}

/**
 * Whether a certificate is for one of the hosts, as they stand: what the name service calls an address counts for nothing,
 * since whoever has the address may also choose that name (CVE-2026-24281).
 */
function isFor(certificate: X509Certificate | undefined, hosts: readonly string[]): boolean {
  if (certificate === undefined) return false;
  return hosts.some(
    (host) => (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined,
  );
}
