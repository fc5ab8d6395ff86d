import { type LinkView, linkKey } from '@vivarium/shared/cluster-state';
import type { LinkFault } from '@vivarium/shared/link-fault';
import type { TFunction } from 'i18next';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../live/messages.ts';
import { MessageShape } from '../../../viz/message-mark.tsx';
import { messageKind } from '../../../viz/message-shape.ts';
import { type Role, roleColour } from '../../../viz/roles.ts';
import { fixed, type Lane, pointOn } from './geometry.ts';
import type { LinkLine } from './link-lines.ts';
import { MAX_FLIGHT_MS } from './message-flight.ts';
import type { Box, Point } from './ring-layout.ts';
import styles from './stage.module.css';

/** What the message layer writes to at each frame. */
export interface LinkElements {
  readonly line: SVGPathElement;
  readonly counter: SVGTextElement;
  /** How far the queue reaches from the sender, in pixels; 0 where none is drawn. */
  readonly queuePx: number;
}

/** Live, a receipt is known only so long after the sending, as servers tell of it in batches. */
const LATE_LIVE_MS = 200;
const PITCH_PX = 13;
const MAX_BLOCKS = 12;
const MAX_LOST = 5;
/** About the width of a character of a note. */
const CHARACTER_PX = 5.8;

/** A fault in a few words: `cut`, `200 ms a packet`, `drops 10%`. */
export function faultText(fault: LinkFault, t: TFunction<'cluster'>): string {
  switch (fault.kind) {
    case 'cut':
      return t('fault.cut');
    case 'slow':
      return t('fault.slow', { ms: fault.delayMs });
    case 'drop':
      return t('fault.drop', { percent: fault.percent });
  }
}

export interface LinkProps {
  readonly line: LinkLine;
  readonly lane: Lane;
  readonly senderRole: Role;
  /** Which end is down: packets end there. */
  readonly deadEnd: 'from' | 'to' | null;
  /** What was under way when that end died. */
  readonly lost: readonly Message[];
  readonly waiting: LinkView['queue'];
  readonly isSelected: boolean;
  /** There is no room for words beside it. */
  readonly isSmall: boolean;
  readonly register: (key: string, elements: LinkElements | null) => void;
  readonly onSelect: (from: number, to: number) => void;
}

/** One direction of a link: its line, the FIFO queue at the sender's end, what disturbs it, what was lost on it. */
export const LinkDrawing = memo(function LinkDrawing(props: LinkProps) {
  const { line, lane, senderRole, deadEnd, lost, waiting, isSelected, isSmall, register, onSelect } = props;
  const { t } = useTranslation('cluster');
  const fault = line.link?.fault ?? null;
  const shown = waiting.slice(0, Math.max(1, Math.min(MAX_BLOCKS, Math.floor((lane.length * 0.55) / PITCH_PX))));
  const tube = shown.length === 0 ? 0 : shown.length * PITCH_PX + 5;
  const middle = pointOn(lane, tube + (lane.length - tube) / 2);
  const path = `M${fixed(lane.from)}L${fixed(lane.to)}`;
  const isCut = fault?.kind === 'cut';
  return (
    <g
      className={styles.link}
      data-use={line.use}
      data-selected={isSelected || undefined}
      data-cut={isCut || undefined}
    >
      <path
        ref={(element) => {
          const counter = element?.parentElement?.querySelector<SVGTextElement>('[data-counter]') ?? null;
          register(line.key, element === null || counter === null ? null : { line: element, counter, queuePx: tube });
        }}
        className={styles.line}
        d={path}
      />
      {line.use === 'quorum' && <path className={styles.tip} d={openHead(lane)} />}
      {tube > 0 && (
        <g>
          <path className={styles.tube} d={tubePath(lane, tube)} />
          {shown.map((packet, i) => {
            const at = pointOn(lane, 3 + tube - 8 - i * PITCH_PX);
            const kind = messageKind(packet.packet);
            return (
              <g key={`${packet.sentAtMs} ${packet.packet} ${packet.zxid}`} transform={`translate(${fixed(at)})`}>
                <MessageShape
                  kind={kind}
                  colour={kind === 'notification' ? 'var(--role-looking)' : roleColour(senderRole)}
                  size={9}
                />
              </g>
            );
          })}
        </g>
      )}
      {deadEnd !== null && <DeadEnd lane={lane} end={deadEnd} lost={isSmall ? NO_MESSAGES : lost} />}
      {deadEnd === null && isCut && <path className={styles.cut} d={cross(middle, 5)} />}
      {!isSmall && deadEnd === null && (
        <LinkNotes lane={lane} tube={tube} waiting={waitingCount(line.link, waiting)} fault={fault} middle={middle} />
      )}
      <text
        className={styles.counter}
        data-counter
        x={middle.x + lane.away.x * 12}
        y={middle.y + lane.away.y * 12 + 4}
      />
      {/* biome-ignore lint/a11y/useSemanticElements: an SVG path has no element for it */}
      <path
        className={styles.hit}
        d={path}
        role="button"
        tabIndex={0}
        aria-label={linkName(line, waiting.length, fault, t)}
        aria-pressed={isSelected}
        onClick={() => onSelect(line.from, line.to)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' && event.key !== ' ') return;
          event.preventDefault();
          onSelect(line.from, line.to);
        }}
      />
    </g>
  );
}, sameLink);

