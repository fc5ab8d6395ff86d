import { memo } from 'react';
import type { Bracket, Caption } from './annotations.ts';
import styles from './lab-stage.module.css';
import { fitText, textWidth } from './metrics.ts';
import type { Size } from './place.ts';

const SIZE_PX = 12;

/** What is said beside nodes: `X chosen` at a bracket, longer words in lines at the foot of the stage. */
export const AnnotationLayer = memo(function AnnotationLayer({
  placed,
  stage,
}: {
  readonly placed: readonly (Bracket | Caption)[];
  readonly stage: Size;
}) {
  const captions = placed.filter((one) => one.kind === 'caption');
  return (
    <>
      {placed.map((one) =>
        one.kind === 'bracket' ? (
          <g key={one.text} className={styles.note} data-tone={one.annotation.tone}>
            <path
              className={styles.bracket}
              d={`M${one.x} ${one.top}h6V${one.bottom}h-6${one.ticks.map((y) => `M${one.x + 2} ${y}h4`).join('')}`}
            />
            <text
              className={`${styles.noteText} ${styles.upright} halo`}
              x={one.x + 16}
              y={middleOf(one, stage)}
              textAnchor="middle"
              style={{ fontSize: SIZE_PX }}
            >
              {one.text}
            </text>
          </g>
        ) : null,
      )}
      {captions.map((one, i) => {
        const text = fitText(one.text, stage.width - 40, SIZE_PX);
        const width = textWidth(text, SIZE_PX) * 1.04 + 18;
        return (
          <g
            key={one.text}
            className={styles.note}
            data-tone={one.annotation.tone}
            transform={`translate(${Math.round((stage.width - width) / 2)} ${stage.height - 25 * (captions.length - i)})`}
          >
            {text !== one.text && <title>{one.text}</title>}
            <rect className={styles.notePlate} width={width} height={20} rx={3} />
            <text
              className={`${styles.noteText} ${styles.onPlate}`}
              x={width / 2}
              y={14}
              textAnchor="middle"
              style={{ fontSize: SIZE_PX }}
            >
              {text}
            </text>
          </g>
        );
      })}
    </>
  );
});

/** The middle of a bracket, moved so that its words stay on the stage. */
function middleOf({ top, bottom, text }: Bracket, stage: Size): number {
  const half = (textWidth(text, SIZE_PX) * 1.1) / 2;
  return Math.min(Math.max((top + bottom) / 2, half + 6), Math.max(half + 6, stage.height - half - 6));
}
