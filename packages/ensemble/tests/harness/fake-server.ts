import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import {
  encodeNotificationMessage,
  type Notification,
  readHandshake,
  readNotificationMessage,
} from '@vivarium/wire/election';
import { encodePacket, type QuorumPacket, readPacket } from '@vivarium/wire/quorum-packet';

/** A port of a server of somebody else's, of which a test says what it does with each connection. */
export class FakePort {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** How many connections there have been. */
  connections = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(onConnection: (socket: Socket) => void): Promise<FakePort> {
    const server = createServer();
    const port = new FakePort(server);
    server.on('connection', (socket) => {
      port.connections++;
      port.#sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => port.#sockets.delete(socket));
      onConnection(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return port;
  }

  get endpoint(): { readonly host: string; readonly port: number } {
    return { host: '127.0.0.1', port: (this.#server.address() as AddressInfo).port };
  }

  /** How many connections there are now. */
  get open(): number {
    return this.#sockets.size;
  }

  /** Ends every connection, as a server does that dies. */
  endAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.#server.close();
    this.endAll();
  }
}

/** What somebody has said on an election port. */
export interface Question {
  readonly sid: bigint;
  readonly notification: Notification;
}

/** An election port that answers each notification with what `answer` says to it; null: with nothing. */
export function fakeElectionPort(answer: (question: Question) => Uint8Array | null): Promise<FakePort> {
  return FakePort.open((socket) => {
    let bytes = new Uint8Array(0);
    let sid: bigint | null = null;
    socket.on('data', (chunk: Buffer) => {
      bytes = new Uint8Array(Buffer.concat([bytes, chunk]));
      if (sid === null) {
        const read = readHandshake(bytes);
        if (read === null) return;
        sid = read.handshake.sid;
        bytes = bytes.slice(read.end);
      }
      for (let next = readNotificationMessage(bytes, 0); next !== null; next = readNotificationMessage(bytes, 0)) {
        bytes = bytes.slice(next.end);
        const { notification } = next;
        const answered = notification === null ? null : answer({ sid, notification });
        if (answered !== null) socket.write(answered);
      }
    });
  });
}

/** The vote of a server, as its election port says it. */
export function voteOf(state: number, leader: number, peerEpoch: number, zxid = 0n): Uint8Array {
  return encodeNotificationMessage({
    state,
    leader: BigInt(leader),
    zxid,
    electionEpoch: 1n,
    peerEpoch: BigInt(peerEpoch),
    version: 2,
    config: 'version=0',
  });
}

/** One learner on the quorum port of a fake leader. */
export interface FakeLearner {
  send(...packets: readonly QuorumPacket[]): void;
  /** Bytes as they are. */
  sendRaw(bytes: Uint8Array): void;
  end(): void;
}

/** The quorum port of a leader that does with each packet what `received` says. */
export function fakeQuorumPort(received: (packet: QuorumPacket, learner: FakeLearner) => void): Promise<FakePort> {
  return FakePort.open((socket) => {
    let bytes = new Uint8Array(0);
    const learner: FakeLearner = {
      send: (...packets) => {
        for (const packet of packets) socket.write(encodePacket(packet));
      },
      sendRaw: (raw) => socket.write(raw),
      end: () => socket.destroy(),
    };
    socket.on('data', (chunk: Buffer) => {
      bytes = new Uint8Array(Buffer.concat([bytes, chunk]));
      for (let next = readPacket(bytes, 0, 1_000_000); next !== null; next = readPacket(bytes, 0, 1_000_000)) {
        bytes = bytes.slice(next.end);
        received(next.packet, learner);
      }
    });
  });
}
