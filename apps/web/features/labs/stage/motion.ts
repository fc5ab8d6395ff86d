/** Where messages are: a pure function of the cursor, so that going back shows what going forward showed. */
import type { FlightPicture, Picture, StepRecord } from '@vivarium/labs/history';
import type { MessageId } from '@vivarium/simulation/stepped/journal';

/** How much of its way a message has made `k` steps after it was sent, as long as nobody knows when it will arrive. */
function shareAfter(k: number): number {
  return 1 - 1 / (1 + 0.6 * Math.max(0, k));
}

/** The share of its way at cursor `u`; in the last step before entry `arrivesN` it goes the rest of it. */
export function shareAt(u: number, sentN: number, arrivesN: number | null): number {
  if (arrivesN === null || u <= arrivesN - 1) return shareAfter(u - sentN);
  const before = shareAfter(arrivesN - 1 - sentN);
  return before + (1 - before) * Math.min(1, u - (arrivesN - 1));
}

/**
 * `flies` on its way; `lost` at the step that lost it, which is as far as it came; `came` at the step that delivered it: only its
 * last stretch is drawn.
 */
export type TravelState = 'flies' | 'lost' | 'came';

/** A message on the stage at cursor `u`. */
export interface Travel {
  readonly flight: FlightPicture;
  readonly state: TravelState;
  /** 0 at its sender, 1 at its receiver. */
  readonly share: number;
  /** 0 whole, 1 gone: how far a message that is being lost has faded. */
  readonly gone: number;
}

/** The message that an entry delivers or loses; null for an entry that does neither. */
export function messageOf(record: StepRecord): { readonly id: MessageId; readonly isLost: boolean } | null {
  const { happening } = record.entry;
  if (happening.kind === 'deliver') return { id: happening.message, isLost: false };
  if (happening.kind === 'lose') return { id: happening.message, isLost: true };
  return null;
}

/**
 * All messages at cursor `u`, the oldest first. `picture` is the moment `Math.floor(u)`, `here` the record of the entry that made
 * it, `next` the record of the one behind it.
 */
export function travels(
  u: number,
  picture: Picture,
  here: StepRecord | null,
  next: StepRecord | null,
): readonly Travel[] {
  const ending = next === null ? null : messageOf(next);
  const all = Object.values(picture.inFlight)
    .sort((a, b) => a.id - b.id)
    .map((flight): Travel => {
      if (ending?.id !== flight.id) return { flight, state: 'flies', share: shareAt(u, flight.sentN, null), gone: 0 };
      if (ending.isLost) {
        const gone = Math.min(1, u - picture.n);
        return { flight, state: 'flies', share: shareAt(picture.n, flight.sentN, null), gone };
      }
      return { flight, state: 'flies', share: shareAt(u, flight.sentN, picture.n + 1), gone: 0 };
    });
  const ended = here === null ? null : messageOf(here);
  if (here === null || here.message === null || ended === null || u > picture.n) return all;
  const flight = here.message;
  return ended.isLost
    ? [{ flight, state: 'lost', share: shareAt(picture.n - 1, flight.sentN, null), gone: 1 }, ...all]
    : [{ flight, state: 'came', share: 1, gone: 0 }, ...all];
}

/**
 * Keeps messages that go the same way from lying upon one another: each is at least `gap` (a share of the way) behind the one
 * before it. In a connection the older one is ahead, whatever the shares say; datagrams go by their shares.
 */
export function queued(
  all: readonly Travel[],
  gapOf: (flight: FlightPicture, count: number) => number,
): readonly Travel[] {
  const lanes = new Map<string, Travel[]>();
  for (const travel of all) {
    if (travel.state !== 'flies') continue;
    const key = `${travel.flight.from}>${travel.flight.to}`;
    const lane = lanes.get(key);
    if (lane === undefined) lanes.set(key, [travel]);
    else lane.push(travel);
  }
  const shares = new Map<MessageId, number>();
  for (const lane of lanes.values()) {
    lane.sort((a, b) => rank(a, b));
    let limit = 1;
    for (const { flight, share } of lane) {
      const at = Math.max(0, Math.min(share, limit));
      shares.set(flight.id, at);
      limit = at - gapOf(flight, lane.length);
    }
    // What was pushed back against its sender makes room again, from behind.
    let floor = 0;
    for (const { flight } of lane.toReversed()) {
      const at = Math.max(shares.get(flight.id) ?? 0, floor);
      shares.set(flight.id, at);
      floor = at + gapOf(flight, lane.length);
    }
  }
  return all.map((travel) => {
    const share = travel.state === 'flies' ? shares.get(travel.flight.id) : undefined;
    return share === undefined || share === travel.share ? travel : { ...travel, share };
  });
}

function rank(a: Travel, b: Travel): number {
  const isConnection = a.flight.channel !== null && a.flight.channel === b.flight.channel;
  return isConnection ? a.flight.id - b.flight.id : b.share - a.share || a.flight.id - b.flight.id;
}
