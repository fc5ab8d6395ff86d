/**
 * Conversations with the admin server: HTTP as it is, a little off, and nothing of the kind. Most requests keep their
 * connection; one that does not is the last of its conversation. No command that resets something is spared.
 */
import type { Random } from '@vivarium/shared/random';
import { anyBytes, mutateBytes } from './mutate.ts';
import type { Chunk, Conversation, World } from './world.ts';

const NAMES = [
  ...['configuration', 'conf', 'connections', 'cons', 'crst', 'dirs', 'dump', 'environment', 'gtmk', 'hash', 'icfg'],
  ...[
    'is_read_only',
    'isro',
    'last_snapshot',
    'leader',
    'monitor',
    'mntr',
    'observers',
    'orst',
    'ruok',
    'stmk',
    'srvr',
  ],
  ...['stat_reset', 'srst', 'stats', 'system_properties', 'voting_view', 'watches', 'wchp', 'wchs', 'zabstate'],
  ...['snapshot', 'snap', 'restore', 'rest', '', '/'],
];
const ODD_NAMES = [
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'nothing', 'RUOK', '%', '%ff', '%00', '..', '../..'],
  ...['ruok/', 'ruok/ruok', 'ruok%2f', 'a'.repeat(3_000), '\u00e9', ' ', '<script>', '%0d%0aX:y'],
];
const METHODS = [
  'GET',
  'GET',
  'GET',
  'GET',
  'GET',
  'HEAD',
  'POST',
  'OPTIONS',
  'PUT',
  'DELETE',
  'TRACE',
  'PATCH',
  'PROPFIND',
];
const QUERIES = [
  '',
  '',
  '?streaming=false',
  '?traceMask=5',
  '?traceMask=x',
  '?a=1&a=2',
  '?__proto__[x]=1',
  '?%',
  '??',
  '#x',
];
const HEADERS = [
  ...[
    'Authorization: digest super:fuzz',
    'Authorization: digest u:p',
    'Authorization: ip',
    'Authorization: x',
    'Authorization:',
  ],
  ...[
    'X-Forwarded-For: 127.0.0.1',
    'Forwarded: for=127.0.0.1',
    'Range: bytes=0-1',
    'Accept-Encoding: gzip',
    'Cookie: a=b',
  ],
  ...['Upgrade: websocket', 'Connection: upgrade', 'Connection: keep-alive', 'Expect: 100-continue', 'TE: trailers'],
  ...['Content-Type: application/json', 'If-None-Match: *', 'Host: other', 'Date: now', 'Max-Forwards: 0'],
];
/** Such a request, or what is behind it, ends the connection. */
const LETHAL_HEADERS = [
  ...[
    'Content-Length: -1',
    'Content-Length: 99999999999999999999',
    'Content-Length: 5\r\nContent-Length: 6',
    'Connection: close',
  ],
  ...[
    'Transfer-Encoding: chunked, gzip',
    'Transfer-Encoding: chunked\r\nContent-Length: 3',
    ' folded: x',
    'no colon',
    ':',
    '\0: x',
  ],
  `Long: ${'x'.repeat(20_000)}`,
  ...['Expect: the moon', 'Transfer-Encoding: \x0bchunked', 'X: a\rb', 'X: a\nb'],
];

/** A conversation that the generator draws. */
export function adminConversation(random: Random, world: World): Conversation {
  return { ...draw(random), target: random.pick(world.voters) };
}

