/** What is under a point of the space–time diagram. Pure. */
import type { Mark } from './space-time-layout.ts';

/** The mark nearest to a point, within so many px; null where there is none. */
export function markAt(marks: readonly Mark[], x: number, y: number, within = 6): Mark | null {
  let best: Mark | null = null;
  let bestDistance = within;
  for (const mark of marks) {
    // Points and bars lie on top of the lines that begin and end there.
    const distance = distanceTo(mark, x, y) + (mark.kind === 'message' ? 1.5 : 0);
    if (distance <= bestDistance) {
      best = mark;
      bestDistance = distance;
    }
  }
  return best;
}

/** Where a mark's description is shown: the middle of it. */
export function middleOf(mark: Mark): { readonly x: number; readonly y: number } {
  switch (mark.kind) {
    case 'message':
      return { x: (mark.x1 + mark.x2) / 2, y: (mark.y1 + mark.y2) / 2 };
    case 'write':
      return { x: (mark.x1 + mark.x2) / 2, y: mark.y };
    default:
      return { x: mark.x, y: mark.y };
  }
}

function distanceTo(mark: Mark, x: number, y: number): number {
  switch (mark.kind) {
    case 'message':
      return segmentDistance(mark, x, y);
    case 'write':
      return Math.hypot(Math.max(mark.x1 - x, 0, x - mark.x2), Math.max(Math.abs(y - mark.y) - 3.5, 0));
    default:
      return Math.max(Math.hypot(mark.x - x, mark.y - y) - 5, 0);
  }
}

function segmentDistance(line: { x1: number; y1: number; x2: number; y2: number }, x: number, y: number): number {
  const [dx, dy] = [line.x2 - line.x1, line.y2 - line.y1];
  const length = dx * dx + dy * dy;
  const share = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - line.x1) * dx + (y - line.y1) * dy) / length));
  return Math.hypot(line.x1 + dx * share - x, line.y1 + dy * share - y);
}
