/** What may happen next, in the order in which it would: messages under way, timers that run, writes that are not durable yet. */
import type { FlightPicture, Picture, StepRecord } from '@vivarium/labs/history';
import type { NodeId } from '@vivarium/simulation/stepped/program';

export type Pending =
  | { readonly kind: 'message'; readonly key: string; readonly isNext: boolean; readonly flight: FlightPicture }
  | {
      readonly kind: 'timer';
      readonly key: string;
      readonly isNext: boolean;
      readonly node: NodeId;
      readonly timer: string;
      readonly dueMs: number;
    }
  | {
      readonly kind: 'write';
      readonly key: string;
      readonly isNext: boolean;
      readonly node: NodeId;
      readonly what: string;
    };

/** The one that comes next by itself is first; then messages as they are due, what is held behind the others; then the rest. */
export function pendingAt(picture: Picture, next: StepRecord | null): readonly Pending[] {
  const coming = next?.entry.happening ?? null;
  const messages = Object.values(picture.inFlight)
    .toSorted((a, b) => Number(a.held) - Number(b.held) || a.dueMs - b.dueMs || a.id - b.id)
    .map((flight): Pending => {
      const isNext = (coming?.kind === 'deliver' || coming?.kind === 'lose') && coming.message === flight.id;
      return { kind: 'message', key: `message ${flight.id}`, isNext, flight };
    });
  const writes: Pending[] = [];
  const timers: (Pending & { readonly kind: 'timer' })[] = [];
  for (const [node, { writes: names, timers: running }] of Object.entries(picture.nodes)) {
    for (const [i, what] of names.entries()) {
      const isNext = i === 0 && coming?.kind === 'persisted' && coming.node === node;
      writes.push({ kind: 'write', key: `write ${node} ${i} ${what}`, isNext, node, what });
    }
    for (const { timer, dueMs } of running) {
      const isNext = coming?.kind === 'timer' && coming.node === node && coming.timer === timer;
      timers.push({ kind: 'timer', key: `timer ${node} ${timer}`, isNext, node, timer, dueMs });
    }
  }
  timers.sort((a, b) => a.dueMs - b.dueMs || a.node.localeCompare(b.node));
  const all = [...messages, ...writes, ...timers];
  return [...all.filter(({ isNext }) => isNext), ...all.filter(({ isNext }) => !isNext)];
}
