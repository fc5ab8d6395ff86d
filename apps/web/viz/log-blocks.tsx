import type { HexString } from '@vivarium/shared/cluster-event';
import type { LogEntry } from '@vivarium/shared/cluster-state';
import { useTranslation } from 'react-i18next';
import { formatZxid, fullZxid } from '../components/format.ts';
import { type BlockState, EntryShape } from './entry-block.tsx';
import { columnLabels } from './log-columns.ts';
import styles from './marks.module.css';

const PREFIX_PX = 27;

export interface LogBlocksProps {
  readonly entries: readonly LogEntry[];
  /** The zxids of the columns (`logColumns` of all servers), the oldest first; without it, the entries' own. */
  readonly align?: readonly HexString[] | undefined;
  readonly selected?: HexString | null | undefined;
  /** Makes each entry something that can be chosen. */
  readonly onSelect?: ((zxid: HexString) => void) | undefined;
  /** From one column to the next, and a block's side, in pixels. */
  readonly pitch?: number;
  readonly size?: number;
  /** Without, only the blocks. */
  readonly labelled?: boolean;
  /** More about an entry, where something is known of it: shown with its zxid and state. */
  readonly detailOf?: (zxid: HexString) => string | undefined;
}

/** The end of one server's log: a block an entry, a hole where the server lacks what another one has. */
export function LogBlocks(props: LogBlocksProps) {
  const { entries, selected = null, onSelect, pitch = 17, size = 11, labelled = true, detailOf } = props;
  const { t } = useTranslation('cluster');
  const columns = props.align ?? entries.map((entry) => entry.zxid);
  const { prefix, labels, epochStarts } = columnLabels(columns);
  const byZxid = new Map(entries.map((entry) => [entry.zxid, entry.state]));
  const left = labelled ? PREFIX_PX : 1;
  const width = left + columns.length * pitch;
  const height = labelled ? 31 : size + 5;
  const newest = entries.at(-1);
  const entrance = columns.findLast((zxid) => byZxid.has(zxid));
  return (
    <svg
      className={styles.log}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role={onSelect === undefined ? 'img' : 'group'}
      aria-label={
        newest === undefined
          ? t('log.empty')
          : t('log.endsWith', { zxid: formatZxid(newest.zxid), state: t(`entry.${newest.state}`) })
      }
    >
      {labelled && columns.length > 0 && (
        <text className={styles.tiny} x={0} y={28}>
          {prefix}
        </text>
      )}
      {epochStarts.map((i) => (
        <path
          key={columns[i]}
          d={`M${left + i * pitch + 0.5} 1V${labelled ? 20 : height - 1}`}
          stroke="var(--line-2)"
          aria-hidden
        />
      ))}
      {columns.length === 0 && labelled && (
        <text className={styles.nothing} x={0} y={14}>
          {t('log.nothing')}
        </text>
      )}
      {columns.map((zxid, i) => (
        <Entry
          key={zxid}
          zxid={zxid}
          state={byZxid.get(zxid) ?? 'absent'}
          left={left + i * pitch}
          label={labelled ? (labels[i] ?? '') : null}
          isSelected={zxid === selected}
          isEntrance={zxid === entrance}
          pitch={pitch}
          size={size}
          onSelect={onSelect}
          detail={detailOf?.(zxid)}
        />
      ))}
    </svg>
  );
}

interface EntryProps {
  readonly zxid: HexString;
  readonly state: BlockState;
  /** Where its column begins. */
  readonly left: number;
  readonly label: string | null;
  readonly isSelected: boolean;
  /** The one entry that the tab key reaches; arrows lead to the others. */
  readonly isEntrance: boolean;
  readonly pitch: number;
  readonly size: number;
  readonly onSelect: ((zxid: HexString) => void) | undefined;
  readonly detail: string | undefined;
}

function Entry(props: EntryProps) {
  const { zxid, state, left, label, isSelected, isEntrance, pitch, size, onSelect, detail } = props;
  const { t } = useTranslation('cluster');
  const x = left + (pitch - size) / 2;
  const y = label === null ? 2.5 : 3.5;
  const shape = <EntryShape state={state} x={x} y={y} size={size} selected={isSelected && state !== 'absent'} />;
  if (state === 'absent') return shape;
  const said = t('log.entry', { zxid: `${formatZxid(zxid)} (${fullZxid(zxid)})`, state: t(`entry.${state}`) });
  const drawn = (
    <>
      <title>{detail === undefined ? said : `${said}\n${detail}`}</title>
      {onSelect && (
        <rect className={styles.hit} x={left} y={0} width={pitch} height={label === null ? size + 5 : 31} rx={2} />
      )}
      {shape}
      {label !== null && (
        <text
          className={styles.tiny}
          x={x + size / 2}
          y={28}
          textAnchor="middle"
          aria-hidden
          data-selected={isSelected || undefined}
        >
          {label}
        </text>
      )}
    </>
  );
  if (onSelect === undefined) return <g>{drawn}</g>;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a drawing has no element for it
    <g
      className={styles.entry}
      role="button"
      tabIndex={isEntrance ? 0 : -1}
      aria-pressed={isSelected}
      onClick={() => onSelect(zxid)}
      onKeyDown={(event) => {
        if (event.key === 'Enter' || event.key === ' ') {
          event.preventDefault();
          onSelect(zxid);
        }
        if (event.key === 'ArrowLeft') focusBeside(event.currentTarget, 'previousElementSibling');
        if (event.key === 'ArrowRight') focusBeside(event.currentTarget, 'nextElementSibling');
      }}
    >
      {drawn}
    </g>
  );
}

/** Moves the focus to the next entry on a side that can be chosen: holes cannot. */
function focusBeside(entry: Element, side: 'previousElementSibling' | 'nextElementSibling'): void {
  let beside = entry[side];
  while (beside !== null && beside.getAttribute('role') !== 'button') beside = beside[side];
  if (beside instanceof SVGElement) beside.focus();
}
