/**
 * Conversations on the client port, as a client leads them, with mutations.
 *
 * A server takes a connection's frames only until the first that no client sends, and then closes; so most conversations
 * ask for a session properly, then send many requests whose values and records are odd in a frame of the right shape, each of
 * which is answered, and end with one frame of a wrong shape. Others are pipelines of thousands, sessions that are taken over
 * or guessed, clients that read nothing, that send byte by byte, that say words of four letters, or that vanish in the middle.
 *
 * All is written below `FUZZ_ROOT` and, for quotas, below its node in `/zookeeper/quota`. Whatever a client sends, no server
 * may end, elect anew, or have another tree than the others: there is nothing that is not tried.
 */
import type { Random } from '@vivarium/shared/random';
import { OpCode } from '@vivarium/wire/op-code';
import { buffer, byte, type Field, group, int, long, path, raw, render, text, vector } from './fields.ts';
import { anyBytes, anyLong, mutateBytes, mutateShape, mutateValue } from './mutate.ts';
import { clientRequest, FUZZ_ROOT, type RequestFields, someAcl, somePath } from './requests.ts';
import { wordChunks } from './words-conversation.ts';
import type { Chunk, Conversation, Credential, World } from './world.ts';

/** One request of the client port; `record` is what may lose its shape without ending the connection. */
interface Frame {
  readonly name: string;
  readonly fields: Field[];
  readonly record: Field[];
}

type Drawn = Omit<Conversation, 'target'>;

/** A conversation that the generator draws. */
export function clientConversation(random: Random, world: World): Conversation {
  return { ...draw(random, world), target: random.pick(world.voters) };
}

function draw(random: Random, world: World): Drawn {
  const end = random.pick(['close', 'close', 'reset'] as const);
  const kind = random.below(100);
  if (kind < 50) {
    const body = many(random.between(20, 300), () => survivable(random, world));
    const begun = [connect(random, null), ...(random.chance(0.3) ? [sent(frameOf(addAuth(random), random))] : [])];
    // A frame of a wrong length ends the connection at once, with the answers that are still on their way.
    return { name: 'session', end, chunks: [...begun, ...body, { ...lethal(random, world), pauseMs: 30 }] };
  }
  if (kind < 56) {
    const body = many(random.between(1_000, 4_000), () =>
      random.chance(0.2) ? sent(frameOf(cheap(random), random)) : survivable(random, world),
    );
    return { name: 'pipeline', end: 'close', chunks: [connect(random, null), ...body] };
  }
  if (kind < 66) return takeover(random, world, end);
  if (kind < 70) return guess(random, world, end);
  if (kind < 75) {
    // What comes in the wrong state, and ConnectRequests that are none.
    const first = random.chance(0.5) ? oddConnect(random, world) : sent(frameOf(clientRequest(random), random));
    return { name: 'early', end, chunks: [first, survivable(random, world), survivable(random, world)] };
  }
  if (kind < 79) return piecemeal(random, world);
  if (kind < 82) return slowWriter(random, world);
  if (kind < 86) {
    const body = many(random.between(50, 200), () => sent(frameOf(heavyRead(random), random)));
    return {
      name: 'deaf',
      end: random.pick(['linger', 'reset']),
      deaf: true,
      chunks: [connect(random, null), ...body],
    };
  }
  if (kind < 89) {
    const body = many(random.between(1, 4), () => large(random, world));
    return { name: 'large', end, chunks: [connect(random, null), ...body, survivable(random, world)] };
  }
  if (kind < 92) {
    const body = many(random.between(20, 200), () => sent(frameOf(watching(random), random)));
    return { name: 'watcher', end: 'linger', chunks: [connect(random, null), ...body] };
  }
  if (kind < 95) return { name: 'word', end, chunks: wordChunks(random) };
  const junk = random.pick([
    text('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n').bytes ?? anyBytes(random, 9),
    anyBytes(random, random.between(1, 3_000)),
  ]);
  return { name: 'garbage', end, chunks: [chunk('garbage', junk)] };
}

/** One session by several connections: the last is answered, the one before is closed, wherever they are. */
function takeover(random: Random, world: World, end: Conversation['end']): Drawn {
  const credential = world.credentials.length === 0 ? null : random.pick(world.credentials);
  const body = many(random.between(5, 100), () => survivable(random, world));
  if (random.chance(0.2)) body.push(sent(frameOf({ type: OpCode.closeSession, record: [] }, random)));
  return { name: 'takeover', end, chunks: [connect(random, credential), ...body] };
}

