import { HostingError } from '@vivarium/ensemble/hosting/hosting-error';
import { apiFailure } from '../api-failure.ts';

/** What whoever asked is told of an error of the ensemble; any other error stays what it is. */
export function hostingFailure(
  error: unknown,
  cluster: string,
  link: { readonly from: number; readonly to: number } = { from: 0, to: 0 },
): unknown {
  if (!(error instanceof HostingError)) return error;
  const { code, params } = error;
  switch (code) {
    case 'unknownServer':
    case 'alreadyRunning':
    case 'notRunning':
    case 'alreadyPaused':
    case 'notPaused':
      return apiFailure(code, params);
    case 'stopping':
    case 'interrupted':
      return apiFailure('busy', params);
    case 'sameServer':
      return apiFailure('badLink', link);
    case 'invalidFault':
      return apiFailure('badRequest', { where: `fault.${params.field}`, what: error.message });
    case 'standalone':
      return apiFailure('notCapable', { cluster, kind: 'standalone' });
    default:
      return apiFailure('badRequest', { where: cluster, what: error.message });
  }
}
