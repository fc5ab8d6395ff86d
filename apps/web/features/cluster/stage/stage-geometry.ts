/** All that is drawn between the cards, as places: made once for a layout and its links, used by every layer of the stage. */
import { linkKey } from '@vivarium/shared/cluster-state';
import { type Lane, lane } from './geometry.ts';
import type { LinkLine } from './link-lines.ts';
import type { CardVariant, RingLayout } from './ring-layout.ts';

export interface StageGeometry {
  readonly layout: RingLayout;
  /** The lanes of the links that are drawn, by `linkKey`. */
  readonly lanes: ReadonlyMap<string, Lane>;
}

/** Room between the two directions of a link, in pixels. */
const SPACING_PX: Readonly<Record<CardVariant, Readonly<Record<LinkLine['use'], number>>>> = {
  full: { quorum: 19, election: 8, broken: 0 },
  compact: { quorum: 16, election: 8, broken: 0 },
  small: { quorum: 14, election: 8, broken: 0 },
  mark: { quorum: 9, election: 6, broken: 0 },
};

export function stageGeometry(layout: RingLayout, lines: readonly LinkLine[]): StageGeometry {
  const lanes = new Map<string, Lane>();
  const spacing = SPACING_PX[layout.variant];
  for (const { key, from, to, use } of lines) {
    const [a, b] = [layout.cards.get(from), layout.cards.get(to)];
    if (a === undefined || b === undefined) continue;
    lanes.set(key, lane(a, b, spacing[use]));
  }
  return { layout, lanes };
}

/** The lane between two servers, also where no link is drawn; null where one of them has no card. */
export function laneBetween({ layout, lanes }: StageGeometry, from: number, to: number): Lane | null {
  const drawn = lanes.get(linkKey(from, to));
  if (drawn !== undefined) return drawn;
  const [a, b] = [layout.cards.get(from), layout.cards.get(to)];
  return a === undefined || b === undefined ? null : lane(a, b, SPACING_PX[layout.variant].election);
}
