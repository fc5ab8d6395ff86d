import type { Socket } from 'node:net';
import { apiError } from '@vivarium/shared/contract/errors';

const STATUSES: Readonly<Record<string, readonly [status: string, what: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'has headers that are too long'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'did not come to its end in time'],
};

/** Answers to bytes that no request can be made of, and closes. */
export function replyToClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, what] = STATUSES[error.code ?? ''] ?? ['400 Bad Request', 'is not HTTP'];
  const body = JSON.stringify({ error: apiError('badRequest', { where: 'request', what }) });
  const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}`;
  socket.end(`${head}\r\nConnection: close\r\n\r\n${body}`);
}
