import { type ApiError, type ApiErrorCode, apiError, type ErrorParams } from '@vivarium/shared/contract/errors';

/** What was asked for cannot be done, for a reason that whoever asked is told. */
export class ApiFailure extends Error {
  readonly error: ApiError;

  constructor(error: ApiError) {
    super(error.message);
    this.name = 'ApiFailure';
    this.error = error;
  }
}

/** The failure with the code, to be thrown. */
export function apiFailure(code: ApiErrorCode, params: ErrorParams = {}): ApiFailure {
  return new ApiFailure(apiError(code, params));
}
