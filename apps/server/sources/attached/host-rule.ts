/**
 * Which hosts may be attached from the page. Whoever may add a cluster makes this machine dial what he names, and reads in
 * the errors what is there: without a rule the page would be a way to probe the network that the machine stands in.
 */
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import type { HostPort } from './cluster-definition.ts';

/** What is wrong with a rule, to stand behind its name. */
export class HostRuleError extends Error {
  override name = 'HostRuleError';
}

/** Why a host may not be dialled: the rule does not have it, or its name has no address. */
export type HostRefusal = 'notPermitted' | 'unknownHost';

type Resolve = (host: string) => Promise<readonly string[]>;

interface Item {
  /** Whether the item allows the name as it was given, whatever it resolves to. */
  readonly name: ((host: string) => boolean) | null;
  /** The addresses that it allows, also behind a name. */
  readonly addresses: ((address: string) => boolean) | null;
  readonly fromPort: number;
  readonly toPort: number;
}

/** Below it live the services of the system itself, which nobody runs ZooKeeper beside. */
const FIRST_USER_PORT = 1_024;
const LAST_PORT = 65_535;
const MAX_ITEMS = 100;

export class HostRule {
  /** Loopback, at any port but the system's. */
  static readonly default: HostRule = HostRule.parse('loopback');

  readonly text: string;
  private readonly items: readonly Item[];

  private constructor(text: string, items: readonly Item[]) {
    this.text = text;
    this.items = items;
  }

  /**
   * Items with commas between: `loopback`, `any`, `none`, a name, `*.name`, an address, a network `10.0.0.0/8`; each may have
   * `:port` or `:from-to` behind it, IPv6 then in brackets. Without ports: all from 1024 on. Throws `HostRuleError`.
   */
  static parse(text: string): HostRule {
    const parts = text.split(',').map((part) => part.trim());
    const items = parts.filter((part) => part !== '' && part !== 'none').map(parseItem);
    if (parts.every((part) => part === '')) throw new HostRuleError('names no host: "none" allows none');
    if (items.length > MAX_ITEMS) throw new HostRuleError(`has ${items.length} items; ${MAX_ITEMS} are the most`);
    return new HostRule(text, items);
  }

  /**
   * The addresses of a host, all of which the rule allows: dial these and not the name, which may mean another address by
   * then (DNS rebinding).
   */
  async addressesOf(
    { host, port }: HostPort,
    resolve: Resolve = resolveHost,
  ): Promise<readonly string[] | HostRefusal> {
    const items = this.items.filter(({ fromPort, toPort }) => port >= fromPort && port <= toPort);
    const name = host.toLowerCase().replace(/\.$/, '');
    const isNamed = items.some((item) => item.name?.(name) === true);
    // Nobody is told whether a name exists that the rule could not allow anyway.
    if (!isNamed && items.every((item) => item.addresses === null)) return 'notPermitted';
    const addresses = isIP(name) === 0 ? await resolve(name) : [name];
    if (addresses.length === 0) return isNamed ? 'unknownHost' : 'notPermitted';
    const isAllowed = (address: string): boolean => items.some((item) => item.addresses?.(plain(address)) === true);
    return isNamed || addresses.every(isAllowed) ? addresses : 'notPermitted';
  }
}

/** An IPv4 address that is written as IPv6 is that IPv4 address. */
function plain(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}

async function resolveHost(host: string): Promise<readonly string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return [];
    throw error;
  }
}

function parseItem(part: string): Item {
  const match = /^(\[[^\]]+\](?:\/\d+)?|[^:[\]]+)(?::(\d{1,5})(?:-(\d{1,5}))?)?$/.exec(part);
  // An IPv6 address or network without brackets, which cannot have ports.
  const bare = match === null && isIP(part.split('/')[0] ?? '') === 6 ? part : null;
  const what = bare ?? match?.[1]?.replace(/[[\]]/g, '');
  if (what === undefined)
    throw new HostRuleError(`has ${JSON.stringify(part)}, which is no host with or without ports`);
  const fromPort = match?.[2] === undefined ? FIRST_USER_PORT : Number(match[2]);
  const toPort = match?.[3] === undefined ? (match?.[2] === undefined ? LAST_PORT : fromPort) : Number(match[3]);
  if (fromPort < 1 || toPort > LAST_PORT || fromPort > toPort) {
    throw new HostRuleError(`has ${JSON.stringify(part)}, whose ports are none`);
  }
  return { ...parseHost(what.toLowerCase()), fromPort, toPort };
}

function parseHost(what: string): Pick<Item, 'name' | 'addresses'> {
  if (what === 'any') return { name: () => true, addresses: () => true };
  if (what === 'loopback')
    return {
      name: null,
      addresses: within([
        ['127.0.0.0', 8],
        ['::1', 128],
      ]),
    };
  const [address = '', prefix] = what.split('/');
  const version = isIP(address);
  if (version !== 0) {
    const bits = version === 4 ? 32 : 128;
    const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    if (!(length <= bits)) throw new HostRuleError(`has ${JSON.stringify(what)}, which is no network`);
    return { name: null, addresses: within([[address, length]]) };
  }
  const isName = /^(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/.test(what);
  // Digits and dots alone are an address gone wrong, which some resolvers would still make one of.
  if (!isName || /^[\d.]+$/.test(what)) {
    throw new HostRuleError(`has ${JSON.stringify(what)}, which is no name, address or network`);
  }
  const suffix = what.slice(1);
  return { name: what.startsWith('*.') ? (host) => host.endsWith(suffix) : (host) => host === what, addresses: null };
}

function within(networks: readonly (readonly [address: string, prefix: number])[]): (address: string) => boolean {
  const list = new BlockList();
  for (const [address, prefix] of networks) list.addSubnet(address, prefix, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  return (address) => {
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4');
  };
}
