import { createServer } from 'node:net';
import { hostingError } from './hosting-error.ts';
import type { HostedMember } from './server-files.ts';

/** Throws `portInUse` for the first port of the members that somebody listens on: found out by listening for a moment. */
export async function checkPorts(members: readonly HostedMember[]): Promise<void> {
  for (const { sid, host, clientPort, quorumPort, electionPort } of members) {
    for (const [use, port] of [
      ['client', clientPort],
      ['quorum', quorumPort],
      ['election', electionPort],
    ] as const) {
      if (await isInUse(host, port)) throw hostingError('portInUse', { sid, port, use });
    }
  }
}

/** Other faults than a port in use the server itself reports, with what to do about them. */
function isInUse(host: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const probe = createServer();
  probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRINUSE'));
  probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(false)));
  return promise;
}
