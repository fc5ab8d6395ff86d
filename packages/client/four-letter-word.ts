/**
 * The four-letter words of the client port (Java `FourLetterCommands`): a connection, four bytes, and text until the server
 * closes it. A server answers those of `4lw.commands.whitelist` alone; `srvr` is among them unless somebody took it out.
 */
import { connect as connectPlain, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { formatAddress, type ServerAddress } from './connect-string.ts';

export interface AskOptions {
  readonly address: ServerAddress;
  /** For connecting and for the whole answer together. */
  readonly timeoutMs: number;
  /** Of an answer that is longer only the beginning is kept. */
  readonly maxBytes: number;
  /** Null where the port speaks plainly. */
  readonly tls: ConnectionOptions | null;
}

/**
 * Why a server said nothing of use. `refused`: nobody listens; `noConnection`: none came about in time; `silent`: it took the
 * connection, and no end of an answer came in time; `unreachable`: another fault of the network; `tls`: the handshake failed;
 * `garbage`: what came is no HTTP.
 */
export type AskFault = 'refused' | 'noConnection' | 'silent' | 'unknownHost' | 'unreachable' | 'tls' | 'garbage';

/** What came, or why nothing did. `detail` is for a person, such as a code of the system. */
export type AskResult<T> = ({ readonly ok: true } & T) | FailedAsk;
export interface FailedAsk {
  readonly ok: false;
  readonly fault: AskFault;
  readonly detail: string;
}

/** An answer; `cut`: it was longer than was asked for, or its end did not come in time. */
export interface WordText {
  readonly text: string;
  readonly cut: boolean;
}

/** Asks a server one word. Settles within `timeoutMs`, and never rejects; nothing is left open behind it. */
export function askWord(word: string, options: AskOptions): Promise<AskResult<WordText>> {
  const { address, timeoutMs, maxBytes, tls } = options;
  const { promise, resolve } = Promise.withResolvers<AskResult<WordText>>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  let isConnected = false;
  let isSettled = false;
  const socket: Socket =
    tls === null
      ? connectPlain({ host: address.host, port: address.port })
      : connectTls({ ...tls, host: address.host, port: address.port });
  const settle = (result: AskResult<WordText>): void => {
    if (isSettled) return;
    isSettled = true;
    clearTimeout(timer);
    socket.destroy();
    resolve(result);
  };
  const answered = (cut: boolean): void => {
    settle({ ok: true, text: Buffer.concat(chunks, Math.min(bytes, maxBytes)).toString('utf8'), cut });
  };
  const timer = setTimeout(() => {
    // What came may be of another protocol that waits for us, or an answer that takes too long: who asked will see.
    if (bytes > 0) return answered(true);
    const detail = `${formatAddress(address)}: no end of the answer within ${timeoutMs} ms`;
    settle({ ok: false, fault: isConnected ? 'silent' : 'noConnection', detail });
  }, timeoutMs);
  socket.once('connect', () => {
    isConnected = true;
  });
  socket.once(tls === null ? 'connect' : 'secureConnect', () => socket.write(word));
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxBytes) answered(true);
  });
  socket.once('error', (error) => {
    // A server that closes before it has read everything resets the connection: what it said counts nevertheless.
    if (bytes > 0) answered(false);
    else settle({ ok: false, fault: askFaultOf(error, tls !== null && isConnected), detail: detailOf(error) });
  });
  socket.once('close', () => answered(false));
  return promise;
}

/** The word that the server says it does not allow, or null where the text is an answer. */
export function refusedWord(text: string): string | null {
  return /^(\w{1,20}) is not executed because it is not in the whitelist\.\s*$/.exec(text)?.[1] ?? null;
}

/** What a fault of a socket means; `inHandshake`: it came behind the connection, within TLS. */
export function askFaultOf(error: Error, inHandshake: boolean): AskFault {
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ECONNREFUSED') return 'refused';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'unknownHost';
  // Node's parser of HTTP.
  if (code.startsWith('HPE_')) return 'garbage';
  return inHandshake ? 'tls' : 'unreachable';
}

/** The code of the system, which says more to a person who looks it up than a sentence does. */
export function detailOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message;
}
