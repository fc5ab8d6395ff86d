import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { type SecureContextOptions, TLSSocket } from 'node:tls';
import { remoteHost } from './address.ts';
import { certificateSubject } from './certificate-subject.ts';
import type { PeerAcceptor } from './peer-transport.ts';
import { isFor, tlsAcceptor } from './tls-acceptor.ts';

/** How TLS is taken from clients. */
export interface ClientTlsOptions {
  readonly secure: SecureContextOptions;
  /** Whom to trust, where `secure` would trust others too. */
  readonly anchors?: readonly X509Certificate[];
  readonly clientAuth: 'need' | 'want' | 'none';
  /** Whether a client's certificate has to be for the address that it comes from. */
  readonly verifiesClientHost: boolean;
}

/** Takes TLS on the connections of a client port, and plain text too where `takesPlainText`. */
export function clientTlsAcceptor(
  options: ClientTlsOptions & { readonly takesPlainText: boolean },
  port: string,
  warn: (message: string) => void,
): PeerAcceptor {
  const faultOf = (certificate: X509Certificate, socket: TLSSocket): string | null => {
    const host = remoteHost(socket);
    if (options.verifiesClientHost && !isFor(certificate, [host])) return `its certificate is not for ${host}`;
    return subjectOf(certificate) === null ? 'the subject of its certificate cannot be read' : null;
  };
  return tlsAcceptor({ ...options, faultOf }, port, warn);
}

/** The subject of the certificate that a client has shown, by RFC 2253; null for none, or one that names nobody. */
export function clientSubject(socket: Socket): string | null {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  // Without clientAuth none is asked for, and whether one that came is trusted has not been looked at.
  if (certificate === undefined || !(socket instanceof TLSSocket) || !socket.authorized) return null;
  return subjectOf(certificate) || null;
}

function subjectOf(certificate: X509Certificate): string | null {
  try {
    return certificateSubject(certificate.raw);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return null;
  }
}
