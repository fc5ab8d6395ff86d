/** Addresses as ids and ACLs of the scheme `ip` name them (Java `IPAuthenticationProvider`; IPv6 since 3.9.4). */

/** A network: those addresses of which the first `bits` are the same. */
interface Network {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

const IPV6_WORDS = 8;

/** The bytes of an address, 4 or 16 of them; null where the text is none. */
function parseAddress(text: string): Uint8Array | null {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split('.').map(parseInteger);
  if (parts.length !== 4 || parts.some((part) => part === null || part < 0 || part > 255)) return null;
  return Uint8Array.from(parts as number[]);
}

/** At most one `::`, which stands for one word of zero or more. */
function parseIpv6(text: string): Uint8Array | null {
  const halves = text.split('::');
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = IPV6_WORDS - head.length - tail.length;
  if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) return null;
  const words = [...head, ...Array<string>(missing).fill('0'), ...tail];
  if (!words.every((word) => /^[0-9a-fA-F]{1,4}$/.test(word))) return null;
  return Uint8Array.from(words.flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 0xff]));
}

/** What Java's `Integer.parseInt` takes, as far as it matters here. */
function parseInteger(text: string): number | null {
  return /^[+-]?\d{1,9}$/.test(text) ? Number(text) : null;
}

function parseNetwork(text: string): Network | null {
  const slash = text.indexOf('/');
  const bytes = parseAddress(slash === -1 ? text : text.slice(0, slash));
  if (bytes === null) return null;
  const bits = slash === -1 ? bytes.length * 8 : parseInteger(text.slice(slash + 1));
  return bits === null || bits < 0 || bits > bytes.length * 8 ? null : { bytes, bits };
}

/** Whether the text is `address` or `address/bits`. */
export function isNetwork(text: string): boolean {
  return parseNetwork(text) !== null;
}

/** Whether an address lies in the network; one of the other version of IP never does. */
export function isInNetwork(address: string, network: string): boolean {
  const own = parseAddress(address);
  const wanted = parseNetwork(network);
  if (own === null || wanted === null || own.length !== wanted.bytes.length) return false;
  return own.every((byte, i) => {
    const bits = Math.min(Math.max(wanted.bits - i * 8, 0), 8);
    return (byte ^ (wanted.bytes[i] ?? 0)) >> (8 - bits) === 0;
  });
}

/** How many bits of a network count, and a text that all ways of writing it share; null where the text is none. */
export function networkOf(text: string): { readonly bits: number; readonly key: string } | null {
  const network = parseNetwork(text);
  return network === null ? null : { bits: network.bits, key: keyOf(network.bytes, network.bits) };
}

/** The key of the network of so many bits that the address lies in; null where it has not so many, or is none. */
export function networkKey(address: string, bits: number): string | null {
  const bytes = parseAddress(address);
  return bytes === null || bits > bytes.length * 8 ? null : keyOf(bytes, bits);
}

function keyOf(bytes: Uint8Array, bits: number): string {
  const masked = Array.from(bytes, (byte, i) => byte & (0xff00 >> Math.min(Math.max(bits - i * 8, 0), 8)));
  return `${bits}/${masked.join('.')}`;
}

/**
 * The address in `host:port` or `[host]:port` in the form in which Java writes it (`InetAddress.getHostAddress`): IPv6 as eight
 * words without leading zeros. A zone says how this machine reaches the address, and goes. Other text stays what it is.
 */
export function hostAddress(hostAndPort: string): string {
  const host = hostAndPort
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/%.*$/, '');
  const bytes = host.includes(':') ? parseIpv6(host) : null;
  if (bytes === null) return host;
  const words = Array.from({ length: IPV6_WORDS }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  return words.map((word) => word.toString(16)).join(':');
}
