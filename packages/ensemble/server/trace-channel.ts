/** Trace events on their way to the parent process, over Node's IPC channel: in batches, bounded, and nothing where it is off. */
import { CLUSTER_EVENT_VERSION, type ClusterEvent, type ClusterEventBody } from '@vivarium/shared/cluster-event';
import type { EventsMessage } from './host-messages.ts';
import { machineMs } from './machine-clock.ts';

/** Sends a message; calls back when the parent's side has taken it, with an error where there is no parent any more. */
export type SendMessage = (message: EventsMessage, taken: (error: Error | null) => void) => void;

/** With what a timer is late, an event waits for 10 ms at most. */
const BATCH_INTERVAL_MS = 8;
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
  private onDrained: (() => void) | null = null;
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
    this.waiting.push(this.event(body));
    if (this.waiting.length >= BATCH_EVENTS) this.send();
    else this.timer ??= setTimeout(() => this.onTimer(), BATCH_INTERVAL_MS);
  }

  /** Sends what waits, and calls back when the parent has taken all, or has gone; for the end of the process. */
  drain(onDrained: () => void): void {
    this.onDrained = onDrained;
    this.send();
  }

  private event(body: ClusterEventBody): ClusterEvent {
    return { sid: this.sid, sequence: this.sequence++, atMs: machineMs(), wallMs: Date.now(), body };
  }

  /** Says how many are missing, behind those that came before them. */
  private countDropped(): void {
    if (this.dropped === 0) return;
    this.waiting.push(this.event({ kind: 'dropped', count: this.dropped }));
    this.dropped = 0;
  }

  private onTimer(): void {
    this.timer = null;
    this.send();
  }

  private send(): void {
    while (this.waiting.length > 0 && this.underWay < MAX_BATCHES_UNDER_WAY) {
      const events = this.waiting.slice(0, BATCH_EVENTS);
      this.waiting = this.waiting.slice(BATCH_EVENTS);
      this.countDropped();
      this.underWay++;
      this.sendMessage({ kind: 'events', version: CLUSTER_EVENT_VERSION, events }, (error) => {
        this.underWay--;
        if (error !== null) this.waiting = [];
        this.send();
      });
    }
    if (this.underWay > 0 || this.waiting.length > 0) return;
    this.onDrained?.();
    this.onDrained = null;
  }
}
