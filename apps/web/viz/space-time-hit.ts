/** What is under a point of a space–time diagram. Pure. */

/** Where a mark lies: a line from lane to lane, a bar on a lane, or a point. */
export type Outline =
  | { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number }
  | { readonly x1: number; readonly x2: number; readonly y: number }
  | { readonly x: number; readonly y: number };

/** The mark nearest to a point, within so many px; null where there is none. */
export function markAt<M extends Outline>(marks: readonly M[], x: number, y: number, within = 6): M | null {
  let best: M | null = null;
  let bestDistance = within;
  for (const mark of marks) {
    // Points and bars lie on top of the lines that begin and end there.
    const distance = distanceTo(mark, x, y) + ('y1' in mark ? 1.5 : 0);
    if (distance <= bestDistance) {
      best = mark;
      bestDistance = distance;
    }
  }
  return best;
}

/** Where a mark's description is shown: the middle of it. */
export function middleOf(mark: Outline): { readonly x: number; readonly y: number } {
  if ('y1' in mark) return { x: (mark.x1 + mark.x2) / 2, y: (mark.y1 + mark.y2) / 2 };
  return 'x1' in mark ? { x: (mark.x1 + mark.x2) / 2, y: mark.y } : { x: mark.x, y: mark.y };
}

function distanceTo(mark: Outline, x: number, y: number): number {
  if ('y1' in mark) return segmentDistance(mark, x, y);
  if ('x1' in mark) return Math.hypot(Math.max(mark.x1 - x, 0, x - mark.x2), Math.max(Math.abs(y - mark.y) - 3.5, 0));
  return Math.max(Math.hypot(mark.x - x, mark.y - y) - 5, 0);
}

function segmentDistance(line: { x1: number; y1: number; x2: number; y2: number }, x: number, y: number): number {
  const [dx, dy] = [line.x2 - line.x1, line.y2 - line.y1];
  const length = dx * dx + dy * dy;
  const share = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - line.x1) * dx + (y - line.y1) * dy) / length));
  return Math.hypot(line.x1 + dx * share - x, line.y1 + dy * share - y);
}
