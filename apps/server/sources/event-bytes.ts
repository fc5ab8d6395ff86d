import type { ClusterEvent } from '@vivarium/shared/cluster-event';

/** An event and its body as objects, their numbers and the places that refer to them. */
const OBJECT_BYTES = 280;
/** A string's head, or an object inside the body. */
const PART_BYTES = 32;

/** What an event takes in memory, estimated; within a third of what the heap says. */
export function eventBytes(event: ClusterEvent): number {
  return OBJECT_BYTES + partBytes(event.body);
}

function partBytes(part: object): number {
  let bytes = 0;
  for (const value of Object.values(part)) {
    if (typeof value === 'string') bytes += PART_BYTES + value.length;
    else if (typeof value === 'object' && value !== null) bytes += PART_BYTES + partBytes(value);
    else bytes += 8;
  }
  return bytes;
}
