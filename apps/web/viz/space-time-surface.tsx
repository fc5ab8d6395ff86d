/**
 * What all space–time diagrams have in common: lines from lane to lane over an axis that goes rightwards, zoomed and moved by
 * wheel, drag and keys, explored mark by mark. What the axis counts and what the marks mean is their owner's concern.
 */
import { type KeyboardEvent, type PointerEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import styles from './space-time.module.css';
import { SpaceTimeCanvas } from './space-time-canvas.tsx';
import { markAt, middleOf, type Outline } from './space-time-hit.ts';
import { type LinearScale, type Range, zoomRange } from './space-time-scale.ts';
import { useSize } from './space-time-size.ts';
import type { PathGroup } from './space-time-strokes.ts';

/** Above so many marks a canvas draws them: below, SVG is sharper under zoom and in print. */
const CANVAS_FROM = 1_500;
const ZOOM_STEP = 1.5;
const PAN_SHARE = 0.15;
/** A press that moves less is a click. */
const CLICK_PX = 4;

/** A mark, by a key of its own. */
export type Mark = Outline & { readonly key: string };

/** A diagram laid out for a size. */
export interface Plot<M extends Mark> {
  readonly scale: LinearScale;
  /** In the order in which the keys go through them. */
  readonly marks: readonly M[];
  /** What draws the marks. */
  readonly groups: readonly PathGroup[];
  /** Below the marks: the axis and the lanes. */
  readonly below: ReactNode;
  /** Above the marks, and like them only where the axis is. */
  readonly inside: ReactNode;
  readonly above: ReactNode;
  /** Around the mark that is pointed at. */
  readonly highlight: (mark: M) => ReactNode;
}

export interface SpaceTimeSurfaceProps<M extends Mark> {
  /** How it is called, what it shows now, and how the keys work. */
  readonly name: string;
  readonly label: string;
  readonly help: string;
  /** In px; it scrolls where its place is lower. */
  readonly leastHeight: number;
  readonly range: Range;
  /** Keeps the width of a range within what can be drawn sensibly. */
  readonly clamp: (width: number) => number;
  /** What stays where it is when keys zoom. */
  readonly anchor: number;
  readonly plot: (width: number, height: number) => Plot<M>;
  readonly describe: (mark: M) => string;
  readonly onSelect: (mark: M) => void;
  /** Another range was asked for: by wheel, drag or key. Null: back to the one that it has by itself. */
  readonly onRange: (range: Range | null) => void;
  /** A place without a mark was clicked: where on the axis, and how far from the top in px. */
  readonly onGround: (at: number, y: number) => void;
  /** The mark that is pointed at or focused, null for none. */
  readonly onPoint?: (mark: M | null) => void;
}

/** The drawing, as large as its place. */
export function SpaceTimeSurface<M extends Mark>(props: SpaceTimeSurfaceProps<M>) {
  const { name, label, help, leastHeight, range, clamp, anchor, describe, onSelect, onRange, onGround, onPoint } =
    props;
  const box = useRef<HTMLDivElement>(null);
  const clip = useId();
  const { width, height: given } = useSize(box);
  const height = Math.max(given, leastHeight);
  const [focused, setFocused] = useState<string | null>(null);
  const [pointed, setPointed] = useState<{ readonly x: number; readonly y: number } | null>(null);
  const drag = useRef<{ x: number; moved: boolean; range: Range } | null>(null);

  const { scale, marks, groups, below, inside, above, highlight } = props.plot(width, height);
  const onCanvas = marks.length > CANVAS_FROM;
  const underPointer = pointed === null ? null : markAt(marks, pointed.x, pointed.y);
  const current = underPointer ?? marks.find(({ key }) => key === focused) ?? null;

  const currentKey = current?.key ?? null;
  const tell = useRef<() => void>(() => undefined);
  tell.current = () => onPoint?.(current);
  // biome-ignore lint/correctness/useExhaustiveDependencies: told once a mark, not once a drawing of it.
  useEffect(() => tell.current(), [currentKey]);

  // React listens to the wheel passively, and the page must not scroll under a zoom.
  const wheel = useRef<(event: WheelEvent) => void>(() => undefined);
  wheel.current = (event) => {
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
    if (!sideways && !event.ctrlKey && !event.metaKey && !event.altKey && height > given) return;
    event.preventDefault();
    const left = box.current?.getBoundingClientRect().left ?? 0;
    if (sideways) pan((event.deltaX || event.deltaY) / (scale.right - scale.left));
    else onRange(zoomRange(range, 1.0015 ** event.deltaY, scale.at(event.clientX - left), clamp));
  };
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const listener = (event: WheelEvent) => wheel.current(event);
    element.addEventListener('wheel', listener, { passive: false });
    return () => element.removeEventListener('wheel', listener);
  }, []);

  const pan = (share: number) => {
    const by = (range.to - range.from) * share;
    onRange({ from: range.from + by, to: range.to + by });
  };

  const place = (event: PointerEvent): { x: number; y: number } => {
    const bounds = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - bounds.left, y: event.clientY - bounds.top + event.currentTarget.scrollTop };
  };

  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { x: event.clientX, moved: false, range };
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
    const { from, to } = started.range;
    const by = (-dx * (to - from)) / (scale.right - scale.left);
    onRange({ from: from + by, to: to + by });
  };
  const onPointerUp = (event: PointerEvent) => {
    const started = drag.current;
    drag.current = null;
    if (started === null || started.moved) return;
    const { x, y } = place(event);
    const hit = markAt(marks, x, y);
    if (hit !== null) onSelect(hit);
    else if (x >= scale.left) onGround(scale.at(x), y);
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
        onRange(zoomRange(range, 1 / ZOOM_STEP, anchor, clamp));
        return true;
      case '-':
        onRange(zoomRange(range, ZOOM_STEP, anchor, clamp));
        return true;
      case '0':
        onRange(null);
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
      aria-roledescription={name}
      aria-label={label}
      aria-description={help}
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
            {below}
            <g clipPath={`url(#${clip})`}>
              {!onCanvas && <Paths groups={groups} />}
              {inside}
              {current !== null && highlight(current)}
            </g>
            {above}
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

/** The strokes as SVG. */
function Paths({ groups }: { readonly groups: readonly PathGroup[] }) {
  return groups.map(({ key, d, fill, stroke, width, dash, opacity }) => (
    <path
      key={key}
      d={d}
      fill={fill ?? 'none'}
      stroke={stroke ?? 'none'}
      strokeWidth={width}
      strokeDasharray={dash ?? undefined}
      strokeLinejoin="round"
      opacity={opacity}
    />
  ));
}

/** Where the drawing stands on its axis: a line with a handle above the lanes, which begin at `top`. */
export function HeadLine({ x, top, bottom }: { readonly x: number; readonly top: number; readonly bottom: number }) {
  return (
    <>
      <path d={`M${x} ${top - 4}V${bottom + 2}`} stroke="var(--accent)" strokeWidth={1.5} />
      <path d={`M${x - 5} ${top - 6}h10l-5 6Z`} fill="var(--accent)" />
    </>
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
