import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatInstant, formatTimeOfDay } from '../../components/format.ts';
import { useLanguage } from '../../i18n/i18n.ts';
import { useFrame } from '../../live/use-frame.ts';
import { controls, currentView, usePlayer } from '../../live/use-player.ts';
import { type Drawn, type HeldStrip, Painter } from './painter.ts';
import { type MarkGroup, oldestKnownMs, timeAt } from './scale.ts';
import styles from './track.module.css';

const ZOOM = 1.25;
const MAX_HOVERED = 8;

interface Grip extends HeldStrip {
  readonly pointer: number;
}

/** The strips of the time bar: all that is kept above, the time around the head below. `detailOnly` leaves out the first. */
export function Track({ detailOnly = false }: { readonly detailOnly?: boolean }) {
  const { t } = useTranslation('frame');
  const language = useLanguage();
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawn = useRef<Drawn | null>(null);
  const grip = useRef<Grip | null>(null);
  const [painter] = useState(() => new Painter());
  const [hovered, setHovered] = useState<MarkGroup | null>(null);

  useFrame((view) => {
    if (canvas.current === null) return;
    const picture = painter.paint(canvas.current, view, {
      detailOnly,
      held: grip.current,
      liveLabel: t(view.info?.capabilities.live === false ? 'timeBar.end' : 'timeBar.live'),
    });
    if (picture !== null) drawn.current = picture;
  });

  // React's wheel listeners are passive: this one keeps the page from scrolling.
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      painter.zoom(currentView().speed, event.deltaY > 0 ? ZOOM : 1 / ZOOM);
    };
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  }, [painter]);

  const pointAt = (event: PointerEvent): { x: number; y: number } => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  const groupNear = (x: number, y: number): MarkGroup | null => {
    const picture = drawn.current;
    if (picture === null || picture.overview === null || y > picture.boundaryY) return null;
    return picture.groups.find((group) => Math.abs(group.x - x) <= 8 + 3 * Math.min(2, group.marks.length - 1)) ?? null;
  };

  const down = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0 || drawn.current === null) return;
    const { x, y } = pointAt(event);
    const { overview, detail, boundaryY } = drawn.current;
    const held: HeldStrip =
      overview !== null && y < boundaryY ? { part: 'overview', strip: overview } : { part: 'detail', strip: detail };
    event.currentTarget.setPointerCapture(event.pointerId);
    const mark = groupNear(x, y)?.marks[0];
    if (mark !== undefined && y < 16) {
      controls.seekToEvent(mark.n);
      return;
    }
    grip.current = { ...held, pointer: event.pointerId };
    seek(timeAt(held.strip, x));
  };
  const move = (event: PointerEvent<HTMLDivElement>) => {
    const { x, y } = pointAt(event);
    if (grip.current?.pointer === event.pointerId) seek(timeAt(grip.current.strip, x));
    else setHovered(groupNear(x, y));
  };
  const up = () => {
    grip.current = null;
  };

  const key = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isZoom = event.key === '+' || event.key === '-';
    const { speed } = currentView();
    if (isZoom) painter.zoom(speed, event.key === '+' ? 1 / ZOOM : ZOOM);
    if (isZoom || moveByKey(event.key, painter.windowMs(speed))) event.preventDefault();
  };

  const { now, max, min, text } = usePlayer((view) => ({
    now: view.mode === 'live' ? view.liveN : view.state.n,
    max: view.liveN,
    min: Math.min(view.info?.kept.first ?? 0, view.state.n),
    text: view.mode === 'live' ? t('timeBar.live') : formatTimeOfDay(view.headWallMs, view.mode === 'paused' ? 4 : 0),
  }));

  return (
    <div
      className={styles.track}
      role="slider"
      tabIndex={0}
      aria-label={t('timeBar.label')}
      aria-valuemin={min}
      aria-valuemax={Math.max(min, max)}
      aria-valuenow={now}
      aria-valuetext={text}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={up}
      onPointerLeave={() => setHovered(null)}
      onKeyDown={key}
    >
      <canvas ref={canvas} className={styles.canvas} aria-hidden />
      {hovered !== null && (
        <ul className={styles.hover} style={{ left: `clamp(0px, calc(${hovered.x}px - 80px), calc(100% - 170px))` }}>
          {hovered.marks.slice(-MAX_HOVERED).map((mark) => (
            <li key={mark.n}>
              <time title={formatInstant(mark.wallMs, language)}>{formatTimeOfDay(mark.wallMs, 3)}</time>
              {t(`mark.${mark.kind}`, { sid: mark.sid })}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Moves the instant as a key asks; false for a key that asks nothing of the time. */
function moveByKey(key: string, windowMs: number): boolean {
  const { headMs, mode, info } = currentView();
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      controls.step(1);
      return true;
    case 'ArrowLeft':
    case 'ArrowDown':
      controls.step(-1);
      return true;
    case 'PageUp':
      seek(headMs + windowMs);
      return true;
    case 'PageDown':
      seek(headMs - windowMs);
      return true;
    case 'Home':
      controls.seekToEvent(info?.kept.first ?? 0);
      return true;
    case 'End':
      controls.goLive();
      return true;
    case ' ':
      if (mode === 'paused') controls.play();
      else controls.pause();
      return true;
    default:
      return false;
  }
}

/** Goes to the instant, or to the first one of which anything is known. */
function seek(atMs: number): void {
  const { latest, liveMs, liveWallMs } = currentView();
  controls.seek(Math.min(liveMs, Math.max(oldestKnownMs(latest, liveMs, liveWallMs), atMs)));
}
