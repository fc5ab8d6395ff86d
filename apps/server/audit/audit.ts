import type { FastifyBaseLogger } from 'fastify';
import { ApiFailure } from '../api-failure.ts';
import type { Viewer } from '../auth/authenticator.ts';

/** Something that changes a cluster or its znodes. */
export interface AuditedWrite {
  readonly viewer: Viewer;
  readonly cluster: string;
  readonly action: string;
  /** A path, a server, a link. */
  readonly target: string;
}

/** Does the write, and leaves a line in the log that says who did it to what, and what came of it. */
export async function audited<T>(log: FastifyBaseLogger, write: AuditedWrite, act: () => Promise<T>): Promise<T> {
  const { viewer, ...what } = write;
  const note = (result: string): void => log.info({ audit: { actor: viewer.actor, ...what, result } }, 'audit');
  try {
    const value = await act();
    note('done');
    return value;
  } catch (error) {
    note(error instanceof ApiFailure ? error.error.code : 'internal');
    throw error;
  }
}
