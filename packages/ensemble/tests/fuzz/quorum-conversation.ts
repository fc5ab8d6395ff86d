/**
 * Conversations on the quorum port, as a learner leads them, with mutations.
 *
 * Most keep to the protocol until they are being synchronised, since only then does a leader listen to more than an
 * introduction; then come many frames with odd values in the right shape, which keep the connection, and at the end one of a
 * wrong shape.
 *
 * What is not tried, because no server could withstand it: a peer of the quorum port is trusted (ZAB bears crashes, not
 * lies), and without TLS anybody may say that he is server 2. A stranger who introduces himself as an absent voter in the
 * right words, accepts the epoch, acknowledges NEWLEADER and every proposal is counted as that voter: with him the leader
 * has a quorum that holds nothing, and what it commits is lost with it. So, under the sid of a voter, the fuzzer never says
 * what is counted (`isCounted`): no ACKEPOCH that speaks for a history, no ACK of this epoch or of those that elections under
 * fuzz may reach. All else it may say: introductions with any epoch, any malformed frame, requests, other acknowledgements.
 * None of that may cost an acknowledged write. Requests are obeyed as they are in Apache's servers, in the name of any
 * session; so honest clients may be disconnected or lose their sessions, and their data is kept out of the requests' paths.
 */
import type { Random } from '@vivarium/shared/random';
import { epochOf, makeZxid } from '@vivarium/shared/zxid';
import { JuteError } from '@vivarium/wire/jute';
import { OpCode } from '@vivarium/wire/op-code';
import { decodeInt, PacketType, PROTOCOL_VERSION, readPacket } from '@vivarium/wire/quorum-packet';
import { buffer, type Field, group, int, long, path, raw, render, text, vector } from './fields.ts';
import { anyBytes, anyLong, mutateBytes, mutateShape, mutateValue } from './mutate.ts';
import { anyRequest, FUZZ_ROOT } from './requests.ts';
import type { Chunk, Conversation, World } from './world.ts';

/** Epochs that the elections of one run do not get beyond. */
const FORESEEABLE_EPOCHS = 1_000_000;

/** One packet; `record` is what in it may lose its shape without ending the connection. */
interface Packet {
  readonly name: string;
  readonly fields: Field[];
  readonly record: Field[] | null;
}

function packet(name: keyof typeof PacketType, zxid: bigint, data: Field[] | null): Packet {
  const fields = [int(PacketType[name], 'packet'), long(zxid, 'zxid'), buffer(data), vector(null)];
  return { name, fields, record: null };
}

/** A conversation that the generator draws. */
export function quorumConversation(random: Random, world: World): Conversation {
  const drawn = draw(random, world);
  const asVoter = drawn.sid !== null && world.voters.includes(Number(drawn.sid));
  const chunks = asVoter ? withoutCounted(drawn.chunks, world) : drawn.chunks;
  const target = random.chance(0.9) ? world.leader : random.pick(world.voters);
  const end = random.pick(['close', 'close', 'close', 'reset', 'linger'] as const);
  return { name: drawn.name, target, chunks, end };
}

interface Drawn {
  readonly name: string;
  /** Under whose name it goes; null where it has none. */
  readonly sid: bigint | null;
  readonly chunks: readonly Chunk[];
}

function draw(random: Random, world: World): Drawn {
  const kind = random.below(100);
  const own = newSession(random);
  if (kind < 70) {
    const sid = strangerSid(random);
    const body = Array.from({ length: random.between(20, 300) }, () => survivable(random, world, own));
    replaySome(random, body);
    const begun = [...opening(random, world, sid), sent(createSession(own))];
    return { name: 'observer', sid, chunks: [...begun, ...body, lethal(random, world, own)] };
  }
  if (kind < 80) {
    // Cut short: frames that come in the wrong state.
    const sid = strangerSid(random);
    const begun = opening(random, world, sid).slice(0, random.below(3));
    const body = Array.from({ length: random.between(1, 6) }, () =>
      random.chance(0.5) ? survivable(random, world, own) : lethal(random, world, own),
    );
    return { name: 'early', sid, chunks: [...begun, ...body] };
  }
  if (kind < 90) return world.impersonate ? impostor(random, world, own) : unlistedFollower(random, world, own);
  if (kind < 93) return unlistedFollower(random, world, own);
  if (kind < 96) {
    const junk = random.pick([
      text('GET / HTTP/1.1\r\n\r\n').bytes ?? anyBytes(random, 9),
      anyBytes(random, random.between(1, 3_000)),
    ]);
    return { name: 'garbage', sid: null, chunks: [chunk('garbage', junk)] };
  }
  return piecemeal(random, world, own);
}

