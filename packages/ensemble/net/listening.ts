import { createServer, type Server, type Socket } from 'node:net';

/** Why a port cannot be listened on, in one line that says what to do. */
export class ListenError extends Error {
  override name = 'ListenError';
  /** Whether it may pass, as where a machine has just started and its name is not known everywhere yet. */
  readonly isTransient: boolean;

  constructor(message: string, isTransient: boolean) {
    super(message);
    this.isTransient = isTransient;
  }
}

const TRANSIENT = ['ENOTFOUND', 'EAI_AGAIN', 'EADDRNOTAVAIL'];

/** After so long without a byte the system asks whether the other machine is still there. */
const KEEP_ALIVE_DELAY_MS = 30_000;

export interface ListenOptions {
  /** What the port is to the person who configured it: `the client port`. */
  readonly name: string;
  /** The key and its place: `zoo.cfg: clientPort`. */
  readonly setting: string;
  /** Null for every address of the machine. */
  readonly host: string | null;
  readonly port: number;
  readonly backlog?: number | null;
}

/** Listens, and hands over each connection. Rejects with `ListenError`; `onFault` hears of what goes wrong later. */
export function listen(
  options: ListenOptions,
  onConnection: (socket: Socket) => void,
  onFault: (message: string) => void,
): Promise<Server> {
  const server = createServer(
    { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS },
    onConnection,
  );
  return startListening(server, options, onFault).then(() => server);
}

/** Has a server listen. Rejects with `ListenError`; `onFault` hears of what goes wrong later. */
export function startListening(
  server: Server,
  options: ListenOptions,
  onFault: (message: string) => void,
): Promise<void> {
  const { host, port, backlog } = options;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const refuse = (error: NodeJS.ErrnoException): void =>
    reject(new ListenError(explain(options, error), TRANSIENT.includes(error.code ?? '')));
  server.once('error', refuse);
  server.listen({ port, ...(host === null ? {} : { host }), ...(backlog ? { backlog } : {}) }, () => {
    server.off('error', refuse);
    // Accepting may fail for a while, for example when the process has no file descriptor left.
    server.on('error', (error) => onFault(`${options.name}: ${error.message}`));
    resolve();
  });
  return promise;
}

function explain({ name, setting, host, port }: ListenOptions, error: NodeJS.ErrnoException): string {
  const where = `${name} cannot listen on ${host ?? 'any address'}, port ${port}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return `${setting}: ${where}: another process uses it; stop that process or choose another port`;
    case 'EADDRNOTAVAIL':
      return `${setting}: ${where}: no interface of this machine has that address; use one that it has`;
    case 'EACCES':
      return `${setting}: ${where}: this user may not use the port; choose one above 1023`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${setting}: ${where}: the host name has no address; correct it, or the name service`;
    default:
      return `${setting}: ${where}: ${error.message}`;
  }
}
