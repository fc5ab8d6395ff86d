import type { FlightPicture } from '@vivarium/labs/history';
import type { MessageId } from '@vivarium/simulation/stepped/journal';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { lab, useLab } from '../lab-store.ts';
import styles from './lab-stage.module.css';
import { placeLabels } from './label-place.ts';
import { fitText, textWidth } from './metrics.ts';
import { messageOf, queued, type Travel, travels } from './motion.ts';
import type { StageLayout } from './stage-layout.ts';
import { fixed, headingOn, type Point, pathAlong, pointOn, reversed, type Way } from './way.ts';

const LABEL_HEIGHT = 15;
const MANY_MESSAGES = 8;
/** Between two messages on one way, and how far the first one stands from the card of its sender, in pixels. */
const GAP_PX = 17;
const INSET_PX = 9;
const TAIL_PX = 24;
/** How far beside the line messages go, so that those that meet do not hide one another. */
const LANE_PX = 3.5;

export interface MessageLayerProps {
  readonly layout: StageLayout;
  readonly wayOf: (from: NodeId, to: NodeId) => Way | null;
  /** Called with the message that is pointed at, or has the focus; null for none. */
  readonly onPoint: (at: { readonly flight: FlightPicture; readonly point: Point } | null) => void;
}

/** A message as it is drawn at some `u`. */
interface Drawn extends Travel {
  readonly way: Way;
  readonly point: Point;
}

/** The messages under way, the one that the step delivered, and the one that it lost. */
export function MessageLayer({ layout, wayOf, onPoint }: MessageLayerProps) {
  const { t } = useTranslation('labsStage');
  const u = useLab((state) => state.u);
  const branch = useLab((state) => state.branch);
  const selected = useLab((state) => (state.selected?.kind === 'message' ? state.selected.id : null));
  const n = Math.floor(u + 1e-6);
  const labelPx = layout.isNarrow ? 10.5 : 11.5;
  const next = branch.records[n] === undefined ? null : messageOf(branch.records[n]);
  const drawnAt = (at: number): readonly Drawn[] => drawTravels(at, n, branch, wayOf);
  // Labels keep their side for a whole step: one that changed it on the way would be hard to read.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `drawnAt` is made of these
  const labels = useMemo(() => {
    const drawn = drawnAt(n);
    // Many long labels would hide the stage: then a message is called by its type only.
    const most = layout.isNarrow ? 84 : drawn.length > MANY_MESSAGES ? 110 : 180;
    const items = drawn.map(({ flight, point, way, share }) => {
      const isLong = textWidth(flight.label, labelPx, 'mono') > most;
      const texts = [...new Set(isLong ? [flight.type] : [flight.label, flight.type])].map((text) =>
        fitText(text, most, labelPx, 'mono'),
      );
      const widths = texts.map((text) => textWidth(text, labelPx, 'mono') + 2);
      return { id: flight.id, texts, widths, height: LABEL_HEIGHT, x: point.x, y: point.y, tail: tailOf(way, share) };
    });
    const first = next?.id;
    items.sort((a, b) => (a.id === first ? -1 : b.id === first ? 1 : a.id - b.id));
    const places = placeLabels(items, [...layout.cards.values()], layout.size);
    return new Map(
      items.map(({ id, texts }) => {
        const at = places.get(id) ?? null;
        return [id, { text: texts[at?.text ?? 0] ?? '', at }];
      }),
    );
  }, [n, branch, layout, wayOf, next?.id, labelPx]);
  return drawnAt(u).map((drawn) => {
    const { flight, state, point, way } = drawn;
    const label = labels.get(flight.id);
    const name = t(`message.${flight.held && state === 'flies' ? 'held' : state}`, {
      label: flight.label,
      from: flight.from,
      to: flight.to,
    });
    const tail = way.length > 0 ? TAIL_PX / way.length : 0;
    return (
      // biome-ignore lint/a11y/useSemanticElements: a drawing has no element for it
      <g
        key={`${state} ${flight.id}`}
        className={styles.message}
        role="button"
        tabIndex={0}
        aria-label={flight.tampered ? `${name} ${t('message.tampered')}` : name}
        aria-pressed={flight.id === selected}
        data-state={state}
        data-next={(flight.id === next?.id && state === 'flies') || undefined}
        data-tampered={flight.tampered || undefined}
        data-selected={flight.id === selected || undefined}
        onPointerEnter={() => onPoint({ flight, point })}
        onPointerLeave={() => onPoint(null)}
        onFocus={() => onPoint({ flight, point })}
        onBlur={() => onPoint(null)}
        onClick={() => toggle(flight.id, selected)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' && event.key !== ' ') return;
          event.preventDefault();
          toggle(flight.id, selected);
        }}
      >
        {state === 'came' ? (
          <Came way={way} />
        ) : state === 'lost' ? (
          <>
            <path className={styles.lostTail} d={pathAlong(way, Math.max(0, drawn.share - 3 * tail), drawn.share)} />
            <path className={styles.lost} d={cross(point)} />
          </>
        ) : (
          <g opacity={fixed(1 - drawn.gone * 0.8)} transform={`translate(0 ${fixed(drawn.gone * 12)})`}>
            <path className={styles.tail} d={pathAlong(way, Math.max(0, drawn.share - tail), drawn.share)} />
            {flight.tampered ? (
              <path className={styles.dot} d={`M${fixed(point.x)} ${fixed(point.y - 7)}l6.5 11.500h-13Z`} />
            ) : (
              <circle
                className={styles.dot}
                cx={fixed(point.x)}
                cy={fixed(point.y)}
                r={flight.id === next?.id ? 5.5 : 4.5}
              />
            )}
            {flight.held && <circle className={styles.held} cx={fixed(point.x)} cy={fixed(point.y)} r={9} />}
          </g>
        )}
        <circle cx={fixed(point.x)} cy={fixed(point.y)} r={13} fill="transparent" />
        {label?.at && (
          <text
            className={`${styles.messageLabel} halo`}
            x={fixed(point.x + label.at.dx)}
            y={fixed(point.y + label.at.dy + labelPx * 0.36)}
            textAnchor="middle"
            style={{ fontSize: labelPx }}
          >
            {label.text}
          </text>
        )}
      </g>
    );
  });
}