/** Nothing that can be seen differs: a count of packets that passed is written by the message layer. */
function sameLink(a: LinkProps, b: LinkProps): boolean {
  return (
    a.lane === b.lane &&
    a.line.key === b.line.key &&
    a.line.use === b.line.use &&
    a.line.link?.fault === b.line.link?.fault &&
    (a.waiting.length === 0 && b.waiting.length === 0
      ? true
      : a.waiting === b.waiting && a.line.link?.waiting === b.line.link?.waiting) &&
    a.senderRole === b.senderRole &&
    a.deadEnd === b.deadEnd &&
    a.lost === b.lost &&
    a.isSelected === b.isSelected &&
    a.onSelect === b.onSelect
  );
}

const NOTHING: LinkView['queue'] = [];
const NO_MESSAGES: readonly Message[] = [];

/**
 * What waits at the sender at the instant: all of a disturbed link, else what is later than any way takes. A vote that was
 * replaced by a newer one before it left is never received, so votes are shown only where something holds them.
 */
export function waitingOn({ link, use }: LinkLine, headMs: number, isLive: boolean): LinkView['queue'] {
  const lateMs = isLive ? LATE_LIVE_MS : MAX_FLIGHT_MS;
  if (link === null || link.queue.length === 0 || use === 'broken') return NOTHING;
  const isHeld = holds(link.fault);
  const waiting = link.queue.filter(({ packet, sentAtMs }) =>
    packet === 'NOTIFICATION' ? use === 'election' && isHeld : isHeld || headMs - sentAtMs > lateMs,
  );
  return waiting.length === 0 ? NOTHING : waiting;
}

/** Whether a link with the fault keeps what it is given. */
export function holds(fault: LinkFault | null): boolean {
  return fault?.kind === 'cut' || fault?.kind === 'slow';
}

/** How many wait in all, where only the first of them are known one by one. */
function waitingCount(link: LinkView | null, waiting: LinkView['queue']): number {
  return link === null ? 0 : waiting.length + link.waiting - link.queue.length;
}

function linkName(line: LinkLine, waiting: number, fault: LinkFault | null, t: TFunction<'cluster'>): string {
  const parts = [t('link.name', { from: line.from, to: line.to })];
  if (line.use === 'broken') parts.push(t('link.broken'));
  if (waiting > 0) parts.push(t('link.waiting', { count: waiting }));
  if (fault !== null) parts.push(faultText(fault, t));
  return parts.join(', ');
}

function LinkNotes(props: {
  readonly lane: Lane;
  readonly tube: number;
  readonly waiting: number;
  readonly fault: LinkFault | null;
  readonly middle: { readonly x: number; readonly y: number };
}) {
  const { lane, tube, waiting, fault, middle } = props;
  const { t } = useTranslation('cluster');
  const notes = [
    tube > 0 ? t('link.waiting', { count: waiting }) : null,
    fault === null ? null : faultText(fault, t),
  ].filter((note) => note !== null);
  if (notes.length === 0) return null;
  const isSideways = Math.abs(lane.away.x) > 0.35;
  const lines = isSideways ? notes : [notes.join(t('listComma'))];
  const widthPx = Math.max(...lines.map((line) => line.length)) * CHARACTER_PX;
  // A line that climbs would run through a text centred beside it.
  const side =
    (isSideways ? 5 + lines.length * 8 * Math.abs(lane.along.x) : 8 + (Math.abs(lane.along.y) * widthPx) / 2) +
    (tube > 0 ? 8 : 6);
  const beside = tube > 0 ? pointOn(lane, Math.max(isSideways ? 18 : widthPx / 2, tube / 2), side) : null;
  const at = beside ?? { x: middle.x + lane.away.x * side, y: middle.y + lane.away.y * side };
  const anchor = !isSideways ? 'middle' : lane.away.x > 0 ? 'start' : 'end';
  const top = isSideways ? at.y - (lines.length - 1) * 7 + 4 : at.y + 4;
  return (
    <text className={styles.note} x={at.x} y={top} textAnchor={anchor} aria-hidden>
      {lines.map((note, i) => (
        <tspan key={note} x={at.x} dy={i === 0 ? 0 : 14}>
          {note}
        </tspan>
      ))}
    </text>
  );
}

