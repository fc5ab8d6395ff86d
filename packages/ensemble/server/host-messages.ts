/** What a server process and whoever started it say to one another over Node's IPC channel. */
import type { ClusterEvent } from '@vivarium/shared/cluster-event';
import type { LinkFault } from '@vivarium/shared/link-fault';
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

/** Once: all ports are open. */
export interface ListeningMessage {
  readonly kind: 'listening';
}

export type ServerMessage = EventsMessage | ModeMessage | ListeningMessage;

/** To a server: begin to send trace events, or stop. */
export interface TraceMessage {
  readonly kind: 'trace';
  readonly on: boolean;
}

/**
 * To a server: what it sends to another one is disturbed from now on; null heals it. Faults that stand at its start are in
 * VIVARIUM_LINK_FAULTS, a JSON list of `[to, fault]`, so that they hold from the first byte.
 */
export interface LinkFaultMessage {
  readonly kind: 'linkFault';
  readonly to: number;
  readonly fault: LinkFault | null;
}

/** To a server: the ensemble has an observer that the server's configuration lists from its next start on. */
export interface ObserverAddedMessage {
  readonly kind: 'observerAdded';
  readonly sid: number;
}

export type HostMessage = TraceMessage | LinkFaultMessage | ObserverAddedMessage;
