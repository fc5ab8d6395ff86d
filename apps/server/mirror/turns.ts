/** How long work goes on before what else the thread has to do has its turn. */
const TURN_MS = 6;

/** Long work of one thread, done a little at a time and each in its turn, so that nobody who waits for the thread waits long. */
export class Turns {
  private readonly jobs: { step(): boolean }[] = [];
  private isRunning = false;

  /** How many are under way. */
  get count(): number {
    return this.jobs.length;
  }

  /** Runs a job to its end and gives back what it returns; rejects with what it throws. */
  run<T>(job: Generator<null, T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.jobs.push({
      step: () => {
        try {
          const { done, value } = job.next();
          if (done) resolve(value);
          return !done;
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
          return false;
        }
      },
    });
    if (!this.isRunning) {
      this.isRunning = true;
      setImmediate(() => this.turn());
    }
    return promise;
  }

  private turn(): void {
    const endMs = performance.now() + TURN_MS;
    do {
      const job = this.jobs.shift();
      if (job?.step()) this.jobs.push(job);
    } while (this.jobs.length > 0 && performance.now() < endMs);
    this.isRunning = this.jobs.length > 0;
    if (this.isRunning) setImmediate(() => this.turn());
  }
}
