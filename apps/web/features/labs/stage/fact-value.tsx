import type { Fact } from '@vivarium/labs/node-view';
import type { Text } from '@vivarium/labs/text';
import { useTranslation } from 'react-i18next';
import { QuorumSlots } from '../../../viz/quorum-slots.tsx';
import { useSay } from '../use-say.ts';
import {
  acceptedText,
  type CardRow,
  type CardStyle,
  LOCK_WIDTH,
  namesOf,
  plateWidth,
  slotName,
  slotSide,
  slotsWidth,
  valueWidth,
  zxidText,
} from './card-rows.ts';
import styles from './lab-stage.module.css';
import { fitText } from './metrics.ts';

/** A fact on a card, the value against the right edge; its corner is the row's. */
export function FactRow(props: { readonly row: CardRow & { readonly kind: 'fact' }; readonly style: CardStyle }) {
  const { row } = props;
  const say = useSay();
  const style = row.width === props.style.width ? props.style : { ...props.style, width: row.width };
  const right = style.width - style.padding;
  const baseline = style.line * 0.69;
  const names = namesOf(row.fact);
  const value = row.fact.value;
  const isTallyBelow = value.kind === 'tally' && row.height > style.line * 2;
  const used = isTallyBelow ? 0 : firstLineWidth(row, style, say);
  const label = fitText(row.label, right - style.padding - used - 6, style.fontSize);
  return (
    <>
      <text x={style.padding} y={baseline} className={styles.label} style={{ fontSize: style.fontSize }}>
        {label !== row.label && <title>{row.label}</title>}
        {label}
      </text>
      {names !== null ? (
        <Names row={row} names={names} style={style} />
      ) : (
        <g transform={`translate(0 ${isTallyBelow ? style.line : 0})`}>
          <Value fact={row.fact} style={style} label={row.label} />
        </g>
      )}
    </>
  );
}

/** What the value takes of the line that it shares with its name. */
function firstLineWidth(
  row: CardRow & { readonly kind: 'fact' },
  style: CardStyle,
  say: (text: Text) => string,
): number {
  const first = row.pieces.filter(({ line }) => line === 0).map(({ x }) => x);
  if (first.length > 0) return style.width - style.padding - Math.min(...first);
  const width = valueWidth(row.fact, style, say);
  return row.fact.value.kind === 'tally' ? width : Math.min(width, valueRoom(style));
}

function Value({ fact, style, label }: { readonly fact: Fact; readonly style: CardStyle; readonly label: string }) {
  const { t } = useTranslation('labsStage');
  const say = useSay();
  const { value } = fact;
  const right = style.width - style.padding;
  const baseline = style.line * 0.69;
  const room = valueRoom(style);
  const text = (content: string, className: string | undefined, face: 'ui' | 'mono' = 'mono') => {
    const shown = fitText(content, room, style.fontSize, face);
    return (
      <text x={right} y={baseline} textAnchor="end" className={className} style={{ fontSize: style.fontSize }}>
        {shown !== content && <title>{content}</title>}
        {shown}
      </text>
    );
  };
  switch (value.kind) {
    case 'term':
      return text(value.term, styles.mono);
    case 'text':
      return text(say(value.text), styles.value, 'ui');
    case 'zxid':
      return text(zxidText(value.epoch, value.counter), styles.mono);
    case 'value':
      return <Plate value={value.value} isSettled={value.settled} right={right} room={room} style={style} />;
    case 'accepted': {
      const plate = Math.min(room, plateWidth(value.value, style));
      return (
        <>
          <text
            x={right - plate - 6}
            y={baseline}
            textAnchor="end"
            className={styles.mono}
            style={{ fontSize: style.fontSize }}
          >
            {acceptedText(value.ballot, value.value)}
          </text>
          <Plate value={value.value} isSettled={value.settled} right={right} room={room} style={style} />
        </>
      );
    }
    case 'tally': {
      const size = slotSide(value.of, style);
      return (
        <>
          <title>
            {t('tally', { label, have: value.have.join(', ') || '–', need: value.need, of: value.of.length })}
          </title>
          <QuorumSlots
            x={right - slotsWidth(value.of, style)}
            y={style.line < 17 ? -1 : 0}
            voters={value.of.map(slotName)}
            have={value.have.filter((name) => value.of.includes(name)).map(slotName)}
            against={value.against.filter((name) => value.of.includes(name)).map(slotName)}
            quorum={value.need}
            roleOf="ink"
            size={size}
            gap={3}
            height={size + 6}
          />
        </>
      );
    }
    default:
      return text(t('none'), styles.nothing, 'ui');
  }
}

/** The most that a value takes of a line; what is longer is cut. */
function valueRoom(style: CardStyle): number {
  return Math.max(24, style.width * 0.66 - style.padding);
}

function Plate(props: {
  readonly value: string;
  readonly isSettled: boolean;
  readonly right: number;
  readonly room: number;
  readonly style: CardStyle;
}) {
  const { value, isSettled, right, room, style } = props;
  const width = Math.min(room, plateWidth(value, style));
  const height = style.line - 4;
  const shown = fitText(value, width - 6, style.fontSize - 1);
  return (
    <g className={styles.plate} data-settled={isSettled || undefined}>
      {shown !== value && <title>{value}</title>}
      <rect x={right - width + 0.6} y={1.6} width={width - 1.2} height={height - 1.2} rx={2} />
      <text x={right - width / 2} y={style.line * 0.66} textAnchor="middle" style={{ fontSize: style.fontSize - 1 }}>
        {shown}
      </text>
    </g>
  );
}

function Names(props: {
  readonly row: CardRow & { readonly kind: 'fact' };
  readonly names: readonly string[];
  readonly style: CardStyle;
}) {
  const { row, names, style } = props;
  const { t } = useTranslation('labsStage');
  const isLocks = row.fact.value.kind === 'locks';
  const hidden = names.length - row.pieces.length;
  if (names.length === 0) {
    return (
      <text
        x={style.width - style.padding}
        y={style.line * 0.69}
        textAnchor="end"
        className={styles.nothing}
        style={{ fontSize: style.fontSize }}
      >
        {t('none')}
      </text>
    );
  }
  return (
    <>
      {row.pieces.map((piece, i) => {
        const name = names[i] ?? '';
        const isLast = i === row.pieces.length - 1 && hidden > 0;
        const room = piece.width - (isLocks ? LOCK_WIDTH : 0);
        return (
          <g key={piece.key} transform={`translate(${piece.x} ${piece.line * style.line})`}>
            <title>{isLocks ? t('lockedBy', { lock: name }) : isLast ? names.join(', ') : name}</title>
            {isLocks && <LockShape y={style.line * 0.69 - 9.5} />}
            <text
              x={isLocks ? LOCK_WIDTH : 0}
              y={style.line * 0.69}
              className={styles.mono}
              style={{ fontSize: style.fontSize - 1 }}
            >
              {isLast ? `+${hidden + 1}` : fitText(name, room + 1, style.fontSize - 1, 'mono')}
            </text>
          </g>
        );
      })}
    </>
  );
}

/** A closed lock, 9 pixels wide. */
function LockShape({ y }: { readonly y: number }) {
  return (
    <g transform={`translate(0.5 ${y})`} className={styles.lock}>
      <path d="M2 4.5V3a2.4 2.4 0 0 1 4.8 0v1.5" />
      <rect x={0.6} y={4.5} width={7.6} height={5.6} rx={1} />
    </g>
  );
}
