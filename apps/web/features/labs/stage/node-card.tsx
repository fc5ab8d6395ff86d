import type { NodePicture, ProtocolInfo, StepRecord } from '@vivarium/labs/history';
import type { LogRecord } from '@vivarium/labs/node-view';
import type { NodeSpec } from '@vivarium/labs/protocol';
import type { HexString } from '@vivarium/shared/cluster-event';
import { useTranslation } from 'react-i18next';
import { EntryShape } from '../../../viz/entry-block.tsx';
import { LogBlocks } from '../../../viz/log-blocks.tsx';
import { RoleShape } from '../../../viz/role-mark.tsx';
import { useSay } from '../use-say.ts';
import { type CardContent, type CardRow, type CardStyle, headerWords } from './card-rows.ts';
import { FactRow } from './fact-value.tsx';
import styles from './lab-stage.module.css';
import { fitText } from './metrics.ts';
import type { Rect } from './place.ts';
import { TimerRow } from './timer-row.tsx';

export interface NodeCardProps {
  readonly spec: NodeSpec;
  readonly node: NodePicture;
  readonly content: CardContent;
  readonly style: CardStyle;
  readonly rect: Rect;
  readonly protocol: ProtocolInfo;
  /** The zxids of the columns of all logs, the oldest first. */
  readonly columns: readonly HexString[];
  /** The history, for when its timers were set. */
  readonly records: readonly StepRecord[];
  readonly isSelected: boolean;
  /** The step that is shown is its own. */
  readonly isActing: boolean;
}

/** A node on the stage: who it is, its state, what it knows, its log, its timers. A drawing without any page around it. */
export function NodeCard(props: NodeCardProps) {
  const { spec, node, content, style, rect, protocol, columns, records, isSelected, isActing } = props;
  const { t } = useTranslation('labsStage');
  const say = useSay();
  const roleText = protocol.roles[node.view.role];
  const role = roleText === undefined ? node.view.role : say(roleText);
  const state = node.status === 'up' ? node.view.state : t(`status.${node.status}`);
  const words = headerWords(spec.id, role, state, style);
  const middle = style.header / 2;
  // Smaller ones have no number.
  const mark = Math.max(16, style.line - 1);
  const nameX = style.padding + mark + 7;
  return (
    <g transform={`translate(${rect.x} ${rect.y})`} className={styles.card} data-status={node.status}>
      <rect
        className={styles.ground}
        width={rect.width}
        height={rect.height}
        rx={4}
        data-selected={isSelected || undefined}
        data-acting={isActing || undefined}
      />
      <g transform={`translate(${style.padding} ${middle - mark / 2})`}>
        <NodeMark spec={spec} node={node} protocol={protocol} size={mark} />
      </g>
      <text x={nameX} y={middle + 4.5} className={styles.name} style={{ fontSize: style.fontSize + 1 }}>
        {spec.id}
        <tspan className={styles.role} dx={5} style={{ fontSize: style.fontSize }}>
          {words.role}
        </tspan>
      </text>
      {words.state !== '' && (
        <g
          className={styles.state}
          data-mood={node.status === 'up' ? node.view.mood : 'calm'}
          transform={`translate(${rect.width - style.padding - words.stateWidth} ${middle - 8.5})`}
        >
          {words.state !== state && <title>{state}</title>}
          <rect width={words.stateWidth} height={17} rx={2} />
          <text x={words.stateWidth / 2} y={12.3} textAnchor="middle" style={{ fontSize: style.fontSize - 1 }}>
            {words.state}
          </text>
        </g>
      )}
      {content.rows.length > 0 && (
        <path className={styles.rule} d={`M${style.padding} ${style.header - 0.5}H${rect.width - style.padding}`} />
      )}
      {content.rows.map((row) => (
        <g key={row.key} transform={`translate(${row.x} ${row.y})`}>
          {row.changed && (
            <path
              className={styles.changed}
              d={`M3 ${row.kind === 'fact' ? -0.5 : -1}H${row.width - 3}V${row.height - 1.5}H3Z`}
            />
          )}
          <Row row={row} style={style} columns={columns} timers={node.timers} records={records} />
        </g>
      ))}
    </g>
  );
}

