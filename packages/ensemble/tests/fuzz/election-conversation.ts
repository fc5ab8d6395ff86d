/**
 * Conversations on the election port: handshakes of all three forms, then notifications of every version, with mutations.
 *
 * A notification that is none is skipped, so a conversation may be long; a length that no frame has ends it. Votes in the
 * name of a voter are counted: while the fuzzer goes on an election may choose whom it likes, or nobody, as it would with a
 * voter that lies. It must come to an end when the fuzzer does.
 */
import type { Random } from '@vivarium/shared/random';
import { makeZxid } from '@vivarium/shared/zxid';
import { readHandshake } from '@vivarium/wire/election';
import { JuteError } from '@vivarium/wire/jute';
import { buffer, type Field, int, long, raw, render, text } from './fields.ts';
import { anyBytes, anyLong, mutateBytes, mutateShape, mutateValue } from './mutate.ts';
import type { Chunk, Conversation, World } from './world.ts';

const PROTOCOL_V1 = -65_536n;
const PROTOCOL_MULTI_ADDRESS = -65_535n;

/** A conversation that the generator draws. */
export function electionConversation(random: Random, world: World): Conversation {
  const target = random.pick(world.voters);
  const end = random.pick(['close', 'close', 'close', 'reset', 'linger'] as const);
  return { ...draw(random, world, target), target, end };
}

/** What a server hears that dials back: its own handshake is ignored, notifications come. */
export function dialledBack(random: Random, world: World): readonly Chunk[] {
  return notifications(random, world, random.between(1, 100));
}

function draw(random: Random, world: World, target: number): { name: string; chunks: readonly Chunk[] } {
  const kind = random.below(100);
  if (kind < 60) {
    const sid = BigInt(random.between(100, 100_000));
    const chunks = [handshake(random, world, sid), ...notifications(random, world, random.between(20, 400))];
    return { name: 'stranger', chunks: [...chunks, lethal(random, world)] };
  }
  if (kind < 75 && world.impersonate) {
    const sid = BigInt(random.pick(world.voters.filter((voter) => voter !== target)));
    return {
      name: 'impostor',
      chunks: [handshake(random, world, sid), ...notifications(random, world, random.between(1, 60))],
    };
  }
  if (kind < 85) {
    // Dialled back where the sid is below the target's.
    const sid = random.pick([0n, -1n, -5n, BigInt(target), 0x7fffffffffffffffn, -0x8000000000000000n, anyLong(random)]);
    if (world.voters.includes(Number(sid)) && !world.impersonate) return garbage(random);
    return {
      name: 'odd sid',
      chunks: [handshake(random, world, sid), ...notifications(random, world, random.between(0, 20))],
    };
  }
  if (kind < 92) {
    const fields = handshakeFields(random, world, BigInt(random.between(100, 100_000)));
    const how = random.chance(0.5) ? mutateShape(random, fields) : mutateValue(random, fields, world);
    const chunks = [chunk(`handshake, ${how}`, render(fields)), ...notifications(random, world, 3)];
    if (!world.impersonate && claimsVoter(Buffer.concat(chunks.map(({ bytes }) => bytes)), world))
      return garbage(random);
    return { name: 'odd handshake', chunks };
  }
  if (kind < 96) return garbage(random);
  const whole = [handshake(random, world, 500n), ...notifications(random, world, 2)];
  const stream = Buffer.concat(whole.map(({ bytes }) => bytes));
  const size = Math.ceil(stream.length / 1_000);
  const chunks: Chunk[] = [];
  for (let at = 0; at < stream.length; at += size) {
    chunks.push(chunk('piece', stream.subarray(at, at + size), random.chance(0.1) ? 2 : 0));
  }
  return { name: 'piecemeal', chunks };
}

function garbage(random: Random): { name: string; chunks: readonly Chunk[] } {
  return { name: 'garbage', chunks: [chunk('garbage', anyBytes(random, random.between(1, 2_000)))] };
}

function handshake(random: Random, world: World, sid: bigint): Chunk {
  return chunk('handshake', render(handshakeFields(random, world, sid)));
}

