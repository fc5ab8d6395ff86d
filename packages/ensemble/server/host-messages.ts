/** What a server process and whoever started it say to one another over Node's IPC channel. */
import type { ClusterEvent } from '@vivarium/shared/cluster-event';
import type { ServerStatus } from '../core/io.ts';

/** Trace events in their order. */
export interface EventsMessage {
  readonly kind: 'events';
  /** `CLUSTER_EVENT_VERSION` of the server, which may be of another release than its host. */
  readonly version: number;
  readonly events: readonly ClusterEvent[];
}

/** The server serves clients in another role than before; `mode` null: it does not serve. */
export interface ModeMessage {
  readonly kind: 'mode';
  readonly mode: ServerStatus['mode'];
  readonly epoch: number;
}

export type ServerMessage = EventsMessage | ModeMessage;

/** To a server: begin to send trace events, or stop. */
export interface TraceMessage {
  readonly kind: 'trace';
  readonly on: boolean;
}
