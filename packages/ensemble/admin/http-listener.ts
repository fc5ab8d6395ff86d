/** An HTTP port for few and small requests, which nobody can hold up or fill. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ListenOptions, startListening } from '../net/listening.ts';

export interface HttpListenerOptions extends ListenOptions {
  /** How long a connection may be silent, and a request may take to come. */
  readonly idleTimeoutMs: number;
}

const MAX_CONNECTIONS = 64;
const MAX_HEADER_BYTES = 8 * 1024;
/** Of a body that nobody reads so much is taken, so that the client gets its answer. */
const MAX_IGNORED_BYTES = 64 * 1024;

export class HttpListener {
  private readonly options: HttpListenerOptions;
  private readonly server: Server;

  constructor(options: HttpListenerOptions, onRequest: (request: IncomingMessage, response: ServerResponse) => void) {
    this.options = options;
    const { idleTimeoutMs } = options;
    this.server = createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: idleTimeoutMs,
        requestTimeout: idleTimeoutMs,
        keepAliveTimeout: idleTimeoutMs,
        connectionsCheckingInterval: Math.min(idleTimeoutMs, 5_000),
      },
      (request, response) => {
        ignoreBody(request, response);
        onRequest(request, response);
      },
    );
    this.server.maxConnections = MAX_CONNECTIONS;
    this.server.setTimeout(idleTimeoutMs, (socket) => socket.destroy());
  }

  /** Rejects with `ListenError`; `onFault` hears of what goes wrong later. */
  listen(onFault: (message: string) => void): Promise<void> {
    return startListening(this.server, this.options, onFault);
  }

  /** The port that is listened on: another than the configured one where that is 0. */
  get port(): number {
    return (this.server.address() as AddressInfo | null)?.port ?? this.options.port;
  }

  /** Stops listening and ends every connection. */
  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

function ignoreBody(request: IncomingMessage, response: ServerResponse): void {
  let ignored = 0;
  request.on('data', (chunk: Buffer) => {
    ignored += chunk.length;
    if (ignored > MAX_IGNORED_BYTES) request.destroy();
  });
  // A client that goes away is no fault of anybody's.
  request.on('error', () => {});
  response.on('error', () => {});
}
