import type { Id } from '@vivarium/shared/acl';
import type { OpCode } from '@vivarium/wire/op-code';
import type { ReadRequest } from '@vivarium/wire/requests';
import type { ClientId } from '../io.ts';
import type { ConnectionStats } from './connection-stats.ts';

/** A read that this server answers by itself. */
export type QueuedRead = Exclude<ReadRequest, { type: typeof OpCode.sync }>;

/**
 * A request whose turn has not come: a client's requests are answered in the order in which it sent them. `bytes`: of its
 * frame; `ops`: of a multi, the types of its operations.
 */
export type Waiting = { readonly xid: number; readonly sinceMs: number; readonly bytes: number } & (
  | { readonly kind: 'write'; readonly type: OpCode; readonly ops: readonly OpCode[] | null }
  | { readonly kind: 'sync'; readonly path: string; done: boolean }
  | { readonly kind: 'read'; readonly request: QueuedRead }
  | { readonly kind: 'ping' }
  /** An answer that was clear at once, waiting for the ones before it. */
  | { readonly kind: 'error'; readonly err: number; readonly close: boolean }
);

/** A client's connection. */
export interface Connection {
  readonly client: ClientId;
  readonly address: string;
  /** `new`: no ConnectRequest yet; `creating`, `revalidating`: waiting for its session; `closing`: nothing more is read. */
  state: 'new' | 'creating' | 'revalidating' | 'open' | 'closing';
  sessionId: bigint;
  timeoutMs: number;
  /** Whether the ConnectRequest had the field `readOnly`, so that the response has it too. */
  knowsReadOnly: boolean;
  /** Who the client has proved to be. */
  ids: Id[];
  waiting: Waiting[];
  /** How many of them are reads. */
  waitingReads: number;
  /**
   * What was proposed up to here for the session came from an older connection, whose xids this one may use again (kazoo
   * counts anew): it answers nothing here.
   */
  sinceZxid: bigint;
  /** Whether it is not read for the moment. */
  paused: boolean;
  /** When its last frame came, on the monotonic clock. */
  lastSeenMs: number;
  readonly stats: ConnectionStats;
}
