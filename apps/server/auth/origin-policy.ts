import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/**
 * Which addresses this server goes by. A page from elsewhere must not use a visitor's cookie (Origin), nor make its own
 * name point at this machine and so pass for us (Host: DNS rebinding).
 */
export class OriginPolicy {
  private readonly publicOrigin: string | null;
  private readonly names: ReadonlySet<string>;

  /**
   * `publicUrl` is where a reverse proxy serves us; `names` are further names that people may use for this machine. What a
   * proxy says in X-Forwarded headers is not looked at: anybody can send them.
   */
  constructor(publicUrl: URL | null, names: readonly string[]) {
    this.publicOrigin = publicUrl?.origin ?? null;
    this.names = new Set(
      [...names, ...(publicUrl === null ? [] : [publicUrl.hostname])].map((name) => name.toLowerCase()),
    );
  }

  /** Whether the Host is one of ours. An address of digits cannot be rebound, so any is; ports do not matter. */
  hostAllowed(headers: IncomingHttpHeaders): boolean {
    const host = hostnameOf(headers.host ?? '');
    if (host === null) return false;
    return isAddress(host) || host === 'localhost' || host.endsWith('.localhost') || this.names.has(host);
  }

  /** Whether the request does not come from a page of another site. Scripts send no Origin. */
  originAllowed(headers: IncomingHttpHeaders): boolean {
    const { origin, host } = headers;
    if (origin === undefined || origin === this.publicOrigin) return true;
    // A proxy that ends TLS may leave the Host as it was, so the scheme is not compared.
    return (
      URL.canParse(origin) && /^https?:$/.test(new URL(origin).protocol) && new URL(origin).host === host?.toLowerCase()
    );
  }
}

/** Whether a Host names this machine's loopback, which browsers trust like TLS. */
export function isLoopbackHost(host: string): boolean {
  const name = hostnameOf(host);
  if (name === null) return false;
  return name === 'localhost' || name.endsWith('.localhost') || isLoopbackAddress(name.replace(/^\[|\]$/g, ''));
}

/** Whether an address reaches no further than this machine. */
export function isLoopbackAddress(address: string): boolean {
  return /^127\.\d+\.\d+\.\d+$/.test(address) || address === '::1' || address === 'localhost';
}

function isAddress(hostname: string): boolean {
  return isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
}

/** The name of a Host header without its port, in lower case; null where it is none. */
function hostnameOf(host: string): string | null {
  if (!/^[\w.:[\]-]+$/.test(host) || !URL.canParse(`http://${host}`)) return null;
  return new URL(`http://${host}`).hostname;
}
