import type { HexString } from '@vivarium/shared/cluster-event';
import { linkKey } from '@vivarium/shared/cluster-state';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { splitZxid } from '../../../components/format.ts';
import { type Message, MIN_TRAVEL_MS } from '../../../live/messages.ts';
import type { PlayerView } from '../../../live/player.ts';
import { useFrame } from '../../../live/use-frame.ts';
import { history } from '../../../live/use-player.ts';
import { messageKind } from '../../../viz/message-shape.ts';
import { roleOf } from '../../../viz/roles.ts';
import { isZxid } from '../inspector/format.ts';
import { type Lane, pointOn } from './geometry.ts';
import { holds, type LinkElements } from './link-layer.tsx';
import { LinkRates } from './link-rates.ts';
import { flightOf } from './message-flight.ts';
import { type DrawnMessage, MessagePool } from './message-pool.ts';
import { type Box, type CardVariant, near } from './ring-layout.ts';
import styles from './stage.module.css';
import { laneBetween, type StageGeometry } from './stage-geometry.ts';

/** Live pictures stand so far behind the newest event, so that a message's receipt is known when it is drawn. */
const LIVE_LAG_MS = 120;
/** Names beside messages can be read only while they are few and slow. */
const MAX_LABELLED = 8;
const LABELLED_SPEED = 0.06;
const COUNTER_EVERY_MS = 250;
const MESSAGE_PX: Readonly<Record<CardVariant, number>> = { full: 10, compact: 10, small: 9, mark: 8 };
/** About the width of a character of a name. */
const CHARACTER_PX = 6.2;

/** A clock that follows another one without its jumps. */
class SmoothClock {
  private shownMs = Number.NaN;
  private lastNowMs = 0;

  follow(targetMs: number, nowMs: number): number {
    const expectedMs = this.shownMs + (nowMs - this.lastNowMs);
    this.lastNowMs = nowMs;
    const error = targetMs - expectedMs;
    this.shownMs = Math.abs(error) < 400 ? expectedMs + error * 0.06 : targetMs;
    return this.shownMs;
  }
}

/**
 * Messages on their way: each a mark that moves from its sender to its receiver for as long as it truly took, scaled by the
 * speed. A link that carries more than an eye can follow shows its thickness and a count instead.
 */
export function MessageLayer({
  geometry,
  links,
  selected,
}: {
  readonly geometry: StageGeometry;
  /** The elements of the drawn links, by `linkKey`. */
  readonly links: ReadonlyMap<string, LinkElements>;
  /** Messages about this transaction are framed. */
  readonly selected: HexString | null;
}) {
  const { t } = useTranslation('cluster');
  const group = useRef<SVGGElement>(null);
  const pool = useRef<MessagePool | null>(null);
  const clock = useRef(new SmoothClock());
  const rates = useRef(new LinkRates());
  const countedAtMs = useRef(0);
  const stepwise = useRef(false);

  useEffect(() => {
    const query = matchMedia('(prefers-reduced-motion: reduce)');
    const read = () => {
      stepwise.current = query.matches;
    };
    read();
    query.addEventListener('change', read);
    return () => query.removeEventListener('change', read);
  }, []);

  useFrame((view) => {
    if (group.current === null) return;
    pool.current ??= new MessagePool(group.current, styles.messageLabel ?? '');
    const nowMs = performance.now();
    const crowded = countLinks(view, nowMs);
    const isLive = view.mode === 'live';
    const headMs = isLive ? clock.current.follow(view.headMs, nowMs) - LIVE_LAG_MS : view.headMs;
    const speed = isLive ? 1 : view.speed;
    const leastMs = view.mode === 'paused' ? 0 : MIN_TRAVEL_MS * speed;
    const sizePx = MESSAGE_PX[geometry.layout.variant];
    const drawn: DrawnMessage[] = [];
    const isSlow = view.mode === 'paused' || speed <= LABELLED_SPEED;
    for (const message of history.messagesAt(headMs, speed)) {
      const key = linkKey(message.from, message.to);
      if (crowded.has(key)) continue;
      const fault = view.state.links[key]?.fault ?? null;
      const flight = flightOf(message, headMs, leastMs, isLive || holds(fault));
      if (flight.kind !== 'flying') continue;
      const lane = laneBetween(geometry, message.from, message.to);
      if (lane === null) continue;
      const progress = stepwise.current ? Math.round(flight.progress) : flight.progress;
      drawn.push(place(message, lane, links.get(key)?.queuePx ?? 0, progress, view, selected));
    }
    const named = drawn.filter(({ label }) => label !== null).length;
    const cards = [...geometry.layout.cards.values()];
    pool.current.draw(isSlow && named <= MAX_LABELLED ? readable(drawn, cards) : drawn.map(unnamed), sizePx);
  });

  /** Writes thickness and count of each drawn link; returns the keys of those that carry too much to show it one by one. */
  function countLinks(view: PlayerView, nowMs: number): ReadonlySet<string> {
    const crowded = new Set<string>();
    const isDue = nowMs - countedAtMs.current >= COUNTER_EVERY_MS;
    if (isDue) countedAtMs.current = nowMs;
    for (const [key, { line, counter }] of links) {
      const { perSecond, isCrowded } = rates.current.sample(key, view.state.links[key]?.sent ?? 0, nowMs);
      if (isCrowded) crowded.add(key);
      if (!isDue) continue;
      line.style.strokeWidth = isCrowded ? `${Math.min(6, 1 + Math.log2(perSecond / 16)).toFixed(1)}px` : '';
      const text = isCrowded ? t('perSecond', { count: Math.round(perSecond) }) : '';
      if (counter.textContent !== text) counter.textContent = text;
    }
    return crowded;
  }

  return <g ref={group} aria-hidden />;
}

