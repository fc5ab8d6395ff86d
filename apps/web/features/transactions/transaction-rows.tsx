import { useVirtualizer } from '@tanstack/react-virtual';
import type { TransactionGapJson, TransactionJson } from '@vivarium/shared/contract/transactions';
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { classNames } from '../../components/class-names.ts';
import { formatInstant, formatZxid, fullZxid } from '../../components/format.ts';
import { useMediaQuery } from '../../components/use-media-query.ts';
import { useLanguage } from '../../i18n/i18n.ts';
import { ChangeLine } from './change-line.tsx';
import { Moment } from './moment.tsx';
import type { ListRow, ListView } from './transaction-list.ts';
import { isHidden, mainPath } from './transaction-text.ts';
import styles from './transactions.module.css';

const ROW_PX = 24;
const COARSE_ROW_PX = 40;
/** Two lines, where the window is narrow. */
const NARROW_ROW_PX = 46;
const GAP_PX = 40;
const NARROW_GAP_PX = 64;
/** Older ones are read when so many rows are left below. */
const AHEAD = 40;

/** Transactions, the newest on top; only the rows in view exist. */
export function TransactionRows({
  view,
  selected,
  sought,
  narrow,
  end,
  onSelect,
  onOlder,
  onAtTop,
}: {
  readonly view: ListView;
  /** The zxid. */
  readonly selected: string | null;
  /** The path that is looked for. */
  readonly sought: string | null;
  readonly narrow: boolean;
  /** Below the last row, where there is nothing older. */
  readonly end: ReactNode;
  readonly onSelect: (zxid: string | null) => void;
  readonly onOlder: () => void;
  readonly onAtTop: (atTop: boolean) => void;
}) {
  const { t } = useTranslation('transactions');
  const scroll = useRef<HTMLDivElement>(null);
  const coarse = useMediaQuery('(pointer: coarse)');
  const { rows, older } = view;
  const rowPx = narrow ? NARROW_ROW_PX : coarse ? COARSE_ROW_PX : ROW_PX;
  const gapPx = narrow ? NARROW_GAP_PX : GAP_PX;
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    getItemKey: (index) => rows[index]?.key ?? index,
    estimateSize: (index) => (rows[index]?.kind === 'gap' ? gapPx : rowPx),
    overscan: 12,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows are measured again when they or their height change.
  useEffect(() => virtualizer.measure(), [rows, rowPx, virtualizer]);
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (older === 'some' && rows.length > 0 && last >= rows.length - AHEAD) onOlder();
  }, [older, last, rows.length, onOlder]);

  const move = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.altKey || event.ctrlKey || event.metaKey) return;
    const index = nextIndex(
      rows,
      selected,
      event.key,
      Math.max(1, Math.floor((scroll.current?.clientHeight ?? 0) / rowPx) - 1),
    );
    if (event.key === 'Escape') onSelect(null);
    const row = index === null ? undefined : rows[index];
    if (index === null || row?.kind !== 'transaction') return;
    event.preventDefault();
    onSelect(row.transaction.zxid);
    virtualizer.scrollToIndex(index);
  };
  return (
    <div className={styles.table}>
      {!narrow && (
        <div className={classNames(styles.row, styles.heads)} aria-hidden>
          <span>{t('list.time')}</span>
          <span>zxid</span>
          <span>{t('list.operation')}</span>
          <span>{t('list.path')}</span>
          <span>{t('list.change')}</span>
          <span>{t('list.session')}</span>
          <span>{t('list.address')}</span>
        </div>
      )}
      <div
        ref={scroll}
        className={styles.scroll}
        role="listbox"
        aria-label={t('list.label')}
        aria-activedescendant={selected === null ? undefined : `transaction-${selected}`}
        tabIndex={0}
        onKeyDown={move}
        onScroll={({ currentTarget }) => onAtTop(currentTarget.scrollTop <= 2)}
      >
        <div className={styles.rows} style={{ height: `${virtualizer.getTotalSize()}px` }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            const place = { transform: `translateY(${item.start}px)`, height: `${item.size}px` };
            return row.kind === 'gap' ? (
              <div key={item.key} className={styles.gap} style={place} role="presentation">
                <GapText gap={row.gap} />
              </div>
            ) : (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys of all its rows.
              <div
                key={item.key}
                id={`transaction-${row.transaction.zxid}`}
                className={classNames(
                  styles.row,
                  narrow && styles.narrow,
                  row.transaction.zxid === selected && styles.selected,
                  row.transaction.error !== 0 && styles.refused,
                )}
                style={place}
                role="option"
                aria-selected={row.transaction.zxid === selected}
                tabIndex={-1}
                onClick={() => onSelect(row.transaction.zxid)}
              >
                <Row transaction={row.transaction} sought={sought} />
              </div>
            );
          })}
        </div>
        <div className={styles.end}>
          {older === 'loading' && <span role="status">{t('list.loadingOlder')}</span>}
          {older === 'failed' && <Button onClick={onOlder}>{t('list.olderFailed')}</Button>}
          {older === 'none' && end}
        </div>
      </div>
    </div>
  );
}

function Row({ transaction, sought }: { readonly transaction: TransactionJson; readonly sought: string | null }) {
  const { t } = useTranslation('transactions');
  const { zxid, timeMs, operation, session, address } = transaction;
  const { path, others } = mainPath(transaction, sought);
  return (
    <>
      <Moment className={styles.time} wallMs={timeMs} />
      <span className={classNames('mono', styles.zxid)} title={fullZxid(zxid)}>
        {formatZxid(zxid)}
      </span>
      <span className={styles.operation}>{operation}</span>
      <span className={classNames('mono', styles.path)} title={path ?? undefined}>
        {isHidden(transaction) ? <i>{t('list.hidden')}</i> : <bdi>{path}</bdi>}
        {others > 0 && path !== null && <small>{t('list.others', { count: others })}</small>}
      </span>
      <span className={styles.change}>
        <ChangeLine transaction={transaction} sought={sought} />
      </span>
      <span className={classNames('mono', styles.session)}>{session}</span>
      <span className={classNames('mono', styles.address)}>{address}</span>
    </>
  );
}

function GapText({ gap }: { readonly gap: TransactionGapJson }) {
  const { t } = useTranslation('transactions');
  const language = useLanguage();
  const { after, until, fromMs, toMs } = gap;
  const zxids = { after: formatZxid(after), until: formatZxid(until) };
  const from = formatInstant(fromMs, language);
  const to = toMs === null ? null : formatInstant(toMs, language);
  return (
    <span title={`${fullZxid(after)} – ${fullZxid(until)}`}>
      <b>{t('gap.title', zxids)}</b>{' '}
      {to === null ? t('gap.since', { from }) : fromMs === 0 ? t('gap.before', { to }) : t('gap.between', { from, to })}
    </span>
  );
}

/** The row that a key leads to; null where it leads nowhere. */
function nextIndex(rows: readonly ListRow[], selected: string | null, key: string, page: number): number | null {
  const places = rows.flatMap((row, index) => (row.kind === 'transaction' ? [index] : []));
  const at = places.findIndex((index) => rows[index]?.key === selected);
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + page,
    PageUp: at - page,
    Home: 0,
    End: places.length - 1,
  };
  const step = steps[key];
  if (step === undefined || places.length === 0) return null;
  return places[Math.min(Math.max(step, 0), places.length - 1)] ?? null;
}
