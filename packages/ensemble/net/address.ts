import type { Socket } from 'node:net';

/** The address of the other side, IPv4 in its own form also where it arrived on a socket for both. */
export function remoteHost(socket: Socket): string {
  return (socket.remoteAddress ?? 'unknown').replace(/^::ffff:(?=\d+\.)/, '');
}

/** `host:port` of the other side. */
export function remoteAddress(socket: Socket): string {
  return hostAndPort(remoteHost(socket), socket.remotePort ?? 0);
}

/** `host:port`, the host in brackets where it has colons of its own. */
export function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Reads `host:port` as an election handshake has it, brackets and all; null where it is not one. */
export function parseHostAndPort(text: string): { host: string; port: number } | null {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || !(port >= 1 && port <= 65_535) ? null : { host, port };
}

/** Whether only this machine's programs reach the address. Of a name other than localhost it is not known here. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
