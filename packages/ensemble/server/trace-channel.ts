/** Trace events on their way to the parent process, over Node's IPC channel: in batches, bounded, and nothing where it is off. */
import { CLUSTER_EVENT_VERSION, type ClusterEvent, type ClusterEventBody } from '@vivarium/shared/cluster-event';
import type { EventsMessage } from './host-messages.ts';

/** Sends a message; calls back when the parent's side has taken it, with an error where there is no parent any more. */
export type SendMessage = (message: EventsMessage, taken: (error: Error | null) => void) => void;

const BATCH_INTERVAL_MS = 10;
const BATCH_EVENTS = 512;
/** Batches that the parent has not taken yet; more wait here. */
const MAX_BATCHES_UNDER_WAY = 4;
const MAX_WAITING_EVENTS = 8192;

export class TraceChannel {
  private readonly sid: number;
  private readonly sendMessage: SendMessage;
  private waiting: ClusterEvent[] = [];
  private dropped = 0;
  private sequence = 0;
  private underWay = 0;
  private timer: NodeJS.Timeout | null = null;

  constructor(sid: number, sendMessage: SendMessage) {
    this.sid = sid;
    this.sendMessage = sendMessage;
  }

  /** Queues an event. Where the parent is too slow it is dropped, and counted. */
  push(body: ClusterEventBody): void {
    if (this.waiting.length >= MAX_WAITING_EVENTS) {
      this.dropped++;
      return;
    }
    if (this.dropped > 0) {
      const count = this.dropped;
      this.dropped = 0;
      this.waiting.push(this.event({ kind: 'dropped', count }));
    }
    this.waiting.push(this.event(body));
    if (this.waiting.length >= BATCH_EVENTS) this.send();
    else this.timer ??= setTimeout(() => this.onTimer(), BATCH_INTERVAL_MS);
  }

  private event(body: ClusterEventBody): ClusterEvent {
    return { sid: this.sid, sequence: this.sequence++, atMs: performance.now(), wallMs: Date.now(), body };
  }

  private onTimer(): void {
    this.timer = null;
    this.send();
  }

  private send(): void {
    while (this.waiting.length > 0 && this.underWay < MAX_BATCHES_UNDER_WAY) {
      const events = this.waiting.slice(0, BATCH_EVENTS);
      this.waiting = this.waiting.slice(BATCH_EVENTS);
      this.underWay++;
      this.sendMessage({ kind: 'events', version: CLUSTER_EVENT_VERSION, events }, (error) => {
        this.underWay--;
        if (error === null) this.send();
        else this.waiting = [];
      });
    }
  }
}
