/** Lets one task run at a time, in the order in which they came. */
export class Exclusive {
  private last: Promise<unknown> = Promise.resolve();

  /** Runs the task when all before it have ended, whatever became of them. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.last.then(task, task);
    this.last = result.catch(() => {});
    return result;
  }
}
