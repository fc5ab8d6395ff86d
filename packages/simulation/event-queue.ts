/** Something that will be done at an instant, unless it is cancelled. */
export interface ScheduledEvent {
  readonly atMs: number;
  /** Breaks ties: what was scheduled first is done first. */
  readonly sequence: number;
  /** Null once cancelled or done. */
  action: (() => void) | null;
}

/** A binary heap of events, ordered by (time, sequence): the whole order of a world. */
export class EventQueue {
  private readonly heap: ScheduledEvent[] = [];
  private sequence = 0;

  /** Events that are waiting, the cancelled ones included. */
  get size(): number {
    return this.heap.length;
  }

  push(atMs: number, action: () => void): ScheduledEvent {
    const event = { atMs, sequence: this.sequence++, action };
    const { heap } = this;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as ScheduledEvent;
      if (!isBefore(event, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = event;
    return event;
  }

  /** The next event, which may be a cancelled one; null where there is none. */
  peek(): ScheduledEvent | null {
    return this.heap[0] ?? null;
  }

  pop(): ScheduledEvent | null {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return null;
    if (heap.length > 0) this.sink(last);
    return first;
  }

  private sink(event: ScheduledEvent): void {
    const { heap } = this;
    const { length } = heap;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= length) break;
      if (child + 1 < length && isBefore(heap[child + 1] as ScheduledEvent, heap[child] as ScheduledEvent)) child++;
      const below = heap[child] as ScheduledEvent;
      if (!isBefore(below, event)) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = event;
  }
}

function isBefore(a: ScheduledEvent, b: ScheduledEvent): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
}
