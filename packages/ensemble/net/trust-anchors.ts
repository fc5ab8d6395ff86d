import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** Longer chains nobody has. */
const MAX_CHAIN = 10;

/**
 * Whether the chain of the other side's certificate, which OpenSSL has found valid, leads to one of these. A context that is made
 * of a PKCS #12 file trusts every authority that the file holds beside the server's own certificate, and so whoever else they
 * sign for; Java keeps the two stores apart.
 */
export function leadsTo(socket: TLSSocket, anchors: readonly X509Certificate[]): boolean {
  let link = socket.getPeerCertificate(true);
  for (let depth = 0; depth < MAX_CHAIN; depth++) {
    if (link.raw === undefined) return false;
    const certificate = new X509Certificate(link.raw);
    if (anchors.some((anchor) => anchor.raw.equals(certificate.raw) || isIssuedBy(certificate, anchor))) return true;
    const next = link.issuerCertificate;
    // An authority at the end of a chain is its own issuer.
    if (next === undefined || next === link || !isIssuedBy(certificate, new X509Certificate(next.raw))) return false;
    link = next;
  }
  return false;
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}
