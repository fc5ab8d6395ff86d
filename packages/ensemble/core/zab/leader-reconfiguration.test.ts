import { JuteWriter } from '@vivarium/wire/jute';
import { OpCode } from '@vivarium/wire/op-code';
import {
  decodeActivation,
  encodeForwardedRequest,
  encodeInt,
  PacketType,
  packet,
  packetName,
} from '@vivarium/wire/quorum-packet';
import { encodeRequest } from '@vivarium/wire/requests';
import { describe, expect, it } from 'vitest';
import { LeaderBench } from '../../tests/harness/leader-bench.ts';
import { testServerConfig } from '../../tests/harness/server-config.ts';
import type { LinkId } from '../io.ts';

const EPOCH = 1n << 32n;
const SESSION = 0x1234n;

function spec(sid: number): string {
  return `host${sid}:2888:3888:participant;0.0.0.0:2181`;
}

/** Server 3 leads the others, and 4 and 5 follow unlisted; a link's number is its learner's sid. */
class Bench extends LeaderBench {
  private cxid = 0;

  constructor() {
    const members = [1, 2, 3].map((sid) => ({ sid, role: 'participant' as const, spec: spec(sid) }));
    super(testServerConfig({ sid: 3, members, reconfigEnabled: true, skipAcl: true }));
    this.join(1);
    this.sync();
    this.receive(1, packet(PacketType.ACKEPOCH, 0n, encodeInt(0)));
    this.sync();
    this.receive(1, packet(PacketType.ACK, EPOCH));
    this.sync();
    for (const sid of [2, 4, 5]) this.follow(sid);
    this.request(OpCode.createSession, new JuteWriter().int(10_000).finish());
    this.acknowledge(1n, 1);
    this.sync();
    this.sent.length = 0;
  }

  /** To where it waits to be synchronised. */
  introduce(sid: number): void {
    this.join(sid);
    this.receive(sid, packet(PacketType.ACKEPOCH, 0n, encodeInt(0)));
  }

  follow(sid: number): void {
    this.introduce(sid);
    this.receive(sid, packet(PacketType.ACK, EPOCH));
  }

  request(type: number, record: Uint8Array, via = 1): void {
    const data = encodeForwardedRequest({ sessionId: SESSION, cxid: this.cxid++, type, record });
    this.receive(via, packet(PacketType.REQUEST, -1n, data));
  }

  reconfigure(sids: readonly number[]): void {
    const newMembers = sids.map((sid) => `server.${sid}=${spec(sid)}`).join(',');
    const request = { type: OpCode.reconfig, joining: null, leaving: null, newMembers, curConfigId: -1n } as const;
    this.request(OpCode.reconfig, encodeRequest(1, request).subarray(12));
  }

  acknowledge(counter: bigint, ...sids: number[]): void {
    for (const sid of sids) this.receive(sid, packet(PacketType.ACK, EPOCH + counter));
  }

  sentTo(link: LinkId): string[] {
    return this.sent.filter((sent) => sent.link === link).map(({ packet: { type } }) => packetName(type));
  }

  get sids(): number[] {
    return this.server.configuration.members.map(({ sid }) => sid);
  }
}

describe('a leader whose ensemble changes', () => {
  it('gives the first configuration the version of its epoch', () => {
    expect(new Bench().server.configuration.version).toBe(EPOCH);
  });

  it('needs a quorum of the old configuration and of the new one, and has written so before it says so', () => {
    const bench = new Bench();
    bench.reconfigure([3, 4, 5]);
    expect(bench.writes.slice(-2)).toEqual(['proposedConfiguration', 'append']);
    bench.sync();
    bench.acknowledge(2n, 4, 5);
    bench.sync();
    expect(bench.writes.at(-1)).toBe('append');
    expect(bench.sids).toEqual([1, 2, 3]);
    expect(bench.sentTo(4)).toEqual(['PROPOSAL']);
    bench.acknowledge(2n, 1);
    expect(bench.writes.at(-1)).toBe('committedConfiguration');
    expect(bench.sentTo(4)).toEqual(['PROPOSAL']);
    bench.sync();
    expect(bench.sids).toEqual([3, 4, 5]);
    expect(bench.sentTo(4)).toEqual(['PROPOSAL', 'COMMITANDACTIVATE']);
    expect(bench.sentTo(1)).toEqual(['PROPOSAL', 'COMMITANDACTIVATE']);
  });

  it('does not take the old quorum for the new one', () => {
    const bench = new Bench();
    bench.reconfigure([3, 4, 5]);
    bench.sync();
    bench.acknowledge(2n, 1, 2);
    bench.sync();
    expect(bench.sids).toEqual([1, 2, 3]);
    bench.acknowledge(2n, 5);
    bench.sync();
    expect(bench.sids).toEqual([3, 4, 5]);
  });

  it('decides by the new quorum alone from then on, and takes nothing from who has left', () => {
    const bench = new Bench();
    bench.reconfigure([3, 4, 5]);
    bench.sync();
    bench.acknowledge(2n, 1, 4);
    bench.sync();
    bench.sent.length = 0;
    bench.reconfigure([1, 3, 4]);
    expect(bench.sent).toEqual([]);
    const record = encodeRequest(1, { type: OpCode.delete, path: '/none', version: -1 }).subarray(12);
    bench.request(OpCode.delete, record, 4);
    bench.acknowledge(3n, 1, 2);
    bench.sync();
    expect(bench.sentTo(4)).toEqual(['PROPOSAL']);
    bench.acknowledge(3n, 5);
    expect(bench.sentTo(4)).toEqual(['PROPOSAL', 'COMMIT']);
  });

  it('names the next leader where it leaves: the one that has acknowledged the most, and follows it', () => {
    const bench = new Bench();
    bench.reconfigure([1, 4, 5]);
    bench.request(OpCode.delete, encodeRequest(1, { type: OpCode.delete, path: '/none', version: -1 }).subarray(12));
    bench.sync();
    bench.acknowledge(2n, 1, 4);
    bench.acknowledge(3n, 1);
    bench.sync();
    const activation = bench.sent.find(({ packet: { type } }) => type === PacketType.COMMITANDACTIVATE)?.packet;
    expect(decodeActivation(activation?.data ?? null).designated).toBe(1);
    expect(bench.server.peerState).toBe('FOLLOWING');
    expect(bench.server.status().leaderSid).toBe(1);
  });

  it('has who comes in the middle of a reconfiguration wait for its end', () => {
    const bench = new Bench();
    bench.reconfigure([3, 4, 5]);
    bench.step({ kind: 'linkClosed', link: 5, reason: 'lost' });
    bench.introduce(5);
    expect(bench.sentTo(5).slice(-1)).toEqual(['LEADERINFO']);
    bench.sync();
    bench.acknowledge(2n, 1, 4);
    bench.sync();
    expect(bench.sentTo(5).slice(-1)).toEqual(['NEWLEADER']);
  });

  it('takes no more than a few servers that nobody has named', () => {
    const bench = new Bench();
    for (let sid = 10; sid < 40; sid++) bench.follow(sid);
    expect(bench.closed.filter((link) => link >= 10)).toHaveLength(30 - (16 - 2));
  });
});
