/**
 * The connect string of ZooKeeper's clients: `host:port,host:port/chroot` (Java `ConnectStringParser`). The port may be
 * left out, an IPv6 address stands in brackets, and all paths are taken below the chroot if there is one.
 */
import { pathFault } from '@vivarium/shared/path';

/** Where a server listens for clients. */
export interface ServerAddress {
  /** A name or an address, IPv6 without its brackets. */
  readonly host: string;
  readonly port: number;
}

export interface ConnectString {
  /** At least one, in the order in which they stand. */
  readonly servers: readonly ServerAddress[];
  /** A path that does not end with a slash; empty where paths are taken from the root. */
  readonly chroot: string;
}

/** What may be wrong with a connect string. */
export type ConnectStringFault = 'noServer' | 'badServer' | 'badPort' | 'badChroot';

/** A connect string that cannot be used: `fault` says why, `part` is the text that is at fault. */
export class ConnectStringError extends Error {
  override name = 'ConnectStringError';
  readonly fault: ConnectStringFault;
  readonly part: string;

  constructor(fault: ConnectStringFault, part: string) {
    super(`${fault}: ${JSON.stringify(part)}`);
    this.fault = fault;
    this.part = part;
  }
}

const DEFAULT_PORT = 2181;
const SERVER = /^(?:\[([0-9A-Fa-f:.]+(?:%[^\]]+)?)\]|([^\s:[\]]+))(?::([^:]*))?$/;

/** Throws `ConnectStringError`. Spaces around a server and empty items are skipped, as Java does. */
export function parseConnectString(text: string): ConnectString {
  const slash = text.indexOf('/');
  const list = slash < 0 ? text : text.slice(0, slash);
  const chroot = slash < 0 || slash === text.length - 1 ? '' : text.slice(slash);
  if (chroot !== '' && pathFault(chroot) !== null) throw new ConnectStringError('badChroot', chroot);
  const items = list.split(',').map((item) => item.trim());
  const servers = items.filter((item) => item !== '').map(parseServer);
  if (servers.length === 0) throw new ConnectStringError('noServer', text);
  return { servers, chroot };
}

function parseServer(item: string): ServerAddress {
  const match = SERVER.exec(item);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined) throw new ConnectStringError('badServer', item);
  const port = match?.[3];
  if (port === undefined) return { host, port: DEFAULT_PORT };
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  if (number < 1 || number > 65_535) throw new ConnectStringError('badPort', item);
  return { host, port: number };
}

/** `host:port`, the host in brackets where it has colons of its own. */
export function formatAddress({ host, port }: ServerAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
