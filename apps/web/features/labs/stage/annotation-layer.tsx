import { memo } from 'react';
import { type Bracket, NOTE_PX, type PlacedNotes } from './annotations.ts';
import styles from './lab-stage.module.css';
import { textWidth } from './metrics.ts';
import type { Size } from './place.ts';

/** What is said beside nodes: `X chosen` at a bracket, longer words in lines at the foot of the stage. */
export const AnnotationLayer = memo(function AnnotationLayer({
  placed,
  stage,
}: {
  readonly placed: PlacedNotes;
  readonly stage: Size;
}) {
  const foot = stage.height - placed.footPx;
  return placed.notes.map((note) =>
    note.kind === 'bracket' ? (
      <g key={note.text} className={styles.note} data-tone={note.tone}>
        <path
          className={styles.bracket}
          d={`M${note.x} ${note.top}h6V${note.bottom}h-6${note.ticks.map((y) => `M${note.x + 2} ${y}h4`).join('')}`}
        />
        <text
          className={`${styles.noteText} ${styles.upright} halo`}
          x={note.x + 16}
          y={middleOf(note, stage)}
          textAnchor="middle"
          style={{ fontSize: NOTE_PX }}
        >
          {note.text}
        </text>
      </g>
    ) : (
      <g
        key={note.whole}
        className={styles.note}
        data-tone={note.tone}
        transform={`translate(${note.x} ${foot + note.y})`}
      >
        {note.text !== note.whole && <title>{note.whole}</title>}
        <rect className={styles.notePlate} width={note.width} height={20} rx={3} />
        <text
          className={`${styles.noteText} ${styles.onPlate}`}
          x={note.width / 2}
          y={14}
          textAnchor="middle"
          style={{ fontSize: NOTE_PX }}
        >
          {note.text}
        </text>
      </g>
    ),
  );
});

/** The middle of a bracket, moved so that its words stay on the stage. */
function middleOf({ top, bottom, text }: Bracket, stage: Size): number {
  const half = (textWidth(text, NOTE_PX) * 1.1) / 2;
  return Math.min(Math.max((top + bottom) / 2, half + 6), Math.max(half + 6, stage.height - half - 6));
}
