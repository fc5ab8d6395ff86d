import { ServerState } from '@vivarium/wire/election';
import { encodeLearnerInfo, PacketType, packet, type QuorumPacket } from '@vivarium/wire/quorum-packet';
import { Database } from '../../core/database.ts';
import type { Input, LinkId, Output, ServerConfig } from '../../core/io.ts';
import { Server } from '../../core/server.ts';

/** Server 3 of {1, 2, 3}, which the others have just elected; its learners and its disk are played by the test. */
export class LeaderBench {
  readonly server: Server;
  readonly sent: { link: LinkId; packet: QuorumPacket }[] = [];
  readonly closed: LinkId[] = [];
  /** Kinds of what it has written, in order. */
  readonly writes: string[] = [];
  nowMs = 1000;
  private unwritten = 0;

  constructor(config: ServerConfig) {
    this.server = new Server(config, { database: new Database(), recent: [], acceptedEpoch: 0, currentEpoch: 0 });
    this.step({ kind: 'start' });
    for (const from of [1, 2]) this.elect(from);
  }

  /** A server votes for this one. */
  elect(from: number): void {
    const vote = { leader: 3n, zxid: 0n, electionEpoch: 1n, peerEpoch: 0n, version: 2, config: null };
    this.step({
      kind: 'notification',
      from: BigInt(from),
      notification: { state: ServerState.LOOKING, ...vote },
    });
  }

  step(input: Input): void {
    const now = { monotonicMs: this.nowMs, wallMs: this.nowMs };
    for (const output of this.server.step(now, input)) this.carryOut(output);
  }

  private carryOut(output: Output): void {
    if (output.kind === 'sendPacket') this.sent.push(output);
    else if (output.kind === 'closeLink') this.closed.push(output.link);
    else if (output.kind === 'persist') {
      this.unwritten = output.writeId;
      this.writes.push(output.write.kind);
    }
  }

  receive(link: LinkId, received: QuorumPacket): void {
    this.step({ kind: 'packet', link, packet: received });
  }

  /** All that was written is durable. */
  sync(): void {
    this.step({ kind: 'persisted', writeId: this.unwritten });
  }

  /** A learner comes; its link's number is its sid, unless another is given. */
  join(link: LinkId, acceptedEpoch = 0, type: 'FOLLOWERINFO' | 'OBSERVERINFO' = 'FOLLOWERINFO', sid = link): void {
    this.step({ kind: 'learnerConnected', link, address: 'there' });
    const info = encodeLearnerInfo({ sid, protocolVersion: 0x10000, configVersion: 0n });
    this.receive(link, packet(PacketType[type], BigInt(acceptedEpoch) << 32n, info));
  }
}
