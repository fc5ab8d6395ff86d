import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

/**
 * A byte there and back over a connection of its own: what others on this machine were sent before has been handed over by
 * then. For a test that something does not come.
 */
export async function loopbackTurn(): Promise<void> {
  const server = createServer((socket) => socket.pipe(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.end('x');
  socket.resume();
  await once(socket, 'close');
  server.close();
}
