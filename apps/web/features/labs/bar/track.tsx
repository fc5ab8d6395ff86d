import type { Ask } from '@vivarium/labs/history';
import { type KeyboardEvent, type PointerEvent, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { useSize } from '../../../components/use-size.ts';
import { answerKey, type Lab } from '../lab-state.ts';
import { lab, useLab } from '../lab-store.ts';
import { useSay } from '../use-say.ts';
import { useBranchName } from '../views/branches-view.tsx';
import styles from './lab-bar.module.css';
import { type Lane, lanes, placeNames, stepAt, stepX, type TrackScale, trackScale } from './track-layout.ts';

const LINE_Y = 40;
const LANE_PITCH = 11;
const MAX_LANES = 2;
const PAGE = 10;
/** Below it, there is no room for names and branches. */
const FULL_HEIGHT = 60;

/** All steps of the shown branch on one line, with the branches that leave it. A slider: drag, or use the keys. */
export function Track() {
  const { t } = useTranslation('labs');
  const [ref, size] = useSize();
  const held = useRef<number | null>(null);
  const { cursor, steps } = useLab(useShallow(({ cursor, branch }) => ({ cursor, steps: branch.records.length })));
  const scale = trackScale(size?.width ?? 0, steps);
  const seek = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    lab.seek(stepAt(scale, event.clientX - box.left));
  };
  const down = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    held.current = event.pointerId;
    seek(event);
  };
  const move = (event: PointerEvent<HTMLDivElement>) => {
    if (held.current === event.pointerId) seek(event);
  };
  const up = () => {
    held.current = null;
  };
  const key = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = event.key === 'PageUp' ? -PAGE : event.key === 'PageDown' ? PAGE : null;
    if (by === null) return;
    event.preventDefault();
    lab.seek(cursor + by);
  };
  return (
    // The arrows, Home and End are keys of the whole page.
    <div
      ref={ref}
      className={styles.track}
      role="slider"
      tabIndex={0}
      aria-label={t('bar.track')}
      aria-valuemin={0}
      aria-valuemax={steps}
      aria-valuenow={cursor}
      aria-valuetext={t('bar.valueText', { cursor, steps })}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={up}
      onKeyDown={key}
    >
      {size !== null && size.width > 0 && <Drawing scale={scale} height={size.height} />}
    </div>
  );
}

function Drawing({ scale, height }: { readonly scale: TrackScale; readonly height: number }) {
  const { branch, branches, cursor } = useLab(
    useShallow(({ branch, branches, cursor }) => ({ branch, branches, cursor })),
  );
  const { width, steps } = scale;
  const y = Math.min(LINE_Y, height - 16);
  const drawn = height < FULL_HEIGHT ? [] : lanes(branches, branch, cursor, MAX_LANES);
  const x = (n: number) => stepX(scale, n);
  return (
    <svg width={width} height={height} aria-hidden="true">
      {drawn.map((lane, index) => (
        <LaneDrawing key={lane.branch.id} lane={lane} scale={scale} y={y} laneY={y + 6 + (index + 1) * LANE_PITCH} />
      ))}
      <path d={`M${x(0)} ${y}H${x(steps)}`} stroke="var(--line-3)" />
      <path d={`M${x(0)} ${y}H${x(branch.seen)}`} stroke="var(--accent)" strokeWidth={1} />
      <path d={`M${x(0)} ${y}H${x(cursor)}`} stroke="var(--accent)" strokeWidth={2} />
      {scale.isDense ? <Ticks scale={scale} y={y} seen={branch.seen} /> : <Dots scale={scale} y={y} cursor={cursor} />}
      <Numbers scale={scale} y={y - 16} />
      <Questions scale={scale} y={y} />
      {height >= FULL_HEIGHT && <Names scale={scale} y={y - 29} />}
      <circle cx={x(cursor)} cy={y} r={7} fill="var(--bg-app)" stroke="var(--accent)" strokeWidth={2} />
      <circle cx={x(cursor)} cy={y} r={3.5} fill="var(--accent)" />
    </svg>
  );
}

/** Full up to the cursor, then as far as it was seen, then the others. */
function Dots({ scale, y, cursor }: { readonly scale: TrackScale; readonly y: number; readonly cursor: number }) {
  const seen = useLab(({ branch }) => branch.seen);
  const path = (from: number, to: number) => {
    let d = '';
    for (let n = from; n <= to; n += 1) d += dot(stepX(scale, n), y, 3.5);
    return d;
  };
  return (
    <>
      <path d={path(0, cursor)} fill="var(--accent)" stroke="var(--accent)" />
      <path d={path(cursor + 1, seen)} fill="var(--bg-app)" stroke="var(--accent)" />
      <path d={path(Math.max(seen, cursor) + 1, scale.steps)} fill="var(--bg-app)" stroke="var(--line-3)" />
    </>
  );
}

