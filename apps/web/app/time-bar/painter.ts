import type { PlayerView } from '../../live/player.ts';
import { history } from '../../live/use-player.ts';
import { drawDetail, drawLens, drawOverview, MARK_GAP_PX, type Palette, readPalette } from './draw.ts';
import {
  clampWindow,
  detailTime,
  groupMarks,
  type MarkGroup,
  overviewTime,
  type Strip,
  windowFor,
  xOf,
} from './scale.ts';

/** More events than this in the detail are drawn as a rate. */
const MAX_SINGLE_EVENTS = 1_500;
/** Live, the strips creep: more pictures a second show nothing more. */
const LIVE_FRAME_MS = 50;
const SIDE_PX = 16;

/** What was drawn: pointers are read against it. */
export interface Drawn {
  readonly overview: Strip | null;
  readonly detail: Strip;
  readonly groups: readonly MarkGroup[];
  /** Above it is the overview, below the detail. */
  readonly boundaryY: number;
}

/** A strip that is being dragged in: it does not move meanwhile. */
export interface HeldStrip {
  readonly part: 'overview' | 'detail';
  readonly strip: Strip;
}

export interface Picture {
  readonly detailOnly: boolean;
  readonly held: HeldStrip | null;
  /** At the newest instant. */
  readonly liveLabel: string;
}

/** Draws the strips on a canvas, when something has changed that can be seen. */
export class Painter {
  private palette: Palette | null = null;
  private theme: string | undefined;
  private detail: { fromMs: number; toMs: number } | null = null;
  /** The window that was chosen by hand, good for the speed that it was chosen at. */
  private zoomed: { speed: number; windowMs: number } | null = null;
  private lastDrawMs = 0;
  private lastDrawn = '';

  /** How much time the detail shows at a speed. */
  windowMs(speed: number): number {
    return this.zoomed?.speed === speed ? this.zoomed.windowMs : windowFor(speed);
  }

  /** Shows more time in the detail (`factor` above 1), or less. */
  zoom(speed: number, factor: number): void {
    this.zoomed = { speed, windowMs: clampWindow(this.windowMs(speed) * factor) };
  }

  /** What is drawn now; null where it stays as it was. */
  paint(canvas: HTMLCanvasElement, view: PlayerView, picture: Picture): Drawn | null {
    if (view.info === null) return null;
    const nowMs = performance.now();
    const isLive = view.mode === 'live';
    if (isLive && nowMs - this.lastDrawMs < LIVE_FRAME_MS) return null;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    const scale = devicePixelRatio;
    const { theme } = document.documentElement.dataset;
    const { headMs, liveMs, liveN } = view;
    const sight = [
      width,
      height,
      scale,
      theme,
      headMs,
      liveN,
      isLive ? '' : Math.floor(liveMs / 250),
      this.windowMs(view.speed),
    ];
    const signature = `${sight.join(' ')} ${picture.held?.strip.fromMs} ${picture.liveLabel} ${document.fonts.status}`;
    if (signature === this.lastDrawn || width === 0) return null;
    this.lastDrawn = signature;
    this.lastDrawMs = nowMs;

    if (this.palette === null || this.theme !== theme) {
      this.palette = readPalette();
      this.theme = theme;
    }
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
    }
    const ctx = canvas.getContext('2d');
    if (ctx === null) return null;
    ctx.setTransform(scale, 0, 0, scale, 0, 0);
    ctx.clearRect(0, 0, width, height);
    return this.draw(ctx, this.palette, width, view, picture);
  }

  private draw(
    ctx: CanvasRenderingContext2D,
    palette: Palette,
    width: number,
    view: PlayerView,
    { detailOnly, held, liveLabel }: Picture,
  ): Drawn {
    const { headMs, headWallMs, liveMs, liveWallMs, latest, mode, info } = view;
    // Between two batches the live head runs on ahead of the last one.
    const overviewHeadMs = mode === 'live' ? liveMs : headMs;
    const side = detailOnly ? 4 : SIDE_PX;
    const ends = { left: side, right: width - side };
    const wallOffsetMs = headWallMs - headMs;
    const boundaryY = detailOnly ? 0 : 43;

    this.detail =
      held?.part === 'detail'
        ? held.strip
        : detailTime(this.detail, headMs, this.windowMs(view.speed), mode === 'live');
    const detail: Strip = { ...this.detail, ...ends };

    let overview: Strip | null = null;
    let groups: readonly MarkGroup[] = [];
    if (!detailOnly) {
      const time = overviewTime(latest, liveMs, liveWallMs, info?.capabilities.live ?? true);
      overview = held?.part === 'overview' ? held.strip : { ...ends, ...time };
      groups = groupMarks(latest.marks, overview, MARK_GAP_PX);
      drawLens(ctx, palette, clampX(xOf(overview, overviewHeadMs), overview), 29, detail, 49);
      drawOverview(
        ctx,
        palette,
        { strip: overview, baseY: 28, labelY: 41 },
        { latest, groups, headMs: overviewHeadMs, liveMs, wallOffsetMs, liveLabel, isLive: mode === 'live' },
      );
    }
    const events = history.eventsBetween(detail.fromMs, detail.toMs, MAX_SINGLE_EVENTS);
    drawDetail(
      ctx,
      palette,
      { strip: detail, topY: detailOnly ? 8 : 49, height: 10, labelY: detailOnly ? 31 : 72 },
      {
        headMs,
        liveMs,
        wallOffsetMs,
        events: events.length < MAX_SINGLE_EVENTS ? events : null,
        groups: groupMarks(latest.marks, detail, MARK_GAP_PX),
        rates: latest.rates,
      },
    );
    return { overview, detail, groups, boundaryY };
  }
}

function clampX(x: number, strip: Strip): number {
  return Math.min(strip.right, Math.max(strip.left, x));
}