function tailOf(way: Way, share: number): Point {
  return pointOn(way, Math.max(0, share - TAIL_PX / Math.max(TAIL_PX, way.length)));
}

function toggle(id: MessageId, selected: MessageId | null): void {
  lab.select(id === selected ? null : { kind: 'message', id });
}

/** The last stretch of a way, with its head at the receiver: what the step delivered. */
function Came({ way }: { readonly way: Way }) {
  const tip = pointOn(way, 1);
  const heading = headingOn(way, 1);
  const angle = (Math.atan2(heading.y, heading.x) * 180) / Math.PI;
  return (
    <>
      <path className={styles.came} d={pathAlong(way, Math.max(0, 1 - 60 / Math.max(60, way.length)), 1)} />
      <path
        className={styles.cameHead}
        d="M3 0L-6 -4.2V4.2Z"
        transform={`translate(${fixed(tip.x)} ${fixed(tip.y)}) rotate(${fixed(angle)})`}
      />
    </>
  );
}

function cross({ x, y }: Point): string {
  return `M${fixed(x - 4.5)} ${fixed(y - 4.5)}l9 9m0 -9l-9 9`;
}

/** All messages at `u` with the points where they are. */
function drawTravels(
  u: number,
  n: number,
  branch: Parameters<typeof recordsAround>[0],
  wayOf: MessageLayerProps['wayOf'],
): readonly Drawn[] {
  const { here, next, picture } = recordsAround(branch, n);
  const spaced = queued(travels(u, picture, here, next), (flight, count) => {
    const length = wayOf(flight.from, flight.to)?.length ?? 100;
    return Math.min(GAP_PX / Math.max(length, GAP_PX), 0.92 / count);
  });
  return spaced.flatMap((travel) => {
    const { from, to } = travel.flight;
    const between = wayOf(from, to);
    if (between === null) return [];
    const way = lane(from < to ? between : reversed(between));
    const inset = Math.min(0.2, INSET_PX / Math.max(1, way.length));
    const share = travel.state === 'came' ? 0.72 : inset + (1 - 1.4 * inset) * travel.share;
    return [{ ...travel, share, way, point: pointOn(way, share) }];
  });
}

function recordsAround(
  branch: {
    readonly records: readonly Parameters<typeof messageOf>[0][];
    pictureAt(n: number): Parameters<typeof travels>[1];
  },
  n: number,
) {
  return { picture: branch.pictureAt(n), here: branch.records[n - 1] ?? null, next: branch.records[n] ?? null };
}

/** The way a little to the right of its middle, as one walks it. */
function lane(way: Way): Way {
  const length = Math.hypot(way.to.x - way.from.x, way.to.y - way.from.y) || 1;
  const dx = (-(way.to.y - way.from.y) / length) * LANE_PX;
  const dy = ((way.to.x - way.from.x) / length) * LANE_PX;
  const moved = ({ x, y }: Point) => ({ x: x + dx, y: y + dy });
  return { ...way, from: moved(way.from), bend: moved(way.bend), to: moved(way.to) };
}
