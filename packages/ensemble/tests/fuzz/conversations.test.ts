import { Random } from '@vivarium/shared/random';
import { makeZxid } from '@vivarium/shared/zxid';
import { readHandshake } from '@vivarium/wire/election';
import { encodeInt, encodePacket, PacketType, packet, readPacket } from '@vivarium/wire/quorum-packet';
import { describe, expect, it } from 'vitest';
import { adminConversation } from './admin-conversation.ts';
import { clientConversation } from './client-conversation.ts';
import { electionConversation } from './election-conversation.ts';
import { isCounted, quorumConversation } from './quorum-conversation.ts';
import type { Conversation, World } from './world.ts';

const WORLD: World = {
  voters: [1, 2, 3],
  leader: 3,
  epoch: 5,
  zxid: makeZxid(5, 1_000),
  sessions: [0x1_0000_0001n, 0x2_0000_0002n],
  credentials: [{ sessionId: 0x1_0000_0009n, password: new Uint8Array(16) }],
  ownPort: 4_000,
  impersonate: true,
};

type Draw = (random: Random, world: World) => Conversation;

function drawMany(draw: Draw, seed: number, count: number, world: World): Conversation[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => draw(random, world));
}

describe.each([
  { port: 'quorum', draw: quorumConversation },
  { port: 'election', draw: electionConversation },
  { port: 'client', draw: clientConversation },
  { port: 'admin', draw: adminConversation },
])('conversations with the $port port', ({ draw }) => {
  it('are the same from the same seed, and others from another', () => {
    expect(drawMany(draw, 7, 8, WORLD)).toEqual(drawMany(draw, 7, 8, WORLD));
    expect(drawMany(draw, 7, 8, WORLD)).not.toEqual(drawMany(draw, 8, 8, WORLD));
  });

  it('are of many kinds, and most of their frames were mutated', () => {
    const conversations = drawMany(draw, 1, 60, WORLD);
    expect(new Set(conversations.map(({ name }) => name)).size).toBeGreaterThan(4);
    const chunks = conversations.flatMap((conversation) => conversation.chunks);
    const mutated = chunks.filter(({ name }) => name.includes(', '));
    expect(mutated.length / chunks.length).toBeGreaterThan(0.6);
    expect(new Set(mutated.map(({ name }) => name.split(', ')[1])).size).toBeGreaterThan(7);
  });
});

describe('the fuzzer as a voter', () => {
  const of = (type: PacketType, zxid: bigint, data: Uint8Array | null = null): Uint8Array =>
    encodePacket(packet(type, zxid, data));

  it.each([
    { what: 'an ACK of NEWLEADER', bytes: of(PacketType.ACK, makeZxid(5, 0)), counted: true },
    { what: 'an ACK of a proposal', bytes: of(PacketType.ACK, makeZxid(5, 9)), counted: true },
    { what: 'an ACK in an epoch to come', bytes: of(PacketType.ACK, makeZxid(6, 1)), counted: true },
    { what: 'an ACK of a former epoch', bytes: of(PacketType.ACK, makeZxid(4, 9)), counted: false },
    { what: 'an ACKEPOCH that counts', bytes: of(PacketType.ACKEPOCH, 0n, encodeInt(4)), counted: true },
    { what: 'an ACKEPOCH that does not', bytes: of(PacketType.ACKEPOCH, 0n, encodeInt(-1)), counted: false },
    { what: 'a PING', bytes: of(PacketType.PING, makeZxid(5, 9)), counted: false },
  ])('knows that $what is counted: $counted', ({ bytes, counted }) => {
    expect(isCounted(bytes, WORLD)).toBe(counted);
    const behindPing = Buffer.concat([of(PacketType.PING, 0n), bytes]);
    expect(isCounted(behindPing, WORLD)).toBe(counted);
  });

  it('never says what is counted, however its frames run into one another', () => {
    for (const { name, chunks } of drawMany(quorumConversation, 3, 200, WORLD)) {
      if (name === 'impostor') expect(isCounted(Buffer.concat(chunks.map(({ bytes }) => bytes)), WORLD)).toBe(false);
    }
  });
});

describe('the fuzzer as a stranger', () => {
  const world = { ...WORLD, impersonate: false };

  it('uses no sid of a voter on the quorum port, so that nothing it acknowledges is counted', () => {
    for (const { chunks } of drawMany(quorumConversation, 4, 100, world)) {
      const stream = Buffer.concat(chunks.map(({ bytes }) => bytes));
      const first =
        stream.length > 20 && stream.readInt32BE(0) === PacketType.FOLLOWERINFO ? readPacket(stream, 0) : null;
      const sid = first?.packet.data ? Buffer.from(first.packet.data).readBigInt64BE(0) : null;
      expect(world.voters.map(BigInt)).not.toContain(sid);
    }
  });

  it('uses no sid of a voter on the election port', () => {
    for (const { name, chunks } of drawMany(electionConversation, 5, 100, world)) {
      if (name === 'odd handshake' || name === 'garbage') continue;
      const stream = Buffer.concat(chunks.map(({ bytes }) => bytes));
      expect(world.voters.map(BigInt)).not.toContain(readHandshake(stream)?.handshake.sid);
    }
  });
});