function draw(random: Random): Omit<Conversation, 'target'> {
  const end = random.pick(['close', 'close', 'reset'] as const);
  const kind = random.below(100);
  if (kind < 70) {
    const requests = Array.from({ length: random.between(5, 60) }, () => kept(random));
    return { name: 'pipeline', end, chunks: [...requests, { ...lethal(random), pauseMs: 20 }] };
  }
  if (kind < 80) return { name: 'lethal', end, chunks: [lethal(random)] };
  if (kind < 84) {
    const { bytes } = random.chance(0.5) ? kept(random) : lethal(random);
    const size = Math.ceil(bytes.length / 40);
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at): Chunk => {
      return { name: 'piece', bytes: bytes.slice(at * size, (at + 1) * size), pauseMs: random.chance(0.2) ? 2 : 0 };
    });
    return { name: 'slow', end: random.pick(['close', 'linger']), chunks: pieces };
  }
  if (kind < 87) {
    const requests = Array.from({ length: 100 }, () =>
      chunk('monitor, deaf', head('GET', '/commands/monitor', ['Host: x'])),
    );
    return { name: 'deaf', end: random.pick(['linger', 'reset']), deaf: true, chunks: requests };
  }
  if (kind < 91) return { name: 'half', end, chunks: [chunk('half', kept(random).bytes.slice(0, random.below(40)))] };
  const junk = random.pick([
    anyBytes(random, random.between(1, 3_000)),
    ascii('ruok'),
    Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0),
  ]);
  return { name: 'garbage', end, chunks: [chunk('garbage', junk)] };
}

/** A request that is answered, and whose connection stays. */
function kept(random: Random): Chunk {
  const method = random.pick(METHODS);
  const headers = ['Host: localhost', ...Array.from({ length: random.below(4) }, () => random.pick(HEADERS))];
  const what = random.pick(['name', 'query', 'header', 'body', 'target']);
  const name = what === 'name' ? random.pick(ODD_NAMES) : random.pick(NAMES);
  const query = what === 'query' ? random.pick(QUERIES) : '';
  let target = `/commands/${name}${query}`;
  if (what === 'target') {
    const targets = [
      '/',
      '/metrics',
      '//commands/ruok',
      '/commands',
      `http://other${target}`,
      '/commandsX',
      '/%2e%2e/',
    ];
    target = random.pick(targets);
  }
  let body = '';
  if (what === 'body') {
    const bytes = random.pick([0, 1, 100, 5_000]);
    const isChunked = random.chance(0.5);
    headers.push(isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${bytes}`);
    body = 'b'.repeat(bytes);
    if (isChunked) body = `${bytes === 0 ? '' : `${bytes.toString(16)};x=y\r\n${body}\r\n`}0\r\nTrailer: x\r\n\r\n`;
  }
  return chunk(`${method}, ${what}`, joined(head(method, target, headers), ascii(body)));
}

/** What ends the connection, as a rule. */
function lethal(random: Random): Chunk {
  const target = `/commands/${random.pick(NAMES)}`;
  switch (random.below(6)) {
    case 0:
      return chunk('request, bytes', mutateBytes(random, kept(random).bytes));
    case 1:
      return chunk(
        'request, version',
        ascii(`GET ${target} HTTP/${random.pick(['0.9', '1.0', '2.0', '9', 'x'])}\r\n\r\n`),
      );
    case 2:
      return chunk(
        'request, method',
        head(random.pick(['CONNECT', 'GOT', '', 'get', 'G'.repeat(9_000)]), target, ['Host: x']),
      );
    case 3: {
      const sizes = ['zz', '-1', 'ffffffffffffffff', '5', '', '0x5'];
      const nonsense = `${random.pick(sizes)}\r\nabc\r\n\r\n`;
      return chunk(
        'request, chunks',
        joined(head('POST', target, ['Host: x', 'Transfer-Encoding: chunked']), ascii(nonsense)),
      );
    }
    case 4: {
      const large = ascii('b'.repeat(random.pick([70_000, 300_000])));
      return chunk(
        'request, large body',
        joined(head('POST', target, ['Host: x', `Content-Length: ${large.length}`]), large),
      );
    }
    default:
      return chunk('request, lethal header', head('GET', target, ['Host: x', random.pick(LETHAL_HEADERS)]));
  }
}

function head(method: string, target: string, headers: readonly string[]): Uint8Array {
  return ascii(`${method} ${target} HTTP/1.1\r\n${headers.map((header) => `${header}\r\n`).join('')}\r\n`);
}

function ascii(value: string): Uint8Array {
  return Uint8Array.from(Buffer.from(value, 'latin1'));
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  return Uint8Array.from(Buffer.concat([first, second]));
}

function chunk(name: string, bytes: Uint8Array): Chunk {
  return { name, bytes, pauseMs: 0 };
}
