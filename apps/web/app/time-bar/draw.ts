/** Draws the strips of the time bar on a canvas. */
import type { ClusterState, TimeMark } from '@vivarium/shared/cluster-state';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import { axisTicks, type MarkGroup, roomFor, type Strip, shownMarks, xOf } from './scale.ts';

/** The tokens that the strips use, as the canvas wants them, and the font of their labels. */
export type Palette = Readonly<Record<(typeof paletteTokens)[number] | 'font', string>>;

const paletteTokens = [
  'accent',
  'accent-wash',
  'bg-app',
  'bg-surface',
  'heat-1',
  'ink-2',
  'ink-3',
  'line-2',
  'line-3',
  'role-down',
  'role-follower',
  'role-leader',
  'role-looking',
  'sev-critical',
  'sev-warning',
  'sev-warning-edge',
] as const;

/** Colours and font of the theme that the page has now. */
export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const tokenValue = (token: string) => style.getPropertyValue(`--${token}`).trim();
  const colours = Object.fromEntries(paletteTokens.map((token) => [token, tokenValue(token)]));
  return { ...colours, font: `10px ${tokenValue('font-ui')}` } as unknown as Palette;
}

type Context = CanvasRenderingContext2D;

/** Less than this between two marks, and they are one group. */
export const MARK_GAP_PX = 13;
const SHAPES_OF_GROUP = 3;
const SHAPE_PX = 10;

export interface OverviewGeometry {
  readonly strip: Strip;
  /** Where the ground line is; the rates rise from it. */
  readonly baseY: number;
  readonly labelY: number;
}

/** What the overview shows beside its geometry. */
export interface OverviewScene {
  readonly latest: Pick<ClusterState, 'rates'>;
  readonly groups: readonly MarkGroup[];
  readonly headMs: number;
  readonly liveMs: number;
  readonly wallOffsetMs: number;
  /** At the line of the newest instant. */
  readonly liveLabel: string;
  readonly isLive: boolean;
}

/** The rate of events over all that is known, with its marks, the newest instant and the head. */
export function drawOverview(ctx: Context, palette: Palette, geometry: OverviewGeometry, scene: OverviewScene): void {
  const { strip, baseY } = geometry;
  drawRates(ctx, palette, strip, baseY, 14, scene.latest.rates, scene.wallOffsetMs);
  ctx.fillStyle = palette['line-2'];
  ctx.fillRect(strip.left, baseY, strip.right - strip.left, 1);
  drawAxis(ctx, palette, strip, baseY + 1, geometry.labelY, scene.wallOffsetMs);
  for (const [index, group] of scene.groups.entries()) {
    const shown = shownMarks(group, roomFor(scene.groups, index, SHAPE_PX + 1, SHAPES_OF_GROUP));
    const width = shown.length * (SHAPE_PX + 1);
    const left = clamp(group.x - width / 2, strip.left - 4, strip.right - width + 8);
    ctx.fillStyle = palette['line-3'];
    ctx.fillRect(Math.round(group.x), 15, 1, baseY - 15);
    shown.forEach((mark, place) => {
      drawMark(ctx, palette, mark.kind, left + place * (SHAPE_PX + 1) + SHAPE_PX / 2, 8);
    });
  }
  const liveX = Math.round(xOf(strip, scene.liveMs));
  ctx.fillStyle = palette['ink-2'];
  ctx.fillRect(liveX, 2, 1, baseY - 2);
  ctx.font = palette.font;
  const labelLeft = liveX - 4 - ctx.measureText(scene.liveLabel).width;
  const isFree = scene.groups.every((group) => group.x + MARK_GAP_PX * SHAPES_OF_GROUP < labelLeft);
  if (!scene.isLive && isFree) {
    ctx.fillStyle = palette['ink-3'];
    ctx.textAlign = 'left';
    ctx.fillText(scene.liveLabel, labelLeft, 10);
  }
  ctx.fillStyle = palette.accent;
  ctx.fillRect(clamp(xOf(strip, scene.headMs), strip.left, strip.right) - 0.75, 1, 1.5, baseY);
}

