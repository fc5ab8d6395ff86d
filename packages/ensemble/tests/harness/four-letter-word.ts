import { connect } from 'node:net';

/** What a server says about itself in `srvr`. */
export interface ServerStatus {
  /** `leader`, `follower`, `observer`, `read-only` or `standalone`. */
  mode: string;
  zxid: bigint;
  connections: number;
}

/**
 * Sends a four-letter word and returns all that came back until the server closed the connection. Rejects if the
 * connection is refused, breaks, or lasts longer than `timeoutMs`.
 */
export function fourLetterWord(port: number, word: string, timeoutMs = 2_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ port, host: '127.0.0.1' });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no end of the answer to ${word} on port ${port} within ${timeoutMs} ms`));
    }, timeoutMs);
    socket.once('connect', () => socket.write(word));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('utf8'));
    });
  });
}

/** The server's status, or undefined if it can't be reached or doesn't serve now. */
export async function serverStatus(port: number): Promise<ServerStatus | undefined> {
  let text: string;
  try {
    text = await fourLetterWord(port, 'srvr');
  } catch {
    return undefined;
  }
  const mode = /^Mode: (.+)$/m.exec(text)?.[1];
  const zxid = /^Zxid: (0x[0-9a-f]+)$/m.exec(text)?.[1];
  const connections = /^Connections: (\d+)$/m.exec(text)?.[1];
  if (mode === undefined || zxid === undefined) {
    return undefined;
  }
  return { mode, zxid: BigInt(zxid), connections: Number(connections ?? 0) };
}