/** Where a line ends at a dead server: a cross for both directions, and what was lost in this one. */
function DeadEnd({
  lane,
  end,
  lost,
}: {
  readonly lane: Lane;
  readonly end: 'from' | 'to';
  readonly lost: readonly Message[];
}) {
  const { t } = useTranslation('cluster');
  if (end === 'to' && lost.length === 0) return null;
  const blocks = lost.slice(0, MAX_LOST);
  const { x, y } = lostPlace(lane, end);
  return (
    <g aria-hidden>
      {end === 'from' && <path className={styles.deadEnd} d={cross({ x: x - 13, y }, 4)} />}
      {blocks.length > 0 && (
        <g className={styles.lost}>
          <rect x={x - 5} y={y - 8} width={blocks.length * 11 + 46} height={16} />
          {blocks.map((message, i) => (
            <g key={message.n} transform={`translate(${x + 4 + i * 11} ${y})`}>
              <MessageShape kind={messageKind(message.packet)} colour="var(--line-3)" size={8} />
            </g>
          ))}
          <text x={x + blocks.length * 11 + 4} y={y + 4}>
            {t('link.lost', { count: lost.length })}
          </text>
        </g>
      )}
    </g>
  );
}

function lostPlace(lane: Lane, end: 'from' | 'to'): Point {
  // What came from the dead server and what went to it keep apart: one behind the other on a steep line, else below.
  const isSteep = Math.abs(lane.along.y) > 0.45;
  const isFirst = end === 'from';
  const distance = Math.min(22, lane.length * 0.2) + (isFirst || !isSteep ? 0 : 19 / Math.abs(lane.along.y));
  const at = pointOn(lane, isFirst ? distance : lane.length - distance);
  return { x: at.x + 13, y: at.y + (isFirst || isSteep ? 0 : 17) };
}

/** The room that the lost messages of a line take. */
export function lostBox(lane: Lane, end: 'from' | 'to', lost: readonly Message[]): Box {
  const { x, y } = lostPlace(lane, end);
  return { x: x - 20, y: y - 9, width: Math.min(lost.length, MAX_LOST) * 11 + 66, height: 18 };
}

/** The messages that died with one end of a link, by `linkKey`. */
export function lostByLink(messages: readonly Message[], atMs: number): ReadonlyMap<string, readonly Message[]> {
  const lost = new Map<string, Message[]>();
  for (const message of messages) {
    if (message.lostAtMs === null || Math.abs(message.lostAtMs - atMs) > 1 || messageKind(message.packet) === 'ping')
      continue;
    const key = linkKey(message.from, message.to);
    lost.set(key, [...(lost.get(key) ?? []), message]);
  }
  return lost;
}

function openHead({ to, along, away }: Lane): string {
  const side = (sign: number) => ({
    x: to.x - along.x * 5 + away.x * 2.6 * sign,
    y: to.y - along.y * 5 + away.y * 2.6 * sign,
  });
  return `M${fixed(side(1))}L${fixed(to)}L${fixed(side(-1))}`;
}

/** A tube that is open where the next packet leaves. */
function tubePath(lane: Lane, length: number): string {
  const corner = (distance: number, side: number) => fixed(pointOn(lane, distance, side));
  return `M${corner(3 + length, -7.5)}L${corner(3, -7.5)}L${corner(3, 7.5)}L${corner(3 + length, 7.5)}`;
}

function cross({ x, y }: { readonly x: number; readonly y: number }, reach: number): string {
  return `M${x - reach} ${y - reach}l${2 * reach} ${2 * reach}M${x + reach} ${y - reach}l${-2 * reach} ${2 * reach}`;
}
