import { formatAddress, parseConnectString } from '@vivarium/client/connect-string';
import { NoTargetError, type SessionTarget } from './attached-session.ts';
import type { ClusterDefinition } from './cluster-definition.ts';
import type { DialGuard } from './dial-guard.ts';
import { readSecrets, SecretError } from './secrets.ts';

/**
 * Whom the session with a cluster is to be with, and as whom; looked up anew for each session, as names and files change.
 * Rejects with `NoTargetError`; what viewers are not to know of it goes to the log.
 */
export async function sessionTarget(
  definition: ClusterDefinition,
  directory: string,
  guard: DialGuard,
  log: (details: object, message: string) => void,
): Promise<SessionTarget> {
  const { servers, chroot } = parseConnectString(definition.connect);
  const guarded = await Promise.all(servers.map((server) => guard.addressesOf(server)));
  const addresses = guarded.flatMap((found) => (found.ok ? found.addresses.map(formatAddress) : []));
  const refused = guarded.find((found) => !found.ok);
  if (refused !== undefined && addresses.length === 0) {
    log({ reason: refused.reason }, 'no session can begin');
    throw new NoTargetError(refused.reason, 'no server may be dialled');
  }
  try {
    return { connectString: addresses.join() + chroot, ...readSecrets(definition, directory) };
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    log({ reason: error.message }, 'no session can begin');
    throw new NoTargetError(error.reason, error.message);
  }
}
