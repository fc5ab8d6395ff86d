/** The layout of a stage: how large its cards are, where they stand, and the ways between them. */
import type { ScenarioInfo } from '@vivarium/labs/history';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import { CARD_STYLES, type CardStyle, framePx } from './card-rows.ts';
import { type Gaps, placeCards, placeRows, type Rect, rowsOf, type Size, type Standing } from './place.ts';
import { type Way, wayBetween } from './way.ts';

export interface StageLayout {
  readonly size: Size;
  readonly style: CardStyle;
  readonly cards: ReadonlyMap<NodeId, Rect>;
  /** Rows in place of columns. */
  readonly isNarrow: boolean;
}

/** Below this width cards stand in rows. */
const NARROW_PX = 600;
/** Around a stage of rows. */
const EDGE_PX = 8;
/** Between two rows there, for messages. */
const BETWEEN_PX = 46;
/** The most that the lines of a card may take before some are left out. */
const MOST_ROWS_PX = 180;
/** Two lines of a card are always shown. */
const LEAST_ROWS_PX = 36;
/** For the bracket of an annotation beside the outermost cards. */
const ANNOTATION_PX = 34;

/**
 * The largest cards that have room at the scenario's places. A stage that is too small for the smallest ones becomes higher than
 * it was asked to be, and is scrolled. `heightOf` is the most that a node's card ever needs, so that no place moves from step to
 * step.
 */
export function layOut(
  nodes: ScenarioInfo['nodes'],
  asked: Size,
  heightOf: (node: NodeId, style: CardStyle) => number,
  hasAnnotations: boolean,
): StageLayout {
  const standing = (style: CardStyle): Standing[] =>
    nodes.map(({ id, at }) => ({ id, at, size: { width: style.width, height: heightOf(id, style) } }));
  if (asked.width < NARROW_PX) return inRows(nodes, asked, standing);
  const gaps = (x: number, y: number): Gaps => ({ x, y, edge: 12, right: hasAnnotations ? ANNOTATION_PX : 12 });
  for (const style of Object.values(CARD_STYLES)) {
    const cards = placeCards(
      standing(style),
      asked,
      style.columns === 2 ? gaps(64, 36) : gaps(style.width * 0.4, style.padding),
    );
    if (cards !== null) return { size: asked, style, cards, isNarrow: false };
  }
  // Better fewer lines than a stage that has to be scrolled: the rest is in the table of states.
  for (let rowsPx = MOST_ROWS_PX; rowsPx >= LEAST_ROWS_PX; rowsPx -= 9) {
    for (const whole of [CARD_STYLES.wideMini, CARD_STYLES.mini]) {
      const style = { ...whole, rowsPx };
      const cards = placeCards(standing(style), asked, gaps(28, 10));
      if (cards !== null) return { size: asked, style, cards, isNarrow: false };
    }
  }
  const style = { ...CARD_STYLES.mini, rowsPx: LEAST_ROWS_PX };
  for (let height = asked.height + 20; height < 4000; height += 20) {
    const size = { width: asked.width, height };
    const cards = placeCards(standing(style), size, gaps(28, 10));
    if (cards !== null) return { size, style, cards, isNarrow: false };
  }
  return inRows(nodes, asked, standing);
}

function inRows(nodes: ScenarioInfo['nodes'], asked: Size, standing: (style: CardStyle) => Standing[]): StageLayout {
  const inner = asked.width - 2 * EDGE_PX;
  // Three in a row where that leaves them readable, else two.
  const mostInRow = inner >= 3 * 112 + 16 ? 3 : 2;
  const longest = Math.max(1, ...rowsOf(nodes, mostInRow).map((row) => row.length));
  const width = Math.min(CARD_STYLES.mini.width, Math.floor((inner - (longest - 1) * 12) / longest));
  const whole = { ...CARD_STYLES.mini, width };
  const gaps = { x: 12, y: 8, edge: EDGE_PX, right: EDGE_PX, between: BETWEEN_PX, mostInRow };
  let style = whole;
  let laid = placeRows(standing(style), asked.width, gaps);
  if (laid.height > asked.height) {
    // What a phone shows at once is worth more than all that there is: the rest is in the table of states.
    const count = rowsOf(nodes, mostInRow).length;
    const free = asked.height - 2 * gaps.edge - (count - 1) * gaps.between;
    style = { ...whole, rowsPx: Math.max(LEAST_ROWS_PX, free / count - framePx(whole)) };
    laid = placeRows(standing(style), asked.width, gaps);
  } else {
    const count = rowsOf(nodes, mostInRow).length;
    const between = count < 2 ? 0 : Math.min(110, gaps.between + (asked.height - laid.height) / (count - 1));
    laid = placeRows(standing(style), asked.width, { ...gaps, between });
  }
  return { size: { width: asked.width, height: laid.height }, style, cards: laid.rects, isNarrow: true };
}

/** The name of a pair of nodes, whichever way something goes. */
export function pairKey(a: NodeId, b: NodeId): string {
  return a < b ? `${a}|${b}` : `${b}|${a}`;
}

/** The ways between nodes, each from the one whose name comes first, worked out when it is asked for. */
export function waysOf(layout: StageLayout): (from: NodeId, to: NodeId) => Way | null {
  const ways = new Map<string, Way | null>();
  return (from, to) => {
    const [a, b] = from < to ? [from, to] : [to, from];
    const key = pairKey(from, to);
    let way = ways.get(key);
    if (way === undefined) {
      const [first, second] = [layout.cards.get(a), layout.cards.get(b)];
      const others = [...layout.cards].filter(([id]) => id !== a && id !== b).map(([, rect]) => rect);
      way = first && second && a !== b ? wayBetween(first, second, others, layout.size) : null;
      ways.set(key, way);
    }
    return way;
  };
}
