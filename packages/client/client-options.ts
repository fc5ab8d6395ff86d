/** How a client is made, and what its operations take. */
import type { Acl } from '@vivarium/shared/acl';
import type { CreateMode } from './create-mode.ts';
import type { ClientTls } from './dial.ts';
import type { OperationOptions } from './operation.ts';
import type { Watcher } from './watches.ts';

export interface ClientOptions {
  /** `host:port,host:port/chroot`. */
  readonly connectString: string;
  /** TLS to every server; plain text where it is left out. */
  readonly tls?: ClientTls;
  /** Who this client is, said first on each connection; where a server refuses one, the client ends as `authFailed`. */
  readonly credentials?: readonly Credential[];
  /**
   * Whether a server that has lost its quorum will do for reading as long as there is no other (Java `canBeReadOnly`); the
   * state is then `connectedReadOnly`. Default false.
   */
  readonly readOnly?: boolean;
  /** Asked for; the server grants what its limits allow. Default 10 s. */
  readonly sessionTimeoutMs?: number;
  /** Of an operation without one of its own. Default 30 s. */
  readonly operationDeadlineMs?: number;
  /** A longer reply is thrown away and its operation rejected. Default 64 MiB: a list of many children is long. */
  readonly maxReplyBytes?: number;
  /** A longer request is not sent: the server would close the connection. Default 1,048,575, as the server's. */
  readonly maxRequestBytes?: number;
  /** How many operations may wait for a connection or a reply; further ones are rejected. Default 10,000. */
  readonly maxQueuedRequests?: number;
  /** How many bytes their requests may have together. Default 64 MiB. */
  readonly maxQueuedBytes?: number;
}

/** An identity that is added to a connection: for `digest` the bytes are those of `user:password`. */
export interface Credential {
  readonly scheme: string;
  readonly auth: Uint8Array | string;
}

export interface CreateOptions extends OperationOptions {
  /** Default `persistent`. */
  readonly mode?: CreateMode;
  /** Default: everybody may do everything. */
  readonly acl?: readonly Acl[];
  /** For the two modes with a TTL: in ms, from 1 to 2^40 - 1. */
  readonly ttlMs?: number;
}

export interface WatchOptions extends OperationOptions {
  /** Called once when what was read changes. It survives reconnections, and is forgotten with the session. */
  readonly watch?: Watcher | undefined;
}