/** Sends some frames again later, or earlier, than they were drawn. */
function replaySome(random: Random, body: Chunk[]): void {
  for (let n = random.below(6); n > 0; n--) {
    const { name, bytes, pauseMs } = random.pick(body);
    body.splice(random.below(body.length + 1), 0, { name: `${name}, again`, bytes, pauseMs });
  }
}

/** As a voter that is connected, or not for the moment. */
function impostor(random: Random, world: World, own: bigint): Drawn {
  const sid = BigInt(random.pick(world.voters));
  const begun = introduction(random, world, sid, false);
  if (random.chance(0.3)) mutateValue(random, begun.fields, world);
  const epoch = packet('ACKEPOCH', world.zxid, [int(-1, 'epoch')]);
  const body = Array.from({ length: random.between(1, 40) }, () => survivable(random, world, own));
  return { name: 'impostor', sid, chunks: [sent(begun), sent(epoch), ...body, lethal(random, world, own)] };
}

/** As a participant that no configuration lists: refused at once. */
function unlistedFollower(random: Random, world: World, own: bigint): Drawn {
  const sid = strangerSid(random);
  const begun = sent(introduction(random, world, sid, false));
  return { name: 'unlisted follower', sid, chunks: [begun, survivable(random, world, own)] };
}

/** A proper opening and a request, byte by byte or in other odd pieces, with pauses. */
function piecemeal(random: Random, world: World, own: bigint): Drawn {
  const sid = strangerSid(random);
  const whole = [...opening(random, world, sid), survivable(random, world, own)];
  const stream = Buffer.concat(whole.map(({ bytes }) => bytes));
  const size = random.pick([1, 1, 2, 7, 50]);
  const chunks: Chunk[] = [];
  for (let at = 0; at < stream.length; at += size) {
    chunks.push({ name: 'piece', bytes: stream.subarray(at, at + size), pauseMs: random.chance(0.1) ? 2 : 0 });
  }
  return { name: 'piecemeal', sid, chunks };
}

function opening(random: Random, world: World, sid: bigint): Chunk[] {
  // Beyond the leader's last one it is told to cut back, which costs less than a snapshot, and its packets can be read on.
  const beyond = makeZxid(world.epoch, 0x7fff_ffff);
  const zxid = random.chance(0.8) ? beyond : random.pick([world.zxid, 0n, anyLong(random)]);
  return [
    sent(introduction(random, world, sid, true)),
    sent(packet('ACKEPOCH', zxid, [int(random.pick([-1, 0, world.epoch]), 'epoch')])),
    sent(packet('ACK', makeZxid(world.epoch, 0), null)),
  ];
}

function introduction(random: Random, world: World, sid: bigint, observer: boolean): Packet {
  const accepted = makeZxid(random.pick([0, world.epoch, world.epoch]), 0);
  const info = [long(sid, 'sid'), int(PROTOCOL_VERSION, 'version'), long(0n, 'version')];
  return packet(observer ? 'OBSERVERINFO' : 'FOLLOWERINFO', accepted, info);
}

/** Sids that no configuration of the harness has. */
function strangerSid(random: Random): bigint {
  return BigInt(random.between(100, 100_000));
}

/** A session that only one conversation knows. */
function newSession(random: Random): bigint {
  return 0x7f_0000_0000n + BigInt(random.uint32());
}

function createSession(own: bigint): Packet {
  return request(null, long(own, 'session'), OpCode.createSession, [int(5_000, 'timeout')]);
}