/** Somebody else's session, with a password that is not its own: nobody but the stranger may notice. */
function guess(random: Random, world: World, end: Conversation['end']): Drawn {
  const sessionId = random.pick([anyLong(random), ...world.sessions]);
  const password = random.pick([anyBytes(random, 16), new Uint8Array(16), anyBytes(random, random.below(40))]);
  return { name: 'guess', end, chunks: [connect(random, { sessionId, password }), survivable(random, world)] };
}

function piecemeal(random: Random, world: World): Drawn {
  const whole = [connect(random, null), ...many(random.between(1, 5), () => survivable(random, world))];
  const stream = Buffer.concat(whole.map(({ bytes }) => bytes));
  const size = Math.max(random.pick([1, 1, 3, 7, 50]), Math.ceil(stream.length / 100));
  const chunks: Chunk[] = [];
  for (let at = 0; at < stream.length; at += size) {
    chunks.push({ name: 'piece', bytes: stream.subarray(at, at + size), pauseMs: random.chance(0.1) ? 2 : 0 });
  }
  return { name: 'piecemeal', end: 'close', chunks };
}

/** Ends, or falls silent, in the middle of a frame that it has announced. */
function slowWriter(random: Random, world: World): Drawn {
  const begun = random.chance(0.7) ? [connect(random, null), survivable(random, world)] : [];
  const { bytes } = random.chance(0.5) ? survivable(random, world) : large(random, world);
  const half: Chunk = { name: 'half a frame', bytes: bytes.slice(0, random.below(bytes.length)), pauseMs: 5 };
  return { name: 'slow writer', end: random.pick(['linger', 'reset', 'close']), chunks: [...begun, half] };
}

/** A ConnectRequest; null: for a new session. */
function connect(random: Random, credential: Credential | null): Chunk {
  return chunk('connect', render([buffer(connectFields(random, credential))]));
}

function connectFields(random: Random, credential: Credential | null): Field[] {
  const password = credential?.password ?? new Uint8Array(16);
  const fields: Field[] = [
    int(0, 'version'),
    long(0n, 'zxid'),
    int(random.pick([1_000, 2_000, 4_000, 4_000]), 'timeout'),
    long(credential?.sessionId ?? 0n, 'session'),
    buffer([raw(password)]),
  ];
  if (random.chance(0.8)) fields.push(byte(random.below(2)));
  return fields;
}

function oddConnect(random: Random, world: World): Chunk {
  const fields = connectFields(random, world.credentials[0] ?? null);
  const how = random.chance(0.4) ? mutateShape(random, fields) : mutateValue(random, fields, world);
  if (random.chance(0.3)) mutateValue(random, fields, world);
  return chunk(`connect, ${how}`, render([buffer(fields)]));
}

/** A frame that keeps the connection: its record may be anything. */
function survivable(random: Random, world: World): Chunk {
  const frame = frameOf(clientRequest(random), random);
  const what = [frame.name];
  what.push(mutateValue(random, frame.fields, world));
  if (random.chance(0.3)) mutateValue(random, frame.record, world);
  if (random.chance(0.3)) what.push(mutateShape(random, frame.record));
  return chunk(what.join(', '), render([buffer(frame.fields)]));
}

/** A frame that no client sends, most often. */
function lethal(random: Random, world: World): Chunk {
  const request = random.chance(0.3) ? closing(random) : random.chance(0.1) ? addAuth(random) : clientRequest(random);
  const { name, fields } = frameOf(request, random);
  const whole = buffer(fields);
  if (random.chance(0.3)) return chunk(`${name}, bytes`, mutateBytes(random, render([whole])));
  if (random.chance(0.3)) {
    whole.claim = random.pick([0, -1, -0x80000000, 0x7fffffff, 0x100000, 0xfffff, 0x72756f6b]);
    return chunk(`${name}, length`, render([whole]));
  }
  if (random.chance(0.5)) return chunk(`${name}, ${mutateShape(random, fields)}`, render([whole]));
  const frame = [int(random.between(1, 1_000), 'xid'), int(0, 'operation'), ...fields];
  return chunk(`${name}, ${mutateValue(random, frame.slice(1, 2), world)}`, render([buffer(frame)]));
}

/** One that fails ends the connection at once, and nothing that it has asked before is answered any more. */
function addAuth(random: Random): RequestFields {
  const scheme = random.pick(['digest', 'digest', 'digest', 'ip', 'x509']);
  return { type: OpCode.auth, record: [int(0), text(scheme), text(random.pick(['u:p', 'u:', ':', 'v:w']))] };
}

/** What a server answers and then closes. */
function closing(random: Random): RequestFields {
  const type = random.pick([
    OpCode.closeSession,
    OpCode.createSession,
    OpCode.error,
    OpCode.notification,
    OpCode.check,
    OpCode.deleteContainer,
    OpCode.sasl,
    10,
    108,
  ]);
  return { type, record: random.chance(0.5) ? [] : [path(somePath(random)), int(-1, 'version')] };
}

