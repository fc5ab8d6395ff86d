import type { Clock, Timer } from './clock.ts';

/** Thrown by whoever ends a program in the middle of what it does: what is left of that is never done. */
export class ProcessEnded extends Error {
  override name = 'ProcessEnded';
}

/**
 * One life of a node's program, from a start to the next crash. Whatever happens to the program comes through here: a dead
 * process hears nothing any more, and a paused one hears everything later, in the same order.
 */
export class Process {
  private readonly clock: Clock;
  private alive = true;
  private paused = false;
  private backlog: (() => void)[] = [];
  private readonly deathWatchers: (() => void)[] = [];

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get isAlive(): boolean {
    return this.alive;
  }

  get isPaused(): boolean {
    return this.paused;
  }

  /** Lets the program see something now, or as soon as it runs again, or never. */
  deliver(action: () => void): void {
    if (!this.alive) return;
    if (this.paused || this.backlog.length > 0) this.backlog.push(action);
    else this.run(action);
  }

  /** Runs code of the program, which may be ended by it. */
  run(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (this.alive || !(error instanceof ProcessEnded)) throw error;
    }
  }

  /** A timer of the program. */
  after(delayMs: number, action: () => void): Timer {
    return this.clock.after(delayMs, () => this.deliver(action));
  }

  /** Called at the end of this life, whatever ends it. */
  onDeath(action: () => void): void {
    this.deathWatchers.push(action);
  }

  /** SIGSTOP. */
  pause(): void {
    this.paused = true;
  }

  /** SIGCONT: everything that was missed comes now, and ahead of what is new. */
  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.clock.after(0, () => this.catchUp());
  }

  private catchUp(): void {
    while (!this.paused) {
      const next = this.backlog.shift();
      if (next === undefined) return;
      this.run(next);
    }
  }

  /** SIGKILL, or an exit of its own. */
  die(): void {
    if (!this.alive) return;
    this.alive = false;
    this.backlog = [];
    for (const action of this.deathWatchers) action();
  }
}
