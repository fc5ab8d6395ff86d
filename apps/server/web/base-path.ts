import type { IncomingMessage, Server } from 'node:http';

/** The path of a request without the base path. A proxy may pass that on or take it off: we answer with it and without. */
export function withoutBasePath(url: string, basePath: string): string {
  if (basePath === '' || !url.startsWith(basePath)) return url;
  const rest = url.slice(basePath.length);
  if (rest === '' || rest.startsWith('?')) return `/${rest}`;
  return rest.startsWith('/') ? rest : url;
}

/** Puts the base path back in front of requests for the socket, which knows itself by its whole path only. */
export function restoreSocketPath(server: Server, basePath: string): void {
  const restore = (request: IncomingMessage): void => {
    if (request.url?.startsWith('/socket.io/')) request.url = `${basePath}${request.url}`;
  };
  server.prependListener('request', restore);
  server.prependListener('upgrade', restore);
}
