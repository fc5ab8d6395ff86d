import type { ClientId } from '../io.ts';
import type { Connection } from './connection.ts';

/** What the parts of `Clients` know of the connections, and may do to them. */
export interface Connections {
  /** Whether clients only read: see `Service.readOnly`. */
  readonly readOnly: boolean;
  connectionOf(client: ClientId): Connection | undefined;
  /** The one connection here that stands for a session. */
  holderOf(sessionId: bigint): Connection | undefined;
  /** From now on the connection stands for its session. */
  hold(connection: Connection): void;
  send(connection: Connection, frame: Uint8Array): void;
  close(connection: Connection, reason: string): void;
}
