/**
 * Runs a server's state machine on the operating system: what its ports, its disk and the clock report goes in as inputs,
 * and its outputs are carried out in their order.
 */

import { unreachable } from '@vivarium/shared/assert';
import type { ClusterEventBody } from '@vivarium/shared/cluster-event';
import type { HeldSnapshot } from '../core/database.ts';
import type { Input, Member, Output } from '../core/io.ts';
import type { Server } from '../core/server.ts';
import type { ClientPort } from '../net/client-port.ts';
import type { ElectionPort } from '../net/election-port.ts';
import type { QuorumPort } from '../net/quorum-port.ts';
import type { Storage } from '../storage/storage.ts';

/** What the driver drives; a standalone server has neither election nor quorum port. */
export interface DriverParts {
  readonly core: Server;
  readonly storage: Storage;
  readonly clientPort: ClientPort;
  readonly electionPort: ElectionPort | null;
  readonly quorumPort: QuorumPort | null;
}

export interface DriverEvents {
  log(level: 'info' | 'warn', message: string): void;
  trace(body: ClusterEventBody): void;
  /** Whom there is to talk to has changed. */
  members(members: readonly Member[]): void;
  /** The process must stop: nothing is carried out any more. */
  fatal(reason: string): void;
  /** It took so long. */
  snapshotWritten(ms: number): void;
  /** All inputs of this turn of the event loop are done. */
  settled(): void;
}

/** A timer cannot wait longer; it is set anew then. */
const MAX_TIMER_MS = 0x7fffffff;

export class Driver {
  private readonly parts: DriverParts;
  private readonly events: DriverEvents;
  private inputs: Input[] = [];
  private started = false;
  private stepping = false;
  private stopped = false;
  private flushScheduled = false;
  private timer: NodeJS.Timeout | null = null;
  /** When the timer fires; a later deadline than this needs no other timer, an early tick does no harm. */
  private timerMs = Number.POSITIVE_INFINITY;

  constructor(parts: DriverParts, events: DriverEvents) {
    this.parts = parts;
    this.events = events;
  }

  /** Starts the state machine. Ports are open before that, so that a used one is found out: what they reported comes now. */
  start(): void {
    this.inputs.unshift({ kind: 'start' });
    this.started = true;
    this.run();
  }

  /** Hands an input to the state machine and carries out what it answers; from within that, the input waits for its turn. */
  submit(input: Input): void {
    if (this.stopped) return;
    this.inputs.push(input);
    if (this.started && !this.stepping) this.run();
  }

  private run(): void {
    this.stepping = true;
    for (let i = 0; i < this.inputs.length; i++) this.step(this.inputs[i] as Input);
    this.inputs = [];
    this.stepping = false;
    this.scheduleFlush();
  }

  /** Sends what is queued for all sockets when the events that have arrived together are done. */
  scheduleFlush(): void {
    if (this.flushScheduled || this.stopped) return;
    this.flushScheduled = true;
    setImmediate(() => this.flush());
  }

  /** Does nothing from now on. */
  stop(): void {
    this.stopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  private flush(): void {
    this.flushScheduled = false;
    if (this.stopped) return;
    // Packets for other servers first: what they wait for is longer under way than a client's answer.
    this.parts.quorumPort?.flush();
    this.parts.clientPort.flush();
    this.arm();
    this.events.settled();
  }

  private step(input: Input): void {
    if (this.stopped) return;
    const now = { monotonicMs: performance.now(), wallMs: Date.now() };
    for (const output of this.parts.core.step(now, input)) {
      if (!this.stopped) this.carryOut(output);
      else if ('snapshot' in output) output.snapshot.release();
    }
  }

  private carryOut(output: Output): void {
    const { clientPort, quorumPort, electionPort, storage } = this.parts;
    switch (output.kind) {
      case 'sendClient':
        clientPort.send(output.client, output.frame);
        return;
      case 'closeClient':
        clientPort.closeClient(output.client);
        return;
      case 'throttleClient':
        clientPort.throttle(output.client, output.paused);
        return;
      case 'persist':
        storage.execute(output.writeId, output.write);
        return;
      case 'sendPacket':
        quorumPort?.send(output.link, output.packet);
        return;
      case 'sendSnapshot':
        quorumPort?.sendSnapshot(output.link, output.snapshot);
        return;
      case 'closeLink':
        quorumPort?.closeLink(output.link);
        return;
      case 'connectLeader':
        quorumPort?.connect(output.link, output.sid);
        return;
      case 'sendNotification':
        electionPort?.send(output.to, output.notification);
        return;
      case 'truncate':
        storage.truncate(output.zxid, (result) => {
          this.submit(
            result.ok
              ? { kind: 'truncated', recovered: result.recovered }
              : { kind: 'truncateRefused', reason: result.reason },
          );
        });
        return;
      case 'takeSnapshot':
        this.takeSnapshot(output.snapshot);
        return;
      case 'members':
        this.events.members(output.members);
        return;
      case 'log':
        this.events.log(output.level, output.message);
        return;
      case 'trace':
        this.events.trace(output.body);
        return;
      case 'fatal':
        this.events.fatal(output.reason);
        return;
      default:
        unreachable(output);
    }
  }

  /** Writes a snapshot beside all else; see `Storage.takeSnapshot`. */
  takeSnapshot(snapshot: HeldSnapshot, finished: (written: boolean) => void = () => {}): void {
    const sinceMs = performance.now();
    this.parts.storage.takeSnapshot(
      snapshot,
      (next) => setImmediate(next),
      (written) => {
        if (written) this.events.snapshotWritten(Math.round(performance.now() - sinceMs));
        finished(written);
      },
    );
  }

  private arm(): void {
    const { deadlineMs } = this.parts.core;
    if (deadlineMs >= this.timerMs) return;
    if (this.timer !== null) clearTimeout(this.timer);
    const nowMs = performance.now();
    // Rounded up, since a timer that fires a fraction early would be set again and again for the rest of a millisecond.
    const delayMs = Math.min(Math.max(Math.ceil(deadlineMs - nowMs), 0), MAX_TIMER_MS);
    this.timerMs = nowMs + delayMs;
    this.timer = setTimeout(() => this.onTimer(), delayMs);
  }

  private onTimer(): void {
    this.timer = null;
    this.timerMs = Number.POSITIVE_INFINITY;
    if (performance.now() >= this.parts.core.deadlineMs) this.submit({ kind: 'tick' });
    else this.arm();
  }
}
