import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { AnswerReader } from './answers.ts';
import type { Tally } from './tally.ts';
import type { Chunk, Conversation } from './world.ts';

/** How long a server may take to close a connection whose end it has been sent. */
const CLOSE_LIMIT_MS = 5_000;
/** How long a silent end is held. */
const LINGER_MS = 300;

/** What is counted of all conversations. */
export interface Counts {
  readonly frames: Tally;
  readonly mutations: Tally;
  readonly conversations: Tally;
  /** How they ended. */
  readonly endings: Tally;
  readonly answers: Tally;
}

/** Where one conversation goes. */
export interface Line {
  readonly port: number;
  /** An address of this machine to come from; null for any. */
  readonly from: string | null;
}

/** Leads one conversation with the port; resolves when the connection is gone, rejects never. */
export async function converse(
  { port, from }: Line,
  conversation: Conversation,
  counts: Counts,
  read: AnswerReader,
): Promise<void> {
  counts.conversations.add(conversation.name);
  const origin = from === null ? {} : { localAddress: from };
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, ...origin });
  let fault = '';
  socket.on('error', (error: NodeJS.ErrnoException) => {
    fault = error.code ?? error.message;
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await Promise.race([once(socket, 'connect').catch(() => undefined), closed]);
  if (conversation.deaf !== true) socket.on('data', (data: Buffer) => read(data));
  await speak(socket, conversation.chunks, counts, closed);
  const early = socket.destroyed;
  if (conversation.end === 'reset') socket.resetAndDestroy();
  else if (conversation.end === 'close') socket.end();
  const limitMs = conversation.end === 'linger' ? LINGER_MS : CLOSE_LIMIT_MS;
  const timer = setTimeout(() => {
    if (conversation.end === 'close') fault = 'still open 5 s after its end';
    socket.destroy();
  }, limitMs);
  await closed;
  clearTimeout(timer);
  counts.endings.add(fault !== '' ? fault : early ? 'closed by the server' : `closed at the end (${conversation.end})`);
}

/** Sends the chunks, as many at once as have no pause before them, as fast as they are taken. */
export async function speak(
  socket: Socket,
  chunks: readonly Chunk[],
  counts: Counts,
  closed: Promise<void>,
): Promise<void> {
  let waiting: Uint8Array[] = [];
  for (const chunk of chunks) {
    if (chunk.pauseMs > 0) {
      socket.write(Buffer.concat(waiting));
      waiting = [];
      await delay(chunk.pauseMs);
    }
    if (socket.destroyed) return;
    const [kind = '', ...how] = chunk.name.split(', ');
    counts.frames.add(kind);
    for (const mutation of how) counts.mutations.add(mutation);
    // A piece of its own is what it is there for.
    if (kind === 'piece') socket.write(chunk.bytes);
    else waiting.push(chunk.bytes);
  }
  if (waiting.length > 0 && !socket.write(Buffer.concat(waiting))) {
    await Promise.race([once(socket, 'drain').catch(() => undefined), closed]);
  }
}
