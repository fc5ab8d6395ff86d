/**
 * The space–time diagram: a lane a server, time to the right, messages at their true times. It draws what it is given and
 * says what was pointed at; where the time comes from is not its concern.
 */
import type { TFunction } from 'i18next';
import { type KeyboardEvent, type PointerEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatZxid } from '../components/format.ts';
import { RoleShape } from './role-mark.tsx';
import styles from './space-time.module.css';
import { SpaceTimeCanvas } from './space-time-canvas.tsx';
import { markAt, middleOf } from './space-time-hit.ts';
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
import { type TimeWindow, ticksOf, zoomWindow } from './space-time-scale.ts';
import { useSize } from './space-time-size.ts';

/** Above so many marks a canvas draws them: below, SVG is sharper under zoom and in print. */
const CANVAS_FROM = 1_500;
const ZOOM_STEP = 1.5;
const PAN_SHARE = 0.15;
/** A press that moves less is a click. */
const CLICK_PX = 4;

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
  const { t } = useTranslation('inspect');
  const box = useRef<HTMLDivElement>(null);
  const clip = useId();
  const { width, height: given } = useSize(box);
  const height = Math.max(given, leastHeight(input.servers.length));
  const [focused, setFocused] = useState<string | null>(null);
  const [pointed, setPointed] = useState<{ readonly x: number; readonly y: number } | null>(null);
  const drag = useRef<{ x: number; moved: boolean; window: TimeWindow } | null>(null);

  const layout = layoutSpaceTime({ ...input, width, height });
  const { scale, lanes, marks, notes, headX, bottom } = layout;
  const groups = pathGroups(marks);
  const onCanvas = marks.length > CANVAS_FROM;
  const ticks = useMemo(
    () => ticksOf({ fromMs: input.fromMs, toMs: input.toMs }, Math.max(2, (width - LEFT_PX) / 92), wallOffsetMs),
    [input.fromMs, input.toMs, width, wallOffsetMs],
  );
  const underPointer = pointed === null ? null : markAt(marks, pointed.x, pointed.y);
  const current = underPointer ?? marks.find(({ key }) => key === focused) ?? null;

  // React listens to the wheel passively, and the page must not scroll under a zoom.
  const wheel = useRef<(event: WheelEvent) => void>(() => undefined);
  wheel.current = (event) => {
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
    if (!sideways && !event.ctrlKey && !event.metaKey && !event.altKey && height > given) return;
    event.preventDefault();
    const left = box.current?.getBoundingClientRect().left ?? 0;
    if (sideways) pan((event.deltaX || event.deltaY) / (scale.right - scale.left));
    else onWindow(zoomWindow(input, 1.0015 ** event.deltaY, scale.at(event.clientX - left)));
  };
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const listener = (event: WheelEvent) => wheel.current(event);
    element.addEventListener('wheel', listener, { passive: false });
    return () => element.removeEventListener('wheel', listener);
  }, []);

  const pan = (share: number) => {
    const by = (input.toMs - input.fromMs) * share;
    onWindow({ fromMs: input.fromMs + by, toMs: input.toMs + by });
  };

  const place = (event: PointerEvent): { x: number; y: number } => {
    const bounds = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - bounds.left, y: event.clientY - bounds.top + event.currentTarget.scrollTop };
  };

  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { x: event.clientX, moved: false, window: { fromMs: input.fromMs, toMs: input.toMs } };
  };
  const onPointerMove = (event: PointerEvent) => {
    const started = drag.current;
    if (started === null) {
      setPointed(place(event));
      return;
    }
    const dx = event.clientX - started.x;
    if (Math.abs(dx) >= CLICK_PX) started.moved = true;
    if (!started.moved) return;
    const { fromMs, toMs } = started.window;
    const by = (-dx * (toMs - fromMs)) / (scale.right - scale.left);
    onWindow({ fromMs: fromMs + by, toMs: toMs + by });
  };
  const onPointerUp = (event: PointerEvent) => {
    const started = drag.current;
    drag.current = null;
    if (started === null || started.moved) return;
    const { x, y } = place(event);
    const hit = markAt(marks, x, y);
    if (hit !== null) onSelect(hit);
    else if (y < TOP_PX && x >= scale.left) onSeek(scale.at(x));
  };

  const focusStep = (by: 1 | -1) => {
    const index = marks.findIndex(({ key }) => key === focused);
    const next = index === -1 ? marks.at(by > 0 ? 0 : -1) : marks[index + by];
    if (next !== undefined) setFocused(next.key);
  };
  const onKey = (key: string, shift: boolean): boolean => {
    switch (key) {
      case 'ArrowRight':
      case 'ArrowLeft': {
        const direction = key === 'ArrowRight' ? 1 : -1;
        if (shift) pan(PAN_SHARE * direction);
        else focusStep(direction);
        return true;
      }
      case 'Home':
      case 'End':
        setFocused(marks.at(key === 'Home' ? 0 : -1)?.key ?? null);
        return true;
      case '+':
      case '=':
        onWindow(zoomWindow(input, 1 / ZOOM_STEP, input.headMs));
        return true;
      case '-':
        onWindow(zoomWindow(input, ZOOM_STEP, input.headMs));
        return true;
      case '0':
        onWindow(null);
        return true;
      case 'Enter':
        if (current !== null) onSelect(current);
        return current !== null;
      case 'Escape':
        setFocused(null);
        return focused !== null;
      default:
        return false;
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !onKey(event.key, event.shiftKey)) return;
    event.preventDefault();
    event.stopPropagation();
    setPointed(null);
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: a drawing that is explored with the keyboard has no element of its own.
    <div
      ref={box}
      className={styles.box}
      role="group"
      aria-roledescription={t('tabs.spaceTime')}
      aria-label={label}
      aria-description={t('spaceTime.help')}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys above go from mark to mark.
      tabIndex={0}
      onKeyDown={onKeyDown}
      onBlur={() => setFocused(null)}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={() => {
        drag.current = null;
      }}
      onPointerLeave={() => setPointed(null)}
      data-pointing={underPointer !== null || undefined}
    >
      {width > 0 && (
        <>
          {onCanvas && <SpaceTimeCanvas groups={groups} width={width} height={height} left={scale.left} />}
          <svg className={styles.drawing} width={width} height={height} aria-hidden="true">
            <clipPath id={clip}>
              <rect x={scale.left} y={0} width={width - scale.left} height={height} />
            </clipPath>
            {ticks.map(({ atMs, label: text }) => (
              <g key={atMs}>
                <path d={`M${scale.x(atMs)} ${TOP_PX - 4}V${bottom}`} stroke="var(--line-1)" />
                <text className={styles.tick} x={scale.x(atMs)} y={12} textAnchor="middle">
                  {text}
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
            <g clipPath={`url(#${clip})`}>
              {!onCanvas &&
                groups.map(({ key, d, fill, stroke, width: strokeWidth, dash, opacity }) => (
                  <path
                    key={key}
                    d={d}
                    fill={fill ?? 'none'}
                    stroke={stroke ?? 'none'}
                    strokeWidth={strokeWidth}
                    strokeDasharray={dash ?? undefined}
                    strokeLinejoin="round"
                    opacity={opacity}
                  />
                ))}
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
              {current !== null && <Highlight mark={current} />}
            </g>
            {notes.map((note) => (
              <text key={note.key} className={`halo ${styles.note}`} x={note.x} y={note.y} textAnchor={note.anchor}>
                {noteText(t, note, input.selected, voters)}
              </text>
            ))}
            {headX !== null && (
              <>
                <path d={`M${headX} ${TOP_PX - 4}V${bottom + 2}`} stroke="var(--accent)" strokeWidth={1.5} />
                <path d={`M${headX - 5} ${TOP_PX - 6}h10l-5 6Z`} fill="var(--accent)" />
              </>
            )}
          </svg>
          {current !== null && <About mark={current} text={describe(current)} width={width} height={height} />}
        </>
      )}
      <span className="visually-hidden" aria-live="polite">
        {focused !== null && current !== null ? describe(current) : ''}
      </span>
    </div>
  );
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

/** What a mark is, beside it and within the drawing. */
function About(props: { readonly mark: Mark; readonly text: string; readonly width: number; readonly height: number }) {
  const { x, y } = middleOf(props.mark);
  const below = y < props.height / 2;
  return (
    <div
      className={styles.about}
      style={{
        left: Math.min(Math.max(x, 110), Math.max(110, props.width - 130)),
        ...(below ? { top: y + 14 } : { bottom: props.height - y + 14 }),
      }}
    >
      {props.text}
    </div>
  );
}
