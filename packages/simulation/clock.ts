import { EventQueue, type ScheduledEvent } from './event-queue.ts';

/** Something scheduled that can be taken back. */
export interface Timer {
  /** Does nothing where the timer has fired or was cancelled. */
  cancel(): void;
}

/** Virtual time: it stands still while anything happens, and jumps to the next event when nothing is left to do. */
export class Clock {
  private readonly queue = new EventQueue();
  private now = 0;
  private done = 0;

  /** ms since the world began. */
  get nowMs(): number {
    return this.now;
  }

  /** How many events have happened. */
  get eventsDone(): number {
    return this.done;
  }

  /** Does the action after `delayMs`, behind all that is due at that instant already. */
  after(delayMs: number, action: () => void): Timer {
    return this.at(this.now + Math.max(0, delayMs), action);
  }

  /** Does the action at an instant that is not past. What must not overtake one another goes by this, not by a difference. */
  at(instantMs: number, action: () => void): Timer {
    return new EventTimer(this.queue.push(Math.max(this.now, instantMs), action));
  }

  /** Does the next event, if there is one no later than `untilMs`; otherwise moves on to `untilMs` and returns false. */
  step(untilMs: number): boolean {
    for (;;) {
      const next = this.queue.peek();
      if (next === null || next.atMs > untilMs) {
        this.now = Math.max(this.now, untilMs);
        return false;
      }
      this.queue.pop();
      const { action } = next;
      if (action === null) continue;
      next.action = null;
      this.now = next.atMs;
      this.done++;
      action();
      return true;
    }
  }

  /** Lets time pass up to an instant. */
  runUntil(untilMs: number): void {
    while (this.step(untilMs));
  }
}

class EventTimer implements Timer {
  private readonly event: ScheduledEvent;

  constructor(event: ScheduledEvent) {
    this.event = event;
  }

  cancel(): void {
    this.event.action = null;
  }
}
