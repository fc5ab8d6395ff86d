/**
 * The space–time diagram: a lane a server, time to the right, messages at their true times. It draws what it is given and
 * says what was pointed at; where the time comes from is not its concern.
 */
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { formatZxid } from '../components/format.ts';
import { RoleShape } from './role-mark.tsx';
import styles from './space-time.module.css';
import {
  LEFT_PX,
  layoutSpaceTime,
  leastHeight,
  type Mark,
  type Note,
  type SpaceTimeInput,
  TOP_PX,
} from './space-time-layout.ts';
import { commitLabels, pathGroups } from './space-time-paths.ts';
import { clampWindow, type TimeWindow, ticksOf } from './space-time-scale.ts';
import { HeadLine, type Plot, SpaceTimeSurface } from './space-time-surface.tsx';

export interface SpaceTimeProps extends Omit<SpaceTimeInput, 'width' | 'height'> {
  /** What the wall clock is ahead of the monotonic one, in ms. */
  readonly wallOffsetMs: number;
  /** How many voters there are: ACKs are counted against them. */
  readonly voters: number;
  readonly describe: (mark: Mark) => string;
  /** A mark of a transaction was chosen. */
  readonly onSelect: (mark: Mark) => void;
  /** Another window was asked for: by wheel, drag or key. Null: back to the one around the head. */
  readonly onWindow: (window: TimeWindow | null) => void;
  /** The instant that was clicked on the axis. */
  readonly onSeek: (atMs: number) => void;
  readonly label: string;
}

/** The drawing, as large as its place; see `SpaceTimeView` for the one that follows the player. */
export function SpaceTime(props: SpaceTimeProps) {
  const { describe, onSelect, onWindow, onSeek, wallOffsetMs, voters, label, ...input } = props;
  const { fromMs, toMs } = input;
  const { t } = useTranslation('inspect');
  return (
    <SpaceTimeSurface<Mark>
      name={t('tabs.spaceTime')}
      label={label}
      help={t('spaceTime.help')}
      leastHeight={leastHeight(input.servers.length)}
      range={{ from: fromMs, to: toMs }}
      clamp={clampWindow}
      anchor={input.headMs}
      plot={(width, height) => plotOf(t, { ...input, width, height }, wallOffsetMs, voters)}
      describe={describe}
      onSelect={onSelect}
      onRange={(range) => onWindow(range === null ? null : { fromMs: range.from, toMs: range.to })}
      onGround={(atMs, y) => {
        if (y < TOP_PX) onSeek(atMs);
      }}
    />
  );
}

function plotOf(t: TFunction<'inspect'>, input: SpaceTimeInput, wallOffsetMs: number, voters: number): Plot<Mark> {
  const { width } = input;
  const { scale, lanes, marks, notes, headX, bottom } = layoutSpaceTime(input);
  return {
    scale,
    marks,
    groups: pathGroups(marks),
    below: (
      <>
        {ticksOf(input, Math.max(2, (width - LEFT_PX) / 92), wallOffsetMs).map(({ atMs, label }) => (
          <g key={atMs}>
            <path d={`M${scale.x(atMs)} ${TOP_PX - 4}V${bottom}`} stroke="var(--line-1)" />
            <text className={styles.tick} x={scale.x(atMs)} y={12} textAnchor="middle">
              {label}
            </text>
          </g>
        ))}
        {lanes.map(({ sid, role, y, up }) => (
          <g key={sid}>
            <g transform={`translate(16 ${y - 8})`}>
              <RoleShape role={role} size={16} />
            </g>
            <text className={styles.name} x={40} y={y + 4}>
              {width < 480 ? sid : t('spaceTime.server', { sid })}
            </text>
            <path d={`M${scale.left} ${y}H${width}`} stroke="var(--line-2)" strokeDasharray="2 3" />
            {up.map(({ x1, x2 }) => (
              <path key={x1} d={`M${x1} ${y}H${x2}`} stroke="var(--line-3)" />
            ))}
          </g>
        ))}
      </>
    ),
    inside: (
      <>
        {commitLabels(marks).map(({ key, x, y, text }) => (
          <text key={key} className={`halo ${styles.commit}`} x={x} y={y - 9} textAnchor="middle">
            {text}
          </text>
        ))}
        {marks.map(
          (mark) =>
            mark.kind === 'state' && (
              <g key={mark.key} transform={`translate(${mark.x - 5.5} ${mark.y - 5.5})`}>
                <circle cx={5.5} cy={5.5} r={7.5} fill="var(--bg-surface)" />
                <RoleShape role={mark.role} size={11} />
              </g>
            ),
        )}
      </>
    ),
    above: (
      <>
        {notes.map((note) => (
          <text key={note.key} className={`halo ${styles.note}`} x={note.x} y={note.y} textAnchor={note.anchor}>
            {noteText(t, note, input.selected, voters)}
          </text>
        ))}
        {headX !== null && <HeadLine x={headX} top={TOP_PX} bottom={bottom} />}
      </>
    ),
    highlight: (mark) => <Highlight mark={mark} />,
  };
}

function noteText(t: TFunction<'inspect'>, { text }: Note, selected: string | null, voters: number): string {
  if (text.kind === 'packet') return text.packet;
  if (text.kind === 'proposed') return t('spaceTime.proposed', { zxid: selected === null ? '' : formatZxid(selected) });
  return t('spaceTime.ackCount', { have: text.have, voters });
}

function Highlight({ mark }: { readonly mark: Mark }) {
  if (mark.kind === 'message') {
    const d = `M${mark.x1} ${mark.y1}L${mark.x2} ${mark.y2}`;
    return <path d={d} stroke="var(--accent)" strokeWidth={2.5} fill="none" strokeLinecap="round" />;
  }
  const { x, y, width } =
    mark.kind === 'write'
      ? { x: mark.x1, y: mark.y, width: Math.max(mark.x2 - mark.x1, 1.5) }
      : { x: mark.x - 5, y: mark.y, width: 10 };
  const half = mark.kind === 'write' ? 3.5 : 5;
  return (
    <rect
      x={x - 3}
      y={y - half - 3}
      width={width + 6}
      height={2 * half + 6}
      rx={3}
      fill="none"
      stroke="var(--accent)"
      strokeWidth={1.5}
    />
  );
}