/** A frame that keeps the connection of a synchronised learner: values are odd, the shape is right. */
function survivable(random: Random, world: World, own: bigint): Chunk {
  const frame = anyPacket(random, world, own);
  const what = [frame.name, mutateValue(random, frame.fields, world)];
  if (random.chance(0.3)) mutateValue(random, frame.fields, world);
  if (frame.record !== null && random.chance(0.4)) what.push(mutateShape(random, frame.record));
  return chunk(what.join(', '), render(frame.fields));
}

/** A frame that no peer sends. */
function lethal(random: Random, world: World, own: bigint): Chunk {
  const frame = random.chance(0.2) ? wrongDirection(random, world) : anyPacket(random, world, own);
  if (random.chance(0.3)) return chunk(`${frame.name}, bytes`, mutateBytes(random, render(frame.fields)));
  const how = mutateShape(random, frame.fields);
  return chunk(`${frame.name}, ${how}`, render(frame.fields));
}

/** What only a leader sends. */
function wrongDirection(random: Random, world: World): Packet {
  const data = random.chance(0.5) ? null : [raw(anyBytes(random, random.below(60)))];
  return packet(random.pick(OF_LEADERS), world.zxid, data);
}

const OF_LEADERS = [
  'PROPOSAL',
  'COMMIT',
  'SYNC',
  'INFORM',
  'NEWLEADER',
  'UPTODATE',
  'DIFF',
  'TRUNC',
  'SNAP',
  'LEADERINFO',
] as const;

function anyPacket(random: Random, world: World, own: bigint): Packet {
  const kind = random.below(100);
  const session = (): Field => long(random.pick([anyLong(random), own, ...world.sessions]), 'session');
  if (kind < 35) {
    const pairs = Array.from({ length: random.below(4) }, () => [session(), int(10_000, 'timeout')]);
    return packet('PING', world.zxid, pairs.flat());
  }
  if (kind < 55) return packet('REVALIDATE', -1n, [session(), int(10_000, 'timeout')]);
  if (kind < 75) return packet('ACK', world.zxid - BigInt(random.below(1_000)), null);
  const ids = random.chance(0.8) ? null : [[text(random.pick(['digest', 'ip', 'world', ''])), text('fuzz:x')]];
  if (kind < 80) return request(ids, long(own, 'session'), OpCode.sync, [path(FUZZ_ROOT)]);
  const { type, record } = anyRequest(random);
  return request(ids, random.chance(0.1) ? session() : long(own, 'session'), type, record);
}

/** No client gets so far in one run. */
const FORGED_XID = 0x40000001;

function request(ids: Field[][] | null, session: Field, type: number, record: Field[]): Packet {
  const data = [session, int(FORGED_XID, 'xid'), int(type, 'operation'), group(record)];
  const { name, fields } = packet('REQUEST', -1n, data);
  fields[3] = vector(ids);
  return { name, fields, record };
}

function sent({ name, fields }: Packet): Chunk {
  return chunk(name, render(fields));
}

function chunk(name: string, bytes: Uint8Array): Chunk {
  return { name, bytes, pauseMs: 0 };
}

/** The chunks without those that would make the stream say what is counted, whole or as the end of a broken one before. */
function withoutCounted(chunks: readonly Chunk[], world: World): Chunk[] {
  const kept: Chunk[] = [];
  for (const next of chunks) {
    const stream = Buffer.concat([...kept, next].map(({ bytes }) => bytes));
    if (!isCounted(stream, world)) kept.push(next);
  }
  return kept;
}

/** Whether a leader might count the bytes in favour of the voter in whose name they go; see above. */
export function isCounted(bytes: Uint8Array, world: World): boolean {
  for (let at = 0; at < bytes.length; ) {
    const next = packetAt(bytes, at);
    if (next === null) return false;
    const { type, zxid, data } = next.packet;
    if (type === PacketType.ACKEPOCH && (data === null || data.length < 4 || decodeInt(data) !== -1)) return true;
    const ahead = epochOf(zxid) - world.epoch;
    if (type === PacketType.ACK && ahead >= 0 && ahead < FORESEEABLE_EPOCHS) return true;
    at = next.end;
  }
  return false;
}

function packetAt(bytes: Uint8Array, at: number): ReturnType<typeof readPacket> {
  try {
    return readPacket(bytes, at);
  } catch (error) {
    if (error instanceof JuteError) return null;
    throw error;
  }
}
