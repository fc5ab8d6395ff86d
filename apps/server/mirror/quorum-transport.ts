import { readFileSync } from 'node:fs';
import { type PeerTransport, plainTransport } from '@vivarium/ensemble/net/peer-transport';
import { tlsTransport } from '@vivarium/ensemble/net/tls-transport';
import type { MirrorTls } from './mirror-messages.ts';

/**
 * How the ports between servers are reached. Throws what the system says of a file that cannot be read, and what
 * `createSecureContext` says of one that does not fit.
 */
export function quorumTransport(tls: MirrorTls | null): PeerTransport {
  if (tls === null) return plainTransport;
  const read = (path: string | null) => (path === null ? undefined : readFileSync(path));
  const [ca, cert, key] = [read(tls.ca), read(tls.cert), read(tls.key)];
  return tlsTransport(
    {
      secure: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), minVersion: 'TLSv1.2' },
      clientAuth: 'none',
      takesPlainText: false,
      hostnameVerification: true,
      ...(tls.serverName !== null && { serverName: tls.serverName }),
      peerHosts: () => [],
      dials: true,
    },
    plainTransport,
  );
}
