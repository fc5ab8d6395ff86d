/** Whatever goes wrong in a request, its answer is `{error}` with a code of the catalogue. */
import { randomBytes } from 'node:crypto';
import { type ApiError, errorTexts } from '@vivarium/shared/contract/errors';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { ApiFailure, apiFailure } from '../api-failure.ts';
import { describeFault } from './validation.ts';

/** Answers with what an error means to whoever asked; what they cannot mend goes to the log under an id. */
export function replyWithFailure(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const failure = failureOf(error);
  if (failure !== null) return sendError(reply, failure.error);
  const id = randomBytes(6).toString('hex');
  request.log.error({ err: error, id, method: request.method, route: request.routeOptions.url }, 'a request failed');
  return sendError(reply, apiFailure('internal', { id }).error);
}

/** Sends an error with its status. */
export function sendError(reply: FastifyReply, error: ApiError): FastifyReply {
  return reply.code(errorTexts[error.code].status).type('application/json').send({ error });
}

/** Null for an error that is ours. */
function failureOf(error: FastifyError): ApiFailure | null {
  if (error instanceof ApiFailure) return error;
  if (error.validation?.[0] !== undefined) {
    return apiFailure('badRequest', describeFault(error.validationContext ?? 'request', error.validation[0]));
  }
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return apiFailure('tooLarge', { limit: MAX_BODY_BYTES });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return apiFailure('badRequest', { where: 'content-type', what: 'must be application/json' });
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return apiFailure('badRequest', { where: 'body', what: 'is not JSON' });
  }
  const status = error.statusCode ?? 500;
  if (status < 400 || status > 499) return null;
  return apiFailure('badRequest', { where: 'request', what: error.message });
}

/** Room for the data of a znode as base64, its path in JSON's escapes, and an ACL. */
export const MAX_BODY_BYTES = 2 * 1024 * 1024;
