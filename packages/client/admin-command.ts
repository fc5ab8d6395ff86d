/** The admin server (3.5 and later, Java `JettyAdminServer`): the four-letter words as HTTP commands whose answers are JSON. */
import { type IncomingMessage, request } from 'node:http';
import { formatAddress, type ServerAddress } from './connect-string.ts';
import { type AskResult, askFaultOf, detailOf } from './four-letter-word.ts';

export interface CommandOptions {
  readonly address: ServerAddress;
  /** The path in front of the commands, `/commands` unless it was configured (`admin.commandURL`). */
  readonly commandUrl?: string;
  /** For connecting and for the whole answer together. */
  readonly timeoutMs: number;
  /** Of a longer answer only the beginning is kept. */
  readonly maxBytes: number;
}

/** What came over HTTP. */
export interface CommandText {
  readonly status: number;
  readonly text: string;
  /** Whether it was longer than was asked for. */
  readonly cut: boolean;
  /** The server's clock, to the second, ms since 1970; null where it does not tell. */
  readonly dateMs: number | null;
}

/** Asks for a command, such as `monitor`, on a connection of its own. Settles within the time limit, and never rejects. */
export function askCommand(command: string, options: CommandOptions): Promise<AskResult<CommandText>> {
  const { address, commandUrl = '/commands', timeoutMs, maxBytes } = options;
  const { promise, resolve } = Promise.withResolvers<AskResult<CommandText>>();
  let isConnected = false;
  const outgoing = request({
    host: address.host,
    port: address.port,
    path: `${commandUrl}/${encodeURIComponent(command)}`,
    agent: false,
    headers: { accept: 'application/json' },
  });
  const settle = (result: AskResult<CommandText>): void => {
    clearTimeout(timer);
    resolve(result);
    outgoing.destroy();
  };
  const timer = setTimeout(() => {
    const detail = `${formatAddress(address)}: no end of the answer within ${timeoutMs} ms`;
    settle({ ok: false, fault: isConnected ? 'silent' : 'noConnection', detail });
  }, timeoutMs);
  outgoing.once('socket', (socket) => {
    socket.once('connect', () => {
      isConnected = true;
    });
  });
  // For good, not once: what is destroyed may fail again.
  outgoing.on('error', (error) => settle({ ok: false, fault: askFaultOf(error, false), detail: detailOf(error) }));
  outgoing.once('response', (response) => {
    readBody(response, maxBytes).then(
      (body) => settle({ ok: true, status: response.statusCode ?? 0, dateMs: dateOf(response), ...body }),
      () => settle({ ok: false, fault: 'unreachable', detail: `${formatAddress(address)}: the answer broke off` }),
    );
  });
  outgoing.end();
  return promise;
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<{ text: string; cut: boolean }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    if (!(chunk instanceof Buffer)) continue;
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxBytes) break;
  }
  return { text: Buffer.concat(chunks, Math.min(bytes, maxBytes)).toString('utf8'), cut: bytes > maxBytes };
}

function dateOf({ headers }: IncomingMessage): number | null {
  const ms = headers.date === undefined ? Number.NaN : Date.parse(headers.date);
  return Number.isFinite(ms) ? ms : null;
}
