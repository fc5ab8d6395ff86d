import { setTimeout as delay } from 'node:timers/promises';

/** How long and how often {@link pollUntil} asks. */
export interface PollOptions {
  /** Overall limit in ms; after it the call throws. */
  deadlineMs: number;
  /** Pause between two questions in ms. */
  intervalMs?: number;
  /** What is waited for, or what was seen instead, for the error. */
  describe: () => string | Promise<string>;
}

/**
 * Asks until the answer is not undefined, and returns it. For the state of another process only, which can't send an
 * event; whatever happens in this process is awaited instead.
 */
export async function pollUntil<T>(ask: () => Promise<T | undefined>, options: PollOptions): Promise<T> {
  const endMs = performance.now() + options.deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) {
      return answer;
    }
    if (performance.now() >= endMs) {
      throw new Error(`not within ${options.deadlineMs} ms: ${await options.describe()}`);
    }
    await delay(options.intervalMs ?? 50);
  }
}
