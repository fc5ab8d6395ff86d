/** TLS between servers (Java `QuorumX509Util`): who is on the other side is known before its first byte counts. */
import type { X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import { connect, createSecureContext } from 'node:tls';
import { remoteHost } from './address.ts';
import { Dialling, layOver, type PeerAddress, type PeerTransport } from './peer-transport.ts';
import { isFor, NOT_TRUSTED, reasonOf, SECURE_OPTIONS, type TlsAcceptorOptions, tlsAcceptor } from './tls-acceptor.ts';
import { leadsTo } from './trust-anchors.ts';

export interface TlsTransportOptions extends Omit<TlsAcceptorOptions, 'faultOf'> {
  readonly hostnameVerification: boolean;
  /** Hosts of the configuration, besides its own address what the certificate of who dials may be for. */
  readonly peerHosts: () => Iterable<string>;
  /** Whom the certificates of those that are dialled must be for, where that is not the host of each. */
  readonly serverName?: string;
  /** Whether this server dials by TLS; where not, it only takes it. */
  readonly dials: boolean;
}

/** Throws what `createSecureContext` throws where the options do not fit together. */
export function tlsTransport(options: TlsTransportOptions, plain: PeerTransport): PeerTransport {
  const { hostnameVerification, peerHosts, anchors } = options;
  const secureContext = createSecureContext({ ...options.secure, secureOptions: SECURE_OPTIONS });

  function faultOf(certificate: X509Certificate, socket: Socket): string | null {
    const host = remoteHost(socket);
    if (!hostnameVerification || isFor(certificate, [host, ...peerHosts()])) return null;
    return `its certificate is neither for ${host} nor for a server of the configuration`;
  }

  function dial(address: PeerAddress, ready: (socket: Socket) => void, failed: (reason: string) => void): () => void {
    const host = options.serverName ?? address.host;
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
      const onError = (error: Error): void => dialling.failing(reasonOf(error));
      socket.on('error', onError);
      socket.once('secureConnect', () => {
        const certificate = socket.getPeerX509Certificate();
        if (anchors !== undefined && !leadsTo(socket, anchors)) {
          dialling.failing(NOT_TRUSTED);
          socket.destroy();
          return;
        }
        if (hostnameVerification && !isFor(certificate, [host])) {
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

  return {
    acceptor: (port, warn) => tlsAcceptor({ ...options, faultOf }, port, warn),
    dial: options.dials ? dial : plain.dial,
  };
}
