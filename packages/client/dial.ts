/** Sockets to a server, in plain text or by TLS. */
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import {
  checkServerIdentity,
  connect as connectSecure,
  createSecureContext,
  type PeerCertificate,
  type SecureContext,
} from 'node:tls';
import type { ServerAddress } from './connect-string.ts';

/** How a client proves who it is and whom it trusts. Keys and certificates are PEM: text, or its bytes. */
export interface ClientTls {
  /** Whom to trust; the authorities that Node knows where it is left out. */
  readonly ca?: string | Uint8Array;
  /** The client's own certificate, with those above it, where the server wants one. */
  readonly cert?: string | Uint8Array;
  readonly key?: string | Uint8Array;
  readonly passphrase?: string;
  /** The name that the server's certificate has to be for, and that it is asked for; its host where it is left out. */
  readonly serverName?: string;
}

/** `ClientTls`, read once. */
export interface TlsContext {
  readonly secureContext: SecureContext;
  readonly serverName: string | null;
}

/** Throws what `createSecureContext` says of keys and certificates that cannot be read. */
export function tlsContext({ ca, cert, key, passphrase, serverName }: ClientTls): TlsContext {
  const secureContext = createSecureContext({
    ...(ca === undefined ? {} : { ca: pem(ca) }),
    ...(cert === undefined ? {} : { cert: pem(cert) }),
    ...(key === undefined ? {} : { key: pem(key) }),
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  return { secureContext, serverName: serverName ?? null };
}

/** Dials a server. The socket's event `connect` tells that there is TCP; `onReady` is called once it can be written to. */
export function dial(server: ServerAddress, tls: TlsContext | null, onReady: () => void): Socket {
  const { host, port } = server;
  if (tls === null) return connectPlain({ host, port }, onReady);
  const name = tls.serverName ?? host;
  const options = {
    host,
    port,
    secureContext: tls.secureContext,
    // An address is no name to be asked for (RFC 6066), but the certificate may be for it.
    servername: isIP(name) === 0 ? name : '',
    checkServerIdentity: (_: string, certificate: PeerCertificate) => checkServerIdentity(name, certificate),
  };
  return connectSecure(options, onReady);
}

function pem(text: string | Uint8Array): string | Buffer {
  return typeof text === 'string' ? text : Buffer.from(text.buffer, text.byteOffset, text.byteLength);
}