function Row(props: {
  readonly row: CardRow;
  readonly style: CardStyle;
  readonly columns: readonly HexString[];
  readonly timers: NodePicture['timers'];
  readonly records: readonly StepRecord[];
}) {
  const { row, style, columns, timers, records } = props;
  const { t } = useTranslation('labsStage');
  switch (row.kind) {
    case 'fact':
      return <FactRow row={row} style={style} />;
    case 'columns':
      return (
        <g transform={`translate(${style.padding} 2)`}>
          <LogBlocks
            entries={row.records.map(({ key, state }) => ({ zxid: key, state }))}
            align={columns}
            pitch={pitchOf(style)}
            size={style.line > 17 ? 11 : 9}
            detailOf={(zxid) => row.records.find(({ key }) => key === zxid)?.detail}
          />
        </g>
      );
    case 'records':
      return row.records.map((record, i) => {
        const piece = row.pieces[i];
        if (piece === undefined) return null;
        return (
          <g key={piece.key} transform={`translate(${piece.x} ${piece.line * style.line})`}>
            <Record record={record} width={piece.width} style={style} />
          </g>
        );
      });
    case 'write':
      return (
        <g className={styles.write}>
          <title>{t('notDurable', { what: row.what })}</title>
          <rect x={style.padding + 0.5} y={style.line / 2 - 5.5} width={10} height={10} rx={1.5} />
          <path d={`M${style.padding + 2} ${style.line / 2 + 3}l7 -7m-7 3l4 -4m0 8l3.500 -3.500`} />
          <text x={style.padding + 16} y={style.line * 0.69} style={{ fontSize: style.fontSize - 1 }}>
            {fitText(t('writing', { what: row.what }), row.width - 2 * style.padding - 16, style.fontSize - 1)}
          </text>
        </g>
      );
    case 'timer':
      return (
        <TimerRow row={row} timer={timers.find(({ timer }) => timer === row.timer)} records={records} style={style} />
      );
  }
}

/** From one column of a log to the next, in pixels. */
function pitchOf(style: CardStyle): number {
  return style.line > 17 ? 17 : 14;
}

/** How many columns of a log have room on a card. */
export function columnCount(style: CardStyle): number {
  return Math.max(2, Math.floor((style.width - 2 * style.padding - 27) / pitchOf(style)));
}

function Record(props: { readonly record: LogRecord; readonly width: number; readonly style: CardStyle }) {
  const { record, width, style } = props;
  return (
    <g className={styles.record} data-state={record.state}>
      <title>{record.detail}</title>
      <EntryShape state={record.state} x={0.6} y={style.line / 2 - 5} size={10} />
      <text x={16} y={style.line * 0.69} className={styles.mono} style={{ fontSize: style.fontSize - 1 }}>
        {fitText(record.label, width - 15, style.fontSize - 1, 'mono')}
      </text>
    </g>
  );
}

/** The mark before a node's name: a role's own, or an outline where the roles of servers do not fit. */
export function NodeMark(props: {
  readonly spec: NodeSpec;
  readonly node: NodePicture;
  readonly protocol: ProtocolInfo;
  readonly size: number;
}) {
  const { spec, node, protocol, size } = props;
  const short = shortName(spec.id);
  if (node.status === 'down') return <RoleShape role="down" size={size} />;
  if (node.view.mark !== 'plain') return <RoleShape role={node.view.mark} sid={short} size={size} />;
  // The first role asks, the others answer: a square and discs, as nobody's colour says which.
  const isSquare = Object.keys(protocol.roles).indexOf(node.view.role) === 0;
  return (
    <g transform={`scale(${size / 22})`} className={styles.plain}>
      {isSquare ? <rect x={1} y={1} width={20} height={20} /> : <circle cx={11} cy={11} r={10} />}
      <text x={11} y={15.3} textAnchor="middle" style={{ fontSize: short.length > 1 ? 10.5 : 12 }}>
        {short}
      </text>
    </g>
  );
}

/** What has room in a mark: the number of a name, or its first letter. */
function shortName(id: string): string {
  return /\d{1,2}$/.exec(id)?.[0] ?? id.slice(0, 1);
}
