/** Where a message is drawn at an instant: how far on its way, or still waiting at its sender. */
import type { Message } from '../../../live/messages.ts';

/**
 * A message needs so long at most from one server to another on one machine; whatever time it took beyond that it waited
 * for a slowed link or a paused receiver, and is drawn in the queue.
 */
export const MAX_FLIGHT_MS = 25;

export type Flight =
  | { readonly kind: 'flying'; readonly progress: number }
  /** It stands in the queue at its sender. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'over' };

const OVER: Flight = { kind: 'over' };
const WAITING: Flight = { kind: 'waiting' };

/**
 * Where a message is at `headMs`; on the screen its way takes `leastMs` of the cluster's time at least. `held`: its link lets
 * nothing through, or not yet, so that a message of which no receipt is known waits.
 */
export function flightOf(message: Message, headMs: number, leastMs: number, held: boolean): Flight {
  const { sentAtMs, receivedAtMs, lostAtMs } = message;
  if (headMs < sentAtMs) return OVER;
  if (receivedAtMs === null) {
    if (lostAtMs !== null && headMs >= lostAtMs) return OVER;
    if (held) return WAITING;
    const progress = (headMs - sentAtMs) / Math.max(MAX_FLIGHT_MS, leastMs);
    return progress > 1 ? WAITING : { kind: 'flying', progress: progress * 0.9 };
  }
  const trueMs = Math.min(Math.max(0, receivedAtMs - sentAtMs), MAX_FLIGHT_MS);
  const leftMs = receivedAtMs - trueMs;
  if (headMs < leftMs) return WAITING;
  const progress = (headMs - leftMs) / Math.max(trueMs, leastMs, 1e-6);
  return progress >= 1 ? OVER : { kind: 'flying', progress };
}
