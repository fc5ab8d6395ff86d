import { useTranslation } from 'react-i18next';
import styles from './marks.module.css';
import { type Role, roleColour } from './roles.ts';

/** Numbers stand in slots of at least this size. */
const NUMBERED_PX = 14;

export interface QuorumSlotsProps {
  /** The sids of all voters: one slot each. */
  readonly voters: readonly number[];
  /** Those that have voted or acknowledged, in the order in which they did. */
  readonly have: readonly number[];
  /** How many are a majority: the line stands after so many slots. Null where votes have weights or groups: then no line. */
  readonly quorum: number | null;
  /** Those whose answer is on its way. */
  readonly pending?: readonly number[];
  /** Those that cannot answer: their slots are crossed out, the last ones. */
  readonly dead?: readonly number[];
  /** Those among `have` whose data are not the others': marked in the corner. */
  readonly wrong?: readonly number[];
  /** The colour of a filled slot; all `looking` unless told. */
  readonly roleOf?: (sid: number) => Role;
  /** A slot's side in pixels; the row is `height` high. */
  readonly size?: number;
  readonly gap?: number;
  readonly height?: number;
}

/** The quorum is a line: one slot a voter, a rule after the slot that makes a majority. */
export function QuorumSlots(props: QuorumSlotsProps) {
  const { voters, have, quorum, pending = [], dead = [], wrong = [], size = 18, roleOf = () => 'looking' } = props;
  const { t } = useTranslation('cluster');
  const gap = props.gap ?? (size < NUMBERED_PX ? 2 : 4);
  const height = props.height ?? size + (size < NUMBERED_PX ? 4 : 10);
  const step = size + gap;
  const lineRoom = size < NUMBERED_PX ? 5 : 8;
  const top = (height - size) / 2;
  const numbered = size >= NUMBERED_PX;
  const shownPending = pending.filter((sid) => !have.includes(sid));
  const shownDead = dead.filter((sid) => !have.includes(sid) && !shownPending.includes(sid));
  const empty = Math.max(0, voters.length - have.length - shownPending.length - shownDead.length);
  const slots = [
    ...have.map((sid) => ({ kind: 'have' as const, sid })),
    ...shownPending.map((sid) => ({ kind: 'pending' as const, sid })),
    ...Array.from({ length: empty }, (_, i) => ({ kind: 'empty' as const, sid: -1 - i })),
    ...shownDead.map((sid) => ({ kind: 'dead' as const, sid })),
  ];
  const line = quorum ?? Number.POSITIVE_INFINITY;
  const lineX = line * step - gap / 2 + (lineRoom - gap) / 2 + gap / 4;
  const width = slots.length * step + lineRoom;
  const label =
    quorum === null
      ? t('slotsWeighed', { have: have.length, voters: voters.length })
      : t('slots', { have: have.length, quorum, voters: voters.length });
  return (
    <svg
      className={styles.slots}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={label}
    >
      {slots.map(({ kind, sid }, i) => {
        const x = i * step + (i >= line ? lineRoom : 0);
        const middle = { x: x + size / 2, y: top + size / 2 + 4 };
        const box = {
          x: x + 0.5,
          y: top + 0.5,
          width: size - 1,
          height: size - 1,
          rx: numbered ? 2 : 1.5,
          fill: 'none',
        };
        const colour = roleColour(roleOf(sid));
        if (kind === 'have') {
          return (
            <g key={sid}>
              <rect x={x} y={top} width={size} height={size} rx={numbered ? 2 : 1.5} fill={colour} />
              {wrong.includes(sid) && <path d={`M${x + size - 8} ${top}h8v8Z`} fill="var(--sev-critical)" />}
              {numbered && (
                <text className={styles.slotNumber} {...middle}>
                  {sid}
                </text>
              )}
            </g>
          );
        }
        if (kind === 'pending') {
          return (
            <g key={sid}>
              <rect {...box} stroke={colour} strokeDasharray="2.5 2" />
              {numbered && (
                <text className={styles.slotNumber} {...middle} data-pending>
                  {sid}
                </text>
              )}
            </g>
          );
        }
        const inset = size * 0.3;
        return (
          <g key={sid}>
            <rect {...box} stroke="var(--line-2)" />
            {kind === 'dead' && (
              <path
                d={`M${x + inset} ${top + inset}L${x + size - inset} ${top + size - inset}M${x + size - inset} ${top + inset}L${x + inset} ${top + size - inset}`}
                stroke="var(--role-down)"
                strokeWidth={1.25}
              />
            )}
          </g>
        );
      })}
      {quorum !== null && <path d={`M${lineX} 0V${height}`} stroke="var(--ink-1)" strokeWidth={1.5} />}
    </svg>
  );
}
