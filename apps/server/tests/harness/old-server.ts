/** A server as it was before 3.6: what later ones know it answers as unimplemented, and ends the connection. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { FrameReader } from '@vivarium/client/frame-reader';
import { ErrorCode } from '@vivarium/shared/error-code';
import { OpCode } from '@vivarium/wire/op-code';

/** `setWatches2` and `addWatch` came with 3.6, `whoAmI` with 3.7. */
const UNKNOWN: ReadonlySet<number> = new Set([OpCode.setWatches2, OpCode.addWatch, OpCode.whoAmI]);

export interface OldServer {
  readonly connectString: string;
  /** How often it was asked for something that it does not know. */
  readonly refused: number;
  close(): Promise<void>;
}

/** Stands before the server on the port, which is a newer one. */
export async function oldServer(port: number): Promise<OldServer> {
  const sockets = new Set<Socket>();
  let refused = 0;
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    const reader = new FrameReader(1 << 20, 8);
    let greeted = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    upstream.on('data', (chunk) => client.write(chunk));
    client.on('data', (chunk: Buffer) => {
      reader.push(new Uint8Array(chunk));
      for (let frame = reader.next(); frame !== null; frame = reader.next()) {
        const body = Buffer.from(frame.bytes);
        if (greeted && UNKNOWN.has(body.readInt32BE(4))) {
          refused++;
          const reply = Buffer.alloc(20);
          reply.writeInt32BE(16);
          reply.writeInt32BE(body.readInt32BE(0), 4);
          reply.writeInt32BE(ErrorCode.UNIMPLEMENTED, 16);
          client.end(reply);
          return;
        }
        greeted = true;
        const length = Buffer.alloc(4);
        length.writeInt32BE(body.length);
        upstream.write(Buffer.concat([length, body]));
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    connectString: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    get refused() {
      return refused;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