/** The two lines that lead from the head of the overview to the ends of the detail. */
export function drawLens(
  ctx: Context,
  palette: Palette,
  headX: number,
  fromY: number,
  detail: Strip,
  toY: number,
): void {
  ctx.strokeStyle = palette['line-2'];
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(headX, fromY);
  ctx.lineTo(detail.left, toY);
  ctx.moveTo(headX, fromY);
  ctx.lineTo(detail.right, toY);
  ctx.stroke();
}

export interface DetailGeometry {
  readonly strip: Strip;
  readonly topY: number;
  readonly height: number;
  readonly labelY: number;
}

export interface DetailScene {
  readonly headMs: number;
  readonly liveMs: number;
  readonly wallOffsetMs: number;
  /** Events within the strip, the oldest first; null where they are too many to be drawn singly. */
  readonly events: readonly FeedEvent[] | null;
  readonly groups: readonly MarkGroup[];
  readonly rates: ClusterState['rates'];
}

/** The time around the head, each message and vote a line, with the head itself. */
export function drawDetail(ctx: Context, palette: Palette, geometry: DetailGeometry, scene: DetailScene): void {
  const { strip, topY, height } = geometry;
  const width = strip.right - strip.left;
  const headX = clamp(xOf(strip, scene.headMs), strip.left, strip.right);
  ctx.fillStyle = palette['bg-surface'];
  ctx.fillRect(strip.left, topY, width, height);
  ctx.fillStyle = palette['accent-wash'];
  ctx.fillRect(strip.left, topY, headX - strip.left, height);
  if (scene.events === null) {
    drawRates(ctx, palette, strip, topY + height, height - 2, scene.rates, scene.wallOffsetMs);
  } else {
    for (const event of scene.events) drawEvent(ctx, palette, geometry, scene.headMs, event);
  }
  ctx.strokeStyle = palette['line-2'];
  ctx.lineWidth = 1;
  ctx.strokeRect(strip.left + 0.5, topY + 0.5, width - 1, height - 1);
  drawAxis(ctx, palette, strip, topY + height, geometry.labelY, scene.wallOffsetMs);
  for (const [index, group] of scene.groups.entries()) {
    const shown = shownMarks(group, roomFor(scene.groups, index, SHAPE_PX + 1, SHAPES_OF_GROUP));
    const left = clamp(group.x - (shown.length * (SHAPE_PX + 1)) / 2, strip.left, strip.right);
    shown.forEach((mark, place) => {
      ctx.globalAlpha = mark.atMs > scene.headMs ? 0.5 : 1;
      drawMark(ctx, palette, mark.kind, left + place * (SHAPE_PX + 1) + SHAPE_PX / 2, topY + height / 2);
    });
  }
  ctx.globalAlpha = 1;
  drawHead(ctx, palette, headX, topY, height);
}

function drawEvent(ctx: Context, palette: Palette, geometry: DetailGeometry, headMs: number, event: FeedEvent): void {
  const { body, atMs } = event;
  const isVote = body.kind === 'voteSent';
  const isPacket = body.kind === 'packetSent';
  const isWrite = body.kind === 'proposed' || body.kind === 'committed';
  if (!isVote && !isPacket && !isWrite) return;
  const isPing = isPacket && body.packet === 'PING';
  ctx.globalAlpha = atMs > headMs ? 0.4 : 1;
  ctx.fillStyle = palette[isVote ? 'role-looking' : isWrite ? 'ink-2' : isPing ? 'line-2' : 'line-3'];
  const inset = isWrite ? 1 : 3;
  ctx.fillRect(Math.round(xOf(geometry.strip, atMs)), geometry.topY + inset, 1, geometry.height - 2 * inset);
  ctx.globalAlpha = 1;
}

function drawHead(ctx: Context, palette: Palette, x: number, topY: number, height: number): void {
  ctx.fillStyle = palette.accent;
  ctx.fillRect(x - 1, topY - 3, 2, height + 6);
  ctx.beginPath();
  ctx.moveTo(x - 5, topY - 6);
  ctx.lineTo(x + 5, topY - 6);
  ctx.lineTo(x, topY);
  ctx.closePath();
  ctx.fill();
}

