import { History, ListFilter } from 'lucide-react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { sourceName } from '../../app/frame/source-name.ts';
import { useGo, useLocation } from '../../app/location.ts';
import { Button } from '../../components/button.tsx';
import { formatCount, formatInstant } from '../../components/format.ts';
import { EmptyState, ErrorState, Skeleton } from '../../components/states.tsx';
import { useIsNarrow } from '../../components/use-media-query.ts';
import { useLanguage } from '../../i18n/i18n.ts';
import { ApiFailure } from '../../live/api.ts';
import { controls, usePlayer } from '../../live/use-player.ts';
import { type Filter, filterOf, isFiltered, NO_FILTER, placeChange } from './filter.ts';
import { FilterBar } from './filter-bar.tsx';
import { TransactionDetail } from './transaction-detail.tsx';
import type { ListView } from './transaction-list.ts';
import { TransactionRows } from './transaction-rows.tsx';
import styles from './transactions.module.css';
import { useBound, useTransactions } from './use-transactions.ts';

const SLOW_MS = 2_000;

/** Transactions: what was committed, by whom, and what it did, live and past. */
export function TransactionsPage() {
  const { t } = useTranslation('transactions');
  const { t: frame } = useTranslation('frame');
  const language = useLanguage();
  const { cluster } = useLocation();
  const info = usePlayer((view) => view.info);
  if (info === null || info.id !== cluster) return <Skeleton lines={12} />;
  if (!info.capabilities.transactions) {
    const name = sourceName(frame, language, info);
    return (
      <EmptyState title={t('page.none')} icon={<History size={22} strokeWidth={1.25} />}>
        {t(info.kind === 'attached' ? 'page.noneAttached' : 'page.noneOther', { name })}
      </EmptyState>
    );
  }
  return <Transactions key={cluster} cluster={cluster} />;
}

function Transactions({ cluster }: { readonly cluster: string }) {
  const { t } = useTranslation('transactions');
  const place = useLocation();
  const go = useGo();
  const narrow = useIsNarrow();
  const bound = useBound();
  const filter = useMemo(() => filterOf(place), [place]);
  const { view, list } = useTransactions(cluster, filter, bound);
  const [atTop, setAtTop] = useState(true);
  const [showsFilters, setShowsFilters] = useState(false);
  const selected = place.select !== null && /^0x[0-9a-f]{1,16}$/.test(place.select) ? place.select : null;
  const sought = filter.path;

  // Whoever has scrolled, or looks at one of them, reads: the list must not move under his eyes.
  const isRead = !atTop || selected !== null;
  useEffect(() => list?.setHold(isRead), [list, isRead]);

  const onSelect = useCallback((zxid: string | null) => go({ select: zxid }), [go]);
  const onFilter = useCallback((change: Partial<Filter>) => go(placeChange(change)), [go]);
  const onOlder = useCallback(() => void list?.loadOlder(), [list]);
  const showsList = !narrow || selected === null;
  const filtered = isFiltered(filter);
  return (
    <div className={styles.page}>
      <div className={styles.bar}>
        <h1>{t('page.title')}</h1>
        {narrow && (
          <Button aria-expanded={showsFilters} onClick={() => setShowsFilters(!showsFilters)}>
            <ListFilter size={14} strokeWidth={1.5} aria-hidden />
            {filtered ? t('filter.some') : t('filter.show')}
          </Button>
        )}
        {(!narrow || showsFilters) && <FilterBar filter={filter} onChange={onFilter} />}
      </div>
      {bound !== null && <PastLine />}
      {view.state === 'ready' && view.error !== null && (
        <p className={styles.fault} role="alert">
          {t('list.pollFailed')}
        </p>
      )}
      <div className={selected === null || narrow ? styles.panes : `${styles.panes} ${styles.split}`}>
        {showsList && (
          <div className={styles.pane}>
            {view.newer > 0 && (
              <div className={styles.newer}>
                <Button
                  variant="primary"
                  onClick={() => {
                    list?.showNewer();
                    document.querySelector(`.${styles.scroll}`)?.scrollTo({ top: 0 });
                  }}
                >
                  <NewerText view={view} />
                </Button>
              </div>
            )}
            <ListOrState
              view={view}
              filtered={filtered}
              isPast={bound !== null}
              onRetry={() => void list?.start()}
              onClear={() => onFilter(NO_FILTER)}
            >
              <TransactionRows
                key={JSON.stringify(filter)}
                view={view}
                selected={selected}
                sought={sought}
                narrow={narrow}
                end={<End view={view} filtered={filtered} />}
                onSelect={onSelect}
                onOlder={onOlder}
                onAtTop={setAtTop}
              />
            </ListOrState>
          </div>
        )}
        {selected !== null && (
          <TransactionDetail
            key={selected}
            cluster={cluster}
            zxid={selected}
            narrow={narrow}
            onClose={() => onSelect(null)}
          />
        )}
      </div>
    </div>
  );
}

