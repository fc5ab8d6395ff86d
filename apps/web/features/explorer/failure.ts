/** Errors of requests, as what a view can show. */
import type { ApiError } from '@vivarium/shared/contract/errors';
import { ApiFailure } from '../../live/api.ts';

/** The error that a failed request carries; a fault of the page itself where it carries none. */
export function failureOf(error: unknown): ApiError {
  if (error instanceof ApiFailure) return error.error;
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'noService', params: { reason: message }, message };
}