function place(
  message: Message,
  lane: Lane,
  queuePx: number,
  progress: number,
  view: PlayerView,
  selected: HexString | null,
): DrawnMessage {
  const sender = view.state.servers[message.from];
  const kind = messageKind(message.packet);
  const isNamed = kind === 'proposal' || kind === 'commit' || kind === 'ack' || kind === 'other';
  return {
    packet: message.packet,
    at: pointOn(lane, queuePx + (lane.length - queuePx) * progress),
    along: lane.along,
    role: kind === 'notification' ? 'looking' : sender === undefined ? 'unknown' : roleOf(sender),
    isSelected: selected !== null && message.zxid === selected && kind !== 'notification',
    label: isNamed ? labelOf(message, lane) : null,
  };
}

function unnamed(message: DrawnMessage): DrawnMessage {
  return message.label === null ? message : { ...message, label: null };
}

/** The messages with their names, except those that would stand on a card or another one's name; a selected one goes first. */
function readable(messages: readonly DrawnMessage[], cards: readonly Box[]): readonly DrawnMessage[] {
  const taken = [...cards];
  const isFree = ({ at, label }: DrawnMessage): boolean => {
    if (label === null) return true;
    const width = label.text.length * CHARACTER_PX;
    const left = label.anchor === 'start' ? 0 : label.anchor === 'end' ? -width : -width / 2;
    const box = { x: at.x + label.at.x + left, y: at.y + label.at.y - 11, width, height: 14 };
    if (taken.some((other) => near(box, other))) return false;
    taken.push(box);
    return true;
  };
  const named = new Set(messages.toSorted((a, b) => Number(b.isSelected) - Number(a.isSelected)).filter(isFree));
  return messages.map((message) => (named.has(message) ? message : unnamed(message)));
}

function labelOf({ packet, zxid }: Message, { away }: Lane): DrawnMessage['label'] {
  const { epoch, counter } = splitZxid(zxid);
  const named = counter === '0' ? (epoch === '0' ? '' : ` ${epoch}·0`) : ` ${counter}`;
  const text = isZxid(zxid) ? packet + named : packet;
  const isSideways = Math.abs(away.x) > 0.35;
  return {
    text,
    at: { x: away.x * 11, y: away.y * 13 + 4 },
    anchor: !isSideways ? 'middle' : away.x > 0 ? 'start' : 'end',
  };
}