function NewerText({ view: { newer, moreNewer } }: { readonly view: ListView }) {
  const { t } = useTranslation('transactions');
  const language = useLanguage();
  const total = formatCount(newer, language);
  return <>{t(moreNewer ? 'list.newerMany' : 'list.newer', { count: newer, total })}</>;
}

/** The list, or what stands in its place. */
function ListOrState({
  view,
  filtered,
  isPast,
  onRetry,
  onClear,
  children,
}: {
  readonly view: ListView;
  readonly filtered: boolean;
  readonly isPast: boolean;
  readonly onRetry: () => void;
  readonly onClear: () => void;
  readonly children: React.ReactNode;
}) {
  const { t } = useTranslation('transactions');
  const isSlow = useSlow(view.state === 'first');
  if (view.state === 'first') {
    return (
      <>
        <Skeleton lines={14} />
        {isSlow && (
          <p className={styles.note} role="status">
            {t('list.slow')}
          </p>
        )}
      </>
    );
  }
  if (view.state === 'failed') {
    const { error } = view;
    return (
      <ErrorState
        title={t('list.failed')}
        error={error instanceof ApiFailure ? error.error : null}
        onRetry={onRetry}
        actions={filtered && <Button onClick={onClear}>{t('filter.clear')}</Button>}
      />
    );
  }
  if (view.rows.length > 0) return children;
  return (
    <EmptyState
      title={t(filtered ? 'list.noMatch' : 'list.empty')}
      icon={<History size={22} strokeWidth={1.25} />}
      actions={filtered && <Button onClick={onClear}>{t('filter.clear')}</Button>}
    >
      {filtered ? <Kept view={view} /> : t(isPast ? 'list.emptyThen' : 'list.emptyText')}
    </EmptyState>
  );
}

/** What stands below the oldest row. */
function End({ view, filtered }: { readonly view: ListView; readonly filtered: boolean }) {
  const { t } = useTranslation('transactions');
  return (
    <p>
      {filtered && `${t('list.noOlder')} `}
      <Kept view={view} />
    </p>
  );
}

function Kept({ view: { kept } }: { readonly view: ListView }) {
  const { t } = useTranslation('transactions');
  const language = useLanguage();
  if (kept === null) return <>{t('list.emptyText')}</>;
  const total = formatCount(kept.count, language);
  return <>{t('list.kept', { count: kept.count, total, from: formatInstant(kept.fromMs, language) })}</>;
}

/** Says that the list ends in the past. */
function PastLine() {
  const { t } = useTranslation('transactions');
  const language = useLanguage();
  const wallMs = usePlayer((view) => Math.floor(view.headWallMs / 1000) * 1000);
  return (
    <div className={styles.past} role="status">
      <p>{t('page.past', { time: formatInstant(wallMs, language) })}</p>
      <Button onClick={controls.goLive}>{t('page.goLive')}</Button>
    </div>
  );
}

/** Whether it has been so for longer than an answer should take. */
function useSlow(isWaiting: boolean): boolean {
  const [isSlow, setIsSlow] = useState(false);
  useEffect(() => {
    setIsSlow(false);
    if (!isWaiting) return;
    const timer = setTimeout(() => setIsSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, [isWaiting]);
  return isSlow;
}
