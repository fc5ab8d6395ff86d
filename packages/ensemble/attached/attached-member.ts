import type { Endpoint } from '../core/membership/server-spec.ts';

/** A server of an ensemble that somebody else runs, and where its ports are. */
export interface AttachedMember {
  readonly sid: number;
  readonly role: 'participant' | 'observer';
  readonly quorum: Endpoint;
  readonly election: Endpoint;
  /** Null where nobody has told. */
  readonly client: Endpoint | null;
}