function frameOf({ type, record }: RequestFields, random: Random): Frame {
  const xid = RESERVED_XIDS.get(type) ?? random.between(1, 100_000);
  // The type is no field of its own: most types that it could become end the connection.
  const header = [int(xid, 'xid'), raw(bytesOfInt(type))];
  return { name: NAMES.get(type) ?? `type ${type}`, fields: [...header, group(record)], record };
}

const NAMES = new Map<number, string>(Object.entries(OpCode).map(([name, type]) => [type, name]));
const RESERVED_XIDS = new Map<number, number>([
  [OpCode.ping, -2],
  [OpCode.auth, -4],
  [OpCode.setWatches, -8],
  [OpCode.setWatches2, -8],
]);

function bytesOfInt(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value);
  return bytes;
}

/** What costs a server little, and comes by the thousand. */
function cheap(random: Random): RequestFields {
  const type = random.pick([OpCode.ping, OpCode.exists, OpCode.getData, OpCode.getChildren2, OpCode.getACL]);
  return { type, record: type === OpCode.ping ? [] : [path(somePath(random)), byte(random.below(2))] };
}

/** What is answered with far more than it takes to ask. */
function heavyRead(random: Random): RequestFields {
  const at = random.pick([FUZZ_ROOT, '/zookeeper/config', somePath(random), '/']);
  return {
    type: random.pick([OpCode.getChildren2, OpCode.getData, OpCode.getAllChildrenNumber]),
    record: [path(at), byte(1)],
  };
}

function watching(random: Random): RequestFields {
  const type = random.pick([OpCode.exists, OpCode.getData, OpCode.getChildren, OpCode.addWatch]);
  const last = type === OpCode.addWatch ? int(random.below(2)) : byte(1);
  return { type, record: [path(random.chance(0.2) ? FUZZ_ROOT : somePath(random)), last] };
}

/** Requests about as long as a server takes them, and longer. */
function large(random: Random, world: World): Chunk {
  const bytes = random.pick([100_000, 500_000, 1_000_000, 1_048_575 - 40, 1_100_000]);
  const frame = frameOf(largeRequest(random, bytes), random);
  const what = [frame.name];
  if (random.chance(0.3)) what.push(mutateValue(random, frame.fields.slice(0, 1), world));
  return chunk(`large ${what.join(', ')}`, render([buffer(frame.fields)]));
}

function largeRequest(random: Random, bytes: number): RequestFields {
  const filled = raw(new Uint8Array(bytes).fill(random.pick([0, 0x2f, 0x61, 0xff])));
  const many = (item: Field[]): Field[][] =>
    Array.from({ length: Math.floor(bytes / render(item).length) }, () => item);
  const somewhere = path(somePath(random));
  switch (random.below(9)) {
    case 0:
      return { type: OpCode.setData, record: [somewhere, buffer([filled]), int(-1, 'version')] };
    case 1:
      return { type: OpCode.exists, record: [buffer([filled]), byte(1)] };
    case 2:
      return { type: OpCode.setACL, record: [somewhere, vector(many([int(1), text('digest'), text('a:b')])), int(-1)] };
    case 3:
      return {
        type: OpCode.create,
        record: [somewhere, buffer([filled]), someAcl(random), int(random.below(4))],
      };
    case 4:
      return { type: OpCode.setWatches, record: [long(0n), vector(many([somewhere])), vector([]), vector([])] };
    case 5:
      return {
        type: OpCode.setWatches2,
        record: [long(-1n), vector([]), vector([]), vector([]), vector([]), vector(many([somewhere]))],
      };
    case 6:
      return { type: OpCode.reconfig, record: [text(','.repeat(bytes)), text(null), text(null), long(-1n)] };
    case 7: {
      const check = [int(OpCode.check), byte(0), int(-1), path(FUZZ_ROOT), int(-1)];
      return { type: OpCode.multi, record: [...many(check).flat(), int(-1), byte(1), int(-1)] };
    }
    default: {
      const read = [int(OpCode.getChildren), byte(0), int(-1), path(FUZZ_ROOT), byte(0)];
      return { type: OpCode.multiRead, record: [...many(read).slice(0, 500).flat(), int(-1), byte(1), int(-1)] };
    }
  }
}

function many<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

function sent({ name, fields }: Frame): Chunk {
  return chunk(name, render([buffer(fields)]));
}

function chunk(name: string, bytes: Uint8Array): Chunk {
  return { name, bytes, pauseMs: 0 };
}