/** The area of events a second; its top is the busiest second that is seen, by its root, so that quiet ones show too. */
function drawRates(
  ctx: Context,
  palette: Palette,
  strip: Strip,
  baseY: number,
  height: number,
  rates: ClusterState['rates'],
  wallOffsetMs: number,
): void {
  const seen = rates.filter(
    ([second]) => (second + 1) * 1000 - wallOffsetMs >= strip.fromMs && second * 1000 - wallOffsetMs <= strip.toMs,
  );
  const most = seen.reduce((max, [, events]) => Math.max(max, events), 1);
  ctx.fillStyle = palette['heat-1'];
  ctx.beginPath();
  for (const [second, events] of seen) {
    const from = clamp(xOf(strip, second * 1000 - wallOffsetMs), strip.left, strip.right);
    const to = clamp(xOf(strip, (second + 1) * 1000 - wallOffsetMs), strip.left, strip.right);
    const rise = Math.max(1, Math.sqrt(events / most) * height);
    ctx.rect(from, baseY - rise, to - from, rise);
  }
  ctx.fill();
}

function drawAxis(
  ctx: Context,
  palette: Palette,
  strip: Strip,
  topY: number,
  labelY: number,
  wallOffsetMs: number,
): void {
  ctx.font = palette.font;
  for (const tick of axisTicks(strip, wallOffsetMs, 96)) {
    const x = xOf(strip, tick.atMs);
    ctx.fillStyle = palette['line-3'];
    ctx.fillRect(Math.round(x), topY, 1, 4);
    const half = ctx.measureText(tick.label).width / 2;
    const textX = clamp(x, strip.left + half, strip.right - half);
    ctx.textAlign = 'center';
    ctx.lineWidth = 4;
    ctx.lineJoin = 'round';
    ctx.strokeStyle = palette['bg-app'];
    ctx.strokeText(tick.label, textX, labelY);
    ctx.fillStyle = palette['ink-3'];
    ctx.fillText(tick.label, textX, labelY);
  }
}

/** The shape of a mark around a point: roles keep their own, faults are lines across, care is a plate. */
function drawMark(ctx: Context, palette: Palette, kind: TimeMark['kind'], x: number, y: number): void {
  ctx.lineWidth = 1.5;
  ctx.lineCap = 'butt';
  ctx.setLineDash([]);
  ctx.beginPath();
  switch (kind) {
    case 'election':
      ctx.setLineDash([3.6, 2]);
      ctx.lineWidth = 1.75;
      ctx.strokeStyle = palette['role-looking'];
      ctx.arc(x, y, 4, 0, 2 * Math.PI);
      ctx.stroke();
      ctx.setLineDash([]);
      break;
    case 'elected':
      ctx.fillStyle = palette['role-leader'];
      ctx.fillRect(x - 4, y - 4, 8, 8);
      break;
    case 'started':
    case 'resumed':
    case 'found':
      ctx.fillStyle = palette['role-follower'];
      ctx.arc(x, y, 4, 0, 2 * Math.PI);
      ctx.fill();
      break;
    case 'killed':
    case 'stopped':
    case 'died':
    case 'lost':
      ctx.strokeStyle = palette[kind === 'died' || kind === 'lost' ? 'sev-critical' : 'role-down'];
      ctx.moveTo(x - 4, y - 4);
      ctx.lineTo(x + 4, y + 4);
      ctx.moveTo(x + 4, y - 4);
      ctx.lineTo(x - 4, y + 4);
      ctx.stroke();
      break;
    case 'paused':
      ctx.fillStyle = palette['role-down'];
      ctx.fillRect(x - 3.5, y - 4, 2.5, 8);
      ctx.fillRect(x + 1, y - 4, 2.5, 8);
      break;
    case 'fault':
    case 'healed':
      ctx.strokeStyle = palette[kind === 'fault' ? 'ink-2' : 'line-3'];
      for (const row of [-3.5, 0, 3.5]) {
        ctx.moveTo(x - 4, y + row);
        ctx.lineTo(x + 4, y + row);
      }
      ctx.stroke();
      break;
    case 'warning':
    case 'dropped':
      ctx.fillStyle = palette['sev-warning'];
      ctx.strokeStyle = palette['sev-warning-edge'];
      ctx.lineWidth = 1;
      ctx.moveTo(x, y - 4.5);
      ctx.lineTo(x + 5, y + 4);
      ctx.lineTo(x - 5, y + 4);
      ctx.closePath();
      ctx.fill();
      ctx.stroke();
      break;
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
