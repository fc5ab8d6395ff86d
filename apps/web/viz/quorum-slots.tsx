import { useTranslation } from 'react-i18next';
import styles from './marks.module.css';
import { type Role, roleColour } from './roles.ts';

/** Numbers stand in slots of at least this size. */
const NUMBERED_PX = 14;

export interface QuorumSlotsProps<Name extends number | string> {
  /** All voters, by their sids or their names: one slot each. */
  readonly voters: readonly Name[];
  /** Those that have voted or acknowledged, in the order in which they did. */
  readonly have: readonly Name[];
  /** How many are a majority: the line stands after so many slots. Null where votes have weights or groups: then no line. */
  readonly quorum: number | null;
  /** Those whose answer is on its way. */
  readonly pending?: readonly Name[];
  /** Those that cannot answer: their slots are crossed out, the last ones. */
  readonly dead?: readonly Name[];
  /** Those that have answered no: named and crossed out, before those that cannot answer. */
  readonly against?: readonly Name[];
  /** Those among `have` whose data are not the others': marked in the corner. */
  readonly wrong?: readonly Name[];
  /** The colour of a filled slot; all `looking` unless told. `ink`: where the colours of roles would say something untrue. */
  readonly roleOf?: ((name: Name) => Role) | 'ink';
  /** A slot's side in pixels; the row is `height` high. */
  readonly size?: number;
  readonly gap?: number;
  readonly height?: number;
  /** Where its corner is, as a part of a drawing. */
  readonly x?: number;
  readonly y?: number;
}

/** The quorum is a line: one slot a voter, a rule after the slot that makes a majority. */
export function QuorumSlots<Name extends number | string>(props: QuorumSlotsProps<Name>) {
  const {
    voters,
    have,
    quorum,
    pending = [],
    dead = [],
    against = [],
    wrong = [],
    size = 18,
    x: left,
    y: above,
  } = props;
  const roleOf = props.roleOf ?? (() => 'looking' as const);
  const { t } = useTranslation('cluster');
  const gap = props.gap ?? (size < NUMBERED_PX ? 2 : 4);
  const height = props.height ?? size + (size < NUMBERED_PX ? 4 : 10);
  const step = size + gap;
  const lineRoom = size < NUMBERED_PX ? 5 : 8;
  const top = (height - size) / 2;
  const numbered = size >= NUMBERED_PX;
  const shownPending = pending.filter((name) => !have.includes(name));
  const shownDead = dead.filter((name) => !have.includes(name) && !shownPending.includes(name));
  const empty = Math.max(0, voters.length - have.length - shownPending.length - against.length - shownDead.length);
  const slots = [
    ...have.map((name) => ({ kind: 'have' as const, key: `${name}`, name })),
    ...shownPending.map((name) => ({ kind: 'pending' as const, key: `${name}`, name })),
    ...Array.from({ length: empty }, (_, i) => ({ kind: 'empty' as const, key: `empty ${i}` })),
    ...against.map((name) => ({ kind: 'against' as const, key: `${name}`, name })),
    ...shownDead.map((name) => ({ kind: 'dead' as const, key: `${name}`, name })),
  ];
  const line = quorum ?? Number.POSITIVE_INFINITY;
  const lineX = line * step - gap / 2 + (lineRoom - gap) / 2 + gap / 4;
  const width = slots.length * step + lineRoom;
  const label =
    quorum === null
      ? t('slotsWeighed', { have: have.length, voters: voters.length })
      : t('slots', { have: have.length, quorum, voters: voters.length });
  const isInk = roleOf === 'ink';
  const colourOf = (name: Name) => (roleOf === 'ink' ? 'var(--state-committed-fill)' : roleColour(roleOf(name)));
  // Numbers have the size of the style sheet; a name is made to fit.
  const fontOf = (name: Name) =>
    typeof name === 'string' ? { fontSize: Math.min(11, (size - 2) / (0.66 * Math.max(1, name.length))) } : undefined;
  return (
    <svg
      {...(left !== undefined && { x: left })}
      {...(above !== undefined && { y: above })}
      className={styles.slots}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={label}
    >
      {slots.map((slot, i) => {
        const x = i * step + (i >= line ? lineRoom : 0);
        const middle = { x: x + size / 2, y: top + size / 2 + 4 };
        const rx = numbered ? 2 : 1.5;
        const box = { x: x + 0.5, y: top + 0.5, width: size - 1, height: size - 1, rx, fill: 'none' };
        const inset = size * 0.3;
        const cross = `M${x + inset} ${top + inset}l${size - 2 * inset} ${size - 2 * inset}m0 ${2 * inset - size}l${2 * inset - size} ${size - 2 * inset}`;
        switch (slot.kind) {
          case 'have':
            return (
              <g key={slot.key}>
                <rect x={x} y={top} width={size} height={size} rx={rx} fill={colourOf(slot.name)} />
                {wrong.includes(slot.name) && <path d={`M${x + size - 8} ${top}h8v8Z`} fill="var(--sev-critical)" />}
                {numbered && (
                  <text
                    className={styles.slotNumber}
                    {...middle}
                    data-ink={isInk || undefined}
                    style={fontOf(slot.name)}
                  >
                    {slot.name}
                  </text>
                )}
              </g>
            );
          case 'pending':
            return (
              <g key={slot.key}>
                <rect {...box} stroke={colourOf(slot.name)} strokeDasharray="2.5 2" />
                {numbered && (
                  <text className={styles.slotNumber} {...middle} data-pending style={fontOf(slot.name)}>
                    {slot.name}
                  </text>
                )}
              </g>
            );
          case 'against':
            return (
              <g key={slot.key}>
                <rect {...box} fill="var(--state-truncated-fill)" stroke="var(--state-truncated)" />
                <path d={`M${x} ${top + size}l${size} ${-size}`} stroke="var(--state-truncated)" strokeWidth={1.25} />
                {numbered && (
                  <text className={styles.slotNumber} {...middle} data-against style={fontOf(slot.name)}>
                    {slot.name}
                  </text>
                )}
              </g>
            );
          case 'dead':
            return (
              <g key={slot.key}>
                <rect {...box} stroke="var(--line-2)" />
                <path d={cross} stroke="var(--role-down)" strokeWidth={1.25} />
              </g>
            );
          default:
            return <rect key={slot.key} {...box} stroke="var(--line-2)" />;
        }
      })}
      {quorum !== null && <path d={`M${lineX} 0V${height}`} stroke="var(--ink-1)" strokeWidth={1.5} />}
    </svg>
  );
}
