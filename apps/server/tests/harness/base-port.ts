import { checkPorts } from '@vivarium/ensemble/hosting/free-ports';
import { HostingError } from '@vivarium/ensemble/hosting/hosting-error';
import { planMembers } from '@vivarium/ensemble/hosting/server-files';

/** Below the ports that the system gives to outgoing connections, with room for those of quorum and election. */
const LOWEST = 10_000;
const RANGE = 18_000;
/** Three servers, and an observer that may be added. */
const SERVERS = 4;

/** A base port from which on all ports of an ensemble are free. */
export async function freeBasePort(): Promise<number> {
  for (;;) {
    const basePort = LOWEST + Math.floor(Math.random() * RANGE);
    try {
      await checkPorts(planMembers(SERVERS, 0, '127.0.0.1', basePort));
      return basePort;
    } catch (error) {
      if (!(error instanceof HostingError)) throw error;
    }
  }
}
