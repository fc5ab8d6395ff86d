import { once } from 'node:events';
import type { Server } from 'node:http';

/** The address cannot be listened on; the message is a sentence for whoever chose it. */
export class ListenError extends Error {
  override name = 'ListenError';
}

export interface Place {
  readonly host: string;
  readonly port: number;
  /** Whether the port was asked for, so that another one will not do. */
  readonly portChosen: boolean;
}

/** How many ports are tried after the default one. */
const MORE_PORTS = 100;

/**
 * Opens the port, or where it is taken and nobody asked for it, the next that is free; `note` then says so. Rejects with
 * `ListenError`.
 */
export async function listen(server: Server, place: Place): Promise<{ port: number; note: string | null }> {
  const { host, port: first, portChosen } = place;
  for (let port = first; ; port++) {
    const error = await tryPort(server, host, port);
    if (error === null) {
      const address = server.address();
      const opened = typeof address === 'object' && address !== null ? address.port : port;
      const isOther = port !== first;
      return { port: opened, note: isOther ? `Port ${first} is taken by another program: using ${opened}.` : null };
    }
    if (error.code !== 'EADDRINUSE' || portChosen || port === first + MORE_PORTS) throw listenError(error, host, port);
  }
}

/** Closes the port and every connection. */
export function stopListening(server: Server): void {
  server.close();
  server.closeAllConnections();
}

async function tryPort(server: Server, host: string, port: number): Promise<NodeJS.ErrnoException | null> {
  server.listen({ host, port });
  try {
    await once(server, 'listening');
    return null;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): ListenError {
  switch (error.code) {
    case 'EADDRINUSE':
      return new ListenError(`--port ${port} is taken by another program: stop it, or choose another port.`);
    case 'EACCES':
      return new ListenError(`--port ${port} may not be opened by this user: choose one from 1024 on.`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new ListenError(`--host ${host} is not an address of this machine.`);
    default:
      return new ListenError(`${host}:${port} cannot be listened on: ${error.message}.`);
  }
}
