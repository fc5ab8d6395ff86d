import type { NodePicture, StepRecord } from '@vivarium/labs/history';
import { createContext, useContext } from 'react';
import { useTranslation } from 'react-i18next';
import type { CardRow, CardStyle } from './card-rows.ts';
import styles from './lab-stage.module.css';
import { fitText } from './metrics.ts';

/** The virtual time that the stage shows, in ms. Only timers run with it: a card is not drawn again because time has passed. */
export const StageTime = createContext(0);

/** A timer of a node: its name, and how much of its time is left. */
export function TimerRow(props: {
  readonly row: CardRow & { readonly kind: 'timer' };
  readonly timer: NodePicture['timers'][number] | undefined;
  readonly records: readonly StepRecord[];
  readonly style: CardStyle;
}) {
  const { row, timer, records, style } = props;
  const { t } = useTranslation('labsStage');
  const nowMs = useContext(StageTime);
  const { dueMs = nowMs, setN = 0 } = timer ?? {};
  const setMs = records[setN - 1]?.entry.atMs ?? 0;
  const leftMs = Math.max(0, dueMs - nowMs);
  const share = dueMs > setMs ? Math.min(1, leftMs / (dueMs - setMs)) : 0;
  const [from, to] = [row.width * 0.56, row.width - style.padding];
  const end = from + (to - from) * share;
  return (
    <g className={styles.timer}>
      <title>{t('timerLeft', { timer: row.label, ms: Math.round(leftMs) })}</title>
      <text x={style.padding} y={row.height * 0.72} style={{ fontSize: style.fontSize - 1 }}>
        {fitText(row.label, from - style.padding - 6, style.fontSize - 1)}
      </text>
      <path d={`M${from} ${row.height / 2}H${to}`} />
      {end > from && <path data-left d={`M${from} ${row.height / 2}H${end}`} />}
    </g>
  );
}
