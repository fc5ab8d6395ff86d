/** Where what is said beside nodes stands: at a bracket where its nodes are a column at the edge, else in lines at the foot. */
import type { Annotation } from '@vivarium/labs/protocol';
import { fitText, textWidth } from './metrics.ts';
import type { Rect, Size } from './place.ts';

export type Tone = Annotation['tone'];

export interface Bracket {
  readonly kind: 'bracket';
  readonly tone: Tone;
  readonly text: string;
  readonly x: number;
  readonly top: number;
  readonly bottom: number;
  /** Where its nodes are. */
  readonly ticks: readonly number[];
}

export interface Caption {
  readonly kind: 'caption';
  readonly tone: Tone;
  /** With the names of its nodes; cut where even a whole line is too short. */
  readonly text: string;
  readonly whole: string;
  readonly x: number;
  readonly width: number;
  /** From the top of the foot. */
  readonly y: number;
}

export const NOTE_PX = 12;
const LINE_PX = 25;
const GAP_PX = 10;

export interface PlacedNotes {
  readonly notes: readonly (Bracket | Caption)[];
  /** What the captions need below the cards. */
  readonly footPx: number;
}

/** One bracket at most, beside the column at the right edge; all else becomes a caption. The same words are said once. */
export function placeAnnotations(
  annotations: readonly Annotation[],
  cards: ReadonlyMap<string, Rect>,
  stage: Size,
  isNarrow: boolean,
  say: (annotation: Annotation) => string,
): PlacedNotes {
  const edge = Math.max(0, ...[...cards.values()].map(({ x, width }) => x + width));
  const said = new Map<string, { tone: Tone; text: string; nodes: string[] }>();
  for (const annotation of annotations) {
    const text = say(annotation);
    const known = said.get(`${annotation.tone} ${text}`);
    if (known === undefined) {
      said.set(`${annotation.tone} ${text}`, { tone: annotation.tone, text, nodes: [...annotation.nodes] });
    } else known.nodes.push(...annotation.nodes);
  }
  const notes: (Bracket | Caption)[] = [];
  const captions: { readonly tone: Tone; readonly whole: string }[] = [];
  let hasBracket = false;
  for (const { tone, text, nodes } of said.values()) {
    const rects = nodes.flatMap((id) => cards.get(id) ?? []);
    const isColumn = rects.length > 0 && rects.every(({ x, width }) => x + width > edge - 24);
    const fits = textWidth(text, NOTE_PX) * 1.1 < stage.height - 24;
    if (hasBracket || isNarrow || !isColumn || !fits) {
      // A text that begins with the name has said it.
      const isNamed = nodes.length === 0 || (nodes.length === 1 && text.startsWith(nodes[0] ?? ''));
      captions.push({ tone, whole: isNamed ? text : `${nodes.join(', ')}: ${text}` });
      continue;
    }
    hasBracket = true;
    const top = Math.min(...rects.map(({ y }) => y)) + 10;
    const bottom = Math.max(...rects.map(({ y, height }) => y + height)) - 10;
    const ticks = rects.map(({ y, height }) => y + height / 2);
    notes.push({ kind: 'bracket', tone, text, x: edge + 7, top, bottom, ticks });
  }
  const lines = linesOf(captions, stage.width);
  notes.push(...lines.flat());
  return { notes, footPx: lines.length * LINE_PX };
}

/** Captions in lines, each line in the middle. */
function linesOf(
  captions: readonly { readonly tone: Tone; readonly whole: string }[],
  width: number,
): readonly (readonly Caption[])[] {
  const room = width - 24;
  const lines: (readonly [{ readonly tone: Tone; readonly whole: string }, string, number])[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const caption of captions) {
    const text = fitText(caption.whole, (room - 18) / 1.05, NOTE_PX);
    const wide = textWidth(text, NOTE_PX) * 1.05 + 18;
    if (used + GAP_PX + wide > room) {
      lines.push([]);
      used = -GAP_PX;
    }
    lines.at(-1)?.push([caption, text, wide]);
    used += GAP_PX + wide;
  }
  return lines.map((line, at) => {
    let x = (width - line.reduce((sum, [, , wide]) => sum + wide, 0) - GAP_PX * (line.length - 1)) / 2;
    return line.map(([{ tone, whole }, text, wide]): Caption => {
      const caption: Caption = { kind: 'caption', tone, text, whole, x: Math.round(x), width: wide, y: at * LINE_PX };
      x += wide + GAP_PX;
      return caption;
    });
  });
}