/** A disc as a part of a path. */
function dot(x: number, y: number, r: number): string {
  return `M${(x - r).toFixed(1)} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
}

/** One path for the steps that were seen and one for the others: a history may have thousands. */
function Ticks({ scale, y, seen }: { readonly scale: TrackScale; readonly y: number; readonly seen: number }) {
  const path = (from: number, to: number) => {
    let d = '';
    const first = Math.ceil(from / scale.tickEvery) * scale.tickEvery;
    for (let n = first; n <= to; n += scale.tickEvery) d += `M${stepX(scale, n).toFixed(1)} ${y - 3}v6`;
    return d;
  };
  return (
    <>
      <path d={path(0, seen)} stroke="var(--accent)" />
      <path d={path(seen + 1, scale.steps)} stroke="var(--line-3)" />
    </>
  );
}

function Numbers({ scale, y }: { readonly scale: TrackScale; readonly y: number }) {
  const shown = Array.from(
    { length: Math.floor(scale.steps / scale.numberEvery) + 1 },
    (_, i) => i * scale.numberEvery,
  );
  return shown.map((n) => (
    <text key={n} className={styles.number} x={stepX(scale, n)} y={y} textAnchor="middle">
      {n}
    </text>
  ));
}

/** A ring around the steps before which something is asked. */
function Questions({ scale, y }: { readonly scale: TrackScale; readonly y: number }) {
  const asked = useLab(useShallow(({ branch, branches, answers }) => ({ branch, branches, answers })));
  let d = '';
  for (const { before } of openAsks(asked)) d += dot(stepX(scale, before), y, 5.5);
  return <path d={d} fill="none" stroke="var(--accent)" strokeWidth={1.25} />;
}

/** The questions ahead. */
function openAsks({ branch, branches, answers }: Pick<Lab, 'branch' | 'branches' | 'answers'>): readonly Ask[] {
  return branch.asks.filter(
    (ask) => ask.before > branch.seen && answers[answerKey(branches, branch, ask)] === undefined,
  );
}

/** Moments with a name, as far as they were seen, and the questions. */
function Names({ scale, y }: { readonly scale: TrackScale; readonly y: number }) {
  const { t } = useTranslation('labs');
  const say = useSay();
  const { branch, branches, answers } = useLab(
    useShallow(({ branch, branches, answers }) => ({ branch, branches, answers })),
  );
  const open = openAsks({ branch, branches, answers }).map(({ before }) => ({
    n: before,
    name: t('bar.question'),
    isQuestion: true,
  }));
  const { records, seen } = branch;
  // Among ten thousand steps there are a few with a name: they are looked for when more of them are seen, not at each step.
  const named = useMemo(() => records.slice(0, seen).filter(({ mark }) => mark !== null), [records, seen]);
  const marks = named.map(({ mark, entry }) => ({
    n: entry.n,
    name: mark === null ? '' : say(mark),
    isQuestion: false,
  }));
  const shown = placeNames([...marks, ...open], scale);
  return shown.map(({ n, name, isQuestion, x }) => (
    <text
      key={n}
      className={isQuestion ? `${styles.mark} ${styles.question}` : styles.mark}
      x={x}
      y={y}
      textAnchor="middle"
    >
      {name}
    </text>
  ));
}

/** Another branch: a line that leaves the shown one, as far as it was seen. A click shows it. */
function LaneDrawing({
  lane: { branch, from, to },
  scale,
  y,
  laneY,
}: {
  readonly lane: Lane;
  readonly scale: TrackScale;
  readonly y: number;
  readonly laneY: number;
}) {
  const { t } = useTranslation('labs');
  const x1 = stepX(scale, from);
  const bend = Math.min(38, Math.max(scale.gap, 12));
  const end = Math.max(x1 + bend + 4, Math.min(stepX(scale, to), scale.width - 120));
  const name = useBranchName()(branch);
  let dots = '';
  for (let x = x1 + bend; !scale.isDense && x <= end; x += scale.gap) dots += dot(x, laneY, 2.5);
  return (
    <g
      className={styles.lane}
      onPointerDown={(event) => {
        event.stopPropagation();
        lab.showBranch(branch.id);
      }}
    >
      <path
        d={`M${x1} ${y}C${x1 + bend / 2} ${y} ${x1 + bend / 2} ${laneY} ${x1 + bend} ${laneY}H${end}`}
        fill="none"
        stroke="var(--line-3)"
      />
      <path d={dots} fill="var(--bg-app)" stroke="var(--line-3)" />
      <text className="halo" x={end + 8} y={laneY + 4}>
        {t('branches.name', { name })}
      </text>
    </g>
  );
}
