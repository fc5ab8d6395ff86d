import { connect, type Socket } from 'node:net';
import { ClientPort, type ClientPortOptions } from '../../net/client-port.ts';

/** A client port that a test listens to. */
export interface ClientPortRig {
  readonly port: ClientPort;
  /** Where it listens. */
  readonly at: number;
  readonly log: string[];
  /** Called with each frame; by default it is echoed. */
  onFrame: (client: number, frame: Uint8Array) => void;
  /** Settles when the log has the entry. */
  heard(entry: string | RegExp): Promise<void>;
}

const cleanups: (() => void)[] = [];

/** Ends what the rig has opened; for `afterEach`. */
export function closeClientPorts(): void {
  for (const cleanup of cleanups.splice(0)) cleanup();
}

/** A body behind its length. */
export function framed(body: string | Uint8Array): Buffer {
  const bytes = Buffer.from(body);
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Opens a port on loopback, for plain text alone unless the options say otherwise; frames are echoed. */
export async function listening(options: Partial<ClientPortOptions> = {}): Promise<ClientPortRig> {
  const log: string[] = [];
  const waiting: { matches: (entry: string) => boolean; resolve: () => void }[] = [];
  const note = (entry: string): void => {
    log.push(entry);
    for (const waiter of waiting) if (waiter.matches(entry)) waiter.resolve();
  };
  const port: ClientPort = new ClientPort(
    {
      plain: { host: '127.0.0.1', port: 0, setting: 'clientPort' },
      secure: null,
      tls: null,
      backlog: null,
      maxClientCnxns: 0,
      maxCnxns: 0,
      maxHandshakes: 0,
      maxFrameBytes: 0xfffff,
      sessionlessTimeoutMs: 60_000,
      ...options,
    },
    {
      connected: (client, _, subject) => note(`connected ${client}${subject === null ? '' : ` ${subject}`}`),
      frame: (client, frame) => {
        note(`frame ${client} ${frame.length}`);
        rig.onFrame(client, frame);
      },
      closed: (client) => note(`closed ${client}`),
      fourLetterWord: ({ word }) => `${word}!`,
      flushWanted: () => setImmediate(() => port.flush()),
      warn: (message) => note(`warn ${message}`),
    },
  );
  await port.listen();
  cleanups.push(() => port.close());
  const rig: ClientPortRig = {
    port,
    at: port.port ?? port.securePort ?? 0,
    log,
    onFrame: (client, frame) => port.send(client, framed(frame)),
    heard: (entry) => {
      const matches = (one: string): boolean => (typeof entry === 'string' ? one === entry : entry.test(one));
      if (log.some(matches)) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ matches, resolve });
      return promise;
    },
  };
  return rig;
}

/** Connects in plain text. */
export function dial(port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  cleanups.push(() => socket.destroy());
  return socket;
}

/** All that arrives until the other side closes. */
export async function untilClosed(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks);
}

/** So many bytes. */
export async function bytesOf(socket: Socket, count: number): Promise<Buffer> {
  let received = Buffer.alloc(0);
  while (received.length < count) {
    const chunk: Buffer = await new Promise((resolve) => socket.once('data', resolve));
    received = Buffer.concat([received, chunk]);
  }
  return received;
}