function handshakeFields(random: Random, world: World, sid: bigint): Field[] {
  const own = `127.0.0.1:${world.ownPort}`;
  switch (random.below(4)) {
    case 0:
      // The oldest form is the sid alone; a negative one would be taken for a protocol.
      return sid >= 0n ? [long(sid, 'sid')] : [long(PROTOCOL_V1), long(sid, 'sid'), text(own)];
    case 1:
      return [long(PROTOCOL_MULTI_ADDRESS), long(sid, 'sid'), text(someAddresses(random, own))];
    default:
      return [long(PROTOCOL_V1), long(sid, 'sid'), text(own)];
  }
}

/** No name that a name service would be asked for: a resolver that takes its time is not what is tested. */
function someAddresses(random: Random, own: string): string {
  const junk = ['', ':', 'x:y', '0.0.0.0:1', '[::]:1', '127.0.0.1:0', '127.0.0.1:65536', '127.0.0.1:1', '[::1]:1', own];
  return Array.from({ length: random.between(1, 80) }, () => random.pick(junk)).join('|');
}

/** Whether the bytes begin with a voter's handshake: a mutation may have made one by chance. */
function claimsVoter(bytes: Uint8Array, world: World): boolean {
  try {
    const sid = readHandshake(bytes)?.handshake.sid;
    return sid !== undefined && world.voters.includes(Number(sid));
  } catch (error) {
    if (error instanceof JuteError) return false;
    throw error;
  }
}

function notifications(random: Random, world: World, count: number): Chunk[] {
  const made: Chunk[] = [];
  while (made.length < count) {
    const body = notificationBody(random, world);
    const what = ['notification', mutateValue(random, body, world)];
    if (random.chance(0.5)) mutateValue(random, body, world);
    if (random.chance(0.4)) what.push(mutateShape(random, body));
    // An empty frame would end the conversation.
    const inner = render(body);
    if (inner.length === 0) continue;
    const bytes = render([buffer([raw(inner)])]);
    made.push(chunk(what.join(', '), bytes));
    if (random.chance(0.05)) made.push(chunk('notification again', bytes));
  }
  return made;
}

/** In one of the forms that servers of some version send. */
function notificationBody(random: Random, world: World): Field[] {
  const sid = BigInt(random.pick(world.voters));
  const short = [
    int(random.below(4), 'state'),
    long(sid, 'sid'),
    long(random.pick([world.zxid, makeZxid(world.epoch, 0), makeZxid(world.epoch + 1, 1)]), 'zxid'),
    long(BigInt(random.below(30)), 'round'),
  ];
  if (random.chance(0.15)) return short;
  const epoch = long(BigInt(world.epoch + random.below(2)), 'epoch');
  if (random.chance(0.1)) return [...short, epoch];
  if (random.chance(0.15)) return [...short, epoch, int(random.below(2), 'version')];
  const config = buffer([raw(new TextEncoder().encode(configText(random, world)))]);
  return [...short, epoch, int(2, 'version'), config];
}

function configText(random: Random, world: World): string {
  if (random.chance(0.1)) return '';
  if (random.chance(0.1)) return 'server.'.repeat(random.between(1, 1_000));
  const servers = world.voters.map((sid) => `server.${sid}=127.0.0.1:${sid}:${sid}:participant\n`).join('');
  const version = random.pick(['0', '-1', 'ffffffffffffffff', 'x', '7fffffffffffffff', '100000000']);
  return `${servers}version=${version}`;
}

/** A length that no notification has. */
function lethal(random: Random, world: World): Chunk {
  const frame = buffer(notificationBody(random, world));
  if (random.chance(0.3)) return chunk('notification, bytes', mutateBytes(random, render([frame])));
  frame.claim = random.pick([0, -1, -0x80000000, 0x7fffffff, 524_289, 524_288, 100_000]);
  return chunk('notification, length', render([frame]));
}

function chunk(name: string, bytes: Uint8Array, pauseMs = 0): Chunk {
  return { name, bytes, pauseMs };
}
