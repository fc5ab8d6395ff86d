import type { TransactionJson } from '@vivarium/shared/contract/transactions';
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useId, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PlaceLink } from '../../app/frame/place-link.tsx';
import { Button } from '../../components/button.tsx';
import { ZxidText } from '../../components/identifiers.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../components/states.tsx';
import { ApiFailure } from '../../live/api.ts';
import { ChangeLine } from './change-line.tsx';
import { ChangeView } from './change-view.tsx';
import { NO_FILTER } from './filter.ts';
import { Moment } from './moment.tsx';
import { useTransaction } from './transaction-detail.tsx';
import styles from './transactions.module.css';
import { useBound, useTransactions } from './use-transactions.ts';

/** So many are listed here; the page of transactions has all. */
const LISTED = 50;

/** Who changed a znode, up to the time bar's instant, the newest first; each with the data before and after. */
export function HistoryTab({ cluster, path }: { readonly cluster: string; readonly path: string }) {
  const { t } = useTranslation('transactions');
  const filter = useMemo(() => ({ ...NO_FILTER, path }), [path]);
  const { view, list } = useTransactions(cluster, filter, useBound());
  if (view.state === 'first') return <Skeleton lines={6} />;
  if (view.state === 'failed') {
    const error = view.error instanceof ApiFailure ? view.error.error : null;
    return <ErrorState title={t('history.failed')} error={error} onRetry={() => void list?.start()} />;
  }
  const transactions = view.rows.flatMap((row) => (row.kind === 'transaction' ? [row.transaction] : []));
  const all = (
    <PlaceLink to={{ page: 'transactions', path }} className={styles.allLink}>
      {t('history.all')}
    </PlaceLink>
  );
  if (transactions.length === 0) {
    return (
      <EmptyState title={t('history.empty')} actions={all}>
        {view.kept !== null && (
          <>
            {t('history.keptFrom')} <Moment wallMs={view.kept.fromMs} />
          </>
        )}
      </EmptyState>
    );
  }
  return (
    <div className={styles.history}>
      <ol aria-label={t('history.label')}>
        {transactions.slice(0, LISTED).map((transaction) => (
          <HistoryRow key={transaction.zxid} cluster={cluster} path={path} transaction={transaction} />
        ))}
      </ol>
      <p className={styles.historyEnd}>{all}</p>
    </div>
  );
}

function HistoryRow({
  cluster,
  path,
  transaction,
}: {
  readonly cluster: string;
  readonly path: string;
  readonly transaction: TransactionJson;
}) {
  const { t } = useTranslation('transactions');
  const id = useId();
  const [isOpen, setIsOpen] = useState(false);
  const { zxid, timeMs, operation, session, address } = transaction;
  const Arrow = isOpen ? ChevronDown : ChevronRight;
  return (
    <li>
      <div className={styles.historyRow}>
        <Button
          variant="quiet"
          className={styles.historyToggle}
          aria-expanded={isOpen}
          aria-controls={id}
          onClick={() => setIsOpen(!isOpen)}
        >
          <Arrow size={14} strokeWidth={1.5} aria-hidden />
          <Moment wallMs={timeMs} />
          <b>{operation}</b>
          <span>
            <ChangeLine transaction={transaction} sought={path} />
          </span>
        </Button>
        <span className={styles.historyWho} title={t('history.by')}>
          <PlaceLink className="mono" to={{ page: 'transactions', session }}>
            {address ?? session}
          </PlaceLink>
          <ZxidText zxid={zxid} />
        </span>
      </div>
      {isOpen && (
        <div id={id}>
          <HistoryChange cluster={cluster} path={path} zxid={zxid} />
        </div>
      )}
    </li>
  );
}

function HistoryChange({
  cluster,
  path,
  zxid,
}: {
  readonly cluster: string;
  readonly path: string;
  readonly zxid: string;
}) {
  const { t } = useTranslation('transactions');
  const { data: detail, error, refetch } = useTransaction(cluster, zxid);
  if (detail === undefined) {
    if (error === null) return <Skeleton lines={3} />;
    const known = error instanceof ApiFailure ? error.error : null;
    return <ErrorState title={t('detail.failed')} error={known} onRetry={() => void refetch()} />;
  }
  return detail.transaction.changes.map((change, index) =>
    change.path === path ? (
      <ChangeView
        // biome-ignore lint/suspicious/noArrayIndexKey: a transaction can change a znode twice, in an order that stays.
        key={index}
        change={change}
        data={detail.data[index] ?? { before: null, after: null, kept: false }}
        named={false}
      />
    ) : null,
  );
}
