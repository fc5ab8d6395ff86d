/** Where what is said beside nodes stands: at a bracket where its nodes are a column at the edge, else in a line below. */
import type { Annotation } from '@vivarium/labs/protocol';
import { textWidth } from './metrics.ts';
import type { Rect, Size } from './place.ts';

export interface Bracket {
  readonly kind: 'bracket';
  readonly annotation: Annotation;
  readonly text: string;
  readonly x: number;
  readonly top: number;
  readonly bottom: number;
  /** Where its nodes are. */
  readonly ticks: readonly number[];
}

export interface Caption {
  readonly kind: 'caption';
  readonly annotation: Annotation;
  readonly text: string;
}

const SIZE_PX = 12;

/** The room below the cards that captions need, in pixels. */
export const CAPTION_PX = 26;

/** One bracket at most; all else becomes a caption that names its nodes. */
export function placeAnnotations(
  annotations: readonly Annotation[],
  cards: ReadonlyMap<string, Rect>,
  stage: Size,
  isNarrow: boolean,
  say: (annotation: Annotation) => string,
): readonly (Bracket | Caption)[] {
  const edge = Math.max(0, ...[...cards.values()].map(({ x, width }) => x + width));
  let hasBracket = false;
  return annotations.map((annotation) => {
    const text = say(annotation);
    const rects = annotation.nodes.flatMap((id) => cards.get(id) ?? []);
    const isColumn = rects.length > 0 && rects.every(({ x, width }) => x + width > edge - 24);
    const fits = textWidth(text, SIZE_PX) * 1.1 < stage.height - 24;
    if (hasBracket || isNarrow || !isColumn || !fits) {
      return { kind: 'caption', annotation, text: `${annotation.nodes.join(', ')}: ${text}` };
    }
    hasBracket = true;
    const top = Math.min(...rects.map(({ y }) => y)) + 10;
    const bottom = Math.max(...rects.map(({ y, height }) => y + height)) - 10;
    const ticks = rects.map(({ y, height }) => y + height / 2);
    return { kind: 'bracket', annotation, text, x: edge + 7, top, bottom, ticks };
  });
}
