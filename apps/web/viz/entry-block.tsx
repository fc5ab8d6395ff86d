import type { EntryState } from '@vivarium/shared/cluster-state';
import { useTranslation } from 'react-i18next';
import styles from './marks.module.css';

/** `absent`: the server's log has a hole at this zxid. */
export type BlockState = EntryState | 'absent';

/** How much of the block holds ink: the more settled, the more. */
const INK: Readonly<Record<BlockState, number>> = {
  absent: 0,
  proposed: 0,
  logged: 0.25,
  acked: 0.5,
  committed: 1,
  truncated: 0,
};

export interface EntryShapeProps {
  readonly state: BlockState;
  readonly x?: number;
  readonly y?: number;
  /** In pixels. */
  readonly size?: number;
  readonly selected?: boolean;
}

/** A transaction in a log as part of a drawing, its corner at (x, y). */
export function EntryShape({ state, x = 0, y = 0, size = 11, selected = false }: EntryShapeProps) {
  if (state === 'absent') return <path d={`M${x + size / 2 - 2} ${y + size / 2}h4`} stroke="var(--line-3)" />;
  const truncated = state === 'truncated';
  const stroke = truncated ? 'var(--state-truncated)' : 'var(--state-stroke)';
  const ink = size * INK[state];
  return (
    <>
      {selected && (
        <rect
          x={x - 3}
          y={y - 3}
          width={size + 6}
          height={size + 6}
          rx={3}
          fill="none"
          stroke="var(--accent)"
          strokeWidth={1.5}
        />
      )}
      <rect
        className={styles.block}
        x={x}
        y={y}
        width={size}
        height={size}
        rx={1.5}
        fill={
          truncated
            ? 'var(--state-truncated-fill)'
            : state === 'committed'
              ? 'var(--state-committed-fill)'
              : 'var(--state-proposed-fill)'
        }
        stroke={stroke}
        strokeWidth={1.25}
      />
      {ink > 0 && ink < size && (
        <rect x={x} y={y + size - ink} width={size} height={ink} fill="var(--state-acked-fill)" />
      )}
      {truncated && <path d={`M${x} ${y + size}L${x + size} ${y}`} stroke={stroke} strokeWidth={1.25} />}
    </>
  );
}

/** The block of a state in running text and legends. */
export function EntryBlock({ state, size = 13 }: { state: BlockState; size?: number }) {
  const { t } = useTranslation('cluster');
  return (
    <svg
      className={styles.mark}
      width={size}
      height={size}
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={t(`entry.${state}`)}
    >
      <EntryShape state={state} x={0.75} y={0.75} size={size - 1.5} />
    </svg>
  );
}
