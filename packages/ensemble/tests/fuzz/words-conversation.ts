/**
 * Conversations of four-letter words: each on a connection of its own, since the server closes behind its answer. Exact words,
 * near misses, words in pieces or with bytes behind them, floods of them, and words where a frame is expected.
 */
import type { Random } from '@vivarium/shared/random';
import { buffer, byte, int, long, raw, render } from './fields.ts';
import { anyBytes, mutateBytes } from './mutate.ts';
import type { Chunk, Conversation, World } from './world.ts';

const WORDS = [
  ...['conf', 'cons', 'crst', 'dirs', 'dump', 'envi', 'gtmk', 'hash', 'isro', 'mntr', 'orst', 'ruok', 'srst', 'srvr'],
  ...['stat', 'stmk', 'wchc', 'wchp', 'wchs', 'kill', 'reqs', 'sysp', 'icfg', 'lead', 'obsr', 'zabs'],
];
/** What telnet sends for an interrupt: IAC IP IAC WONT, which Java's table of words holds as well. */
const TELNET_CLOSE = Uint8Array.of(0xff, 0xf4, 0xff, 0xfd);

/** A conversation that the generator draws. */
export function wordsConversation(random: Random, world: World): Conversation {
  const end = random.chance(0.01) ? 'linger' : random.pick(['close', 'close', 'reset'] as const);
  const chunks = wordChunks(random);
  return { name: chunks[0]?.name.split(', ')[0] ?? '', chunks, target: random.pick(world.voters), end };
}

/** What one connection says. */
export function wordChunks(random: Random): Chunk[] {
  const word = ascii(random.pick(WORDS));
  switch (random.below(12)) {
    case 0:
    case 1:
    case 2:
      return [chunk('word', word)];
    case 3:
      return [chunk('word with a tail', joined(word, random.pick([ascii('\n'), ascii('\r\n'), anyBytes(random, 9)])))];
    case 4: {
      const near = word.slice();
      near[random.below(4)] = random.below(256);
      return [
        chunk('near miss', joined(near, random.chance(0.5) ? anyBytes(random, random.below(20)) : new Uint8Array())),
      ];
    }
    case 5:
      return [chunk('word, bytes', mutateBytes(random, word))];
    case 6:
      return [chunk('upper case', ascii(String.fromCharCode(...word).toUpperCase()))];
    case 7:
      return [chunk('telnet', joined(TELNET_CLOSE, anyBytes(random, random.below(8))))];
    case 8:
      return [chunk('stmk', joined(ascii('stmk'), anyBytes(random, random.below(12))))];
    case 9: {
      const at = random.below(5);
      return [chunk('part of a word', word.slice(0, at)), { ...chunk('rest of a word', word.slice(at)), pauseMs: 1 }];
    }
    case 10:
      return [
        chunk('flood', ascii(Array.from({ length: random.between(10, 300) }, () => random.pick(WORDS)).join(''))),
      ];
    default:
      return [chunk('behind a connect', joined(connectFrame(), word))];
  }
}

function connectFrame(): Uint8Array {
  return render([buffer([int(0), long(0n), int(1_000), long(0n), buffer([raw(new Uint8Array(16))]), byte(0)])]);
}

function ascii(value: string): Uint8Array {
  return Uint8Array.from(value, (character) => character.charCodeAt(0));
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  return Uint8Array.from([...first, ...second]);
}

function chunk(name: string, bytes: Uint8Array): Chunk {
  return { name, bytes, pauseMs: 0 };
}
