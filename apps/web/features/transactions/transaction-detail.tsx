import { useQuery } from '@tanstack/react-query';
import type { TransactionDetailJson } from '@vivarium/shared/contract/transactions';
import { errorName } from '@vivarium/shared/error-code';
import { ArrowLeft, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { PlaceLink } from '../../app/frame/place-link.tsx';
import { IconButton } from '../../components/button.tsx';
import { formatDuration, formatInstant } from '../../components/format.ts';
import { Copyable, ZxidText } from '../../components/identifiers.tsx';
import { KeyValue, type KeyValueEntry } from '../../components/panel.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { useLanguage } from '../../i18n/i18n.ts';
import { ApiFailure, api } from '../../live/api.ts';
import { clusterPath } from '../explorer/tree/use-tree.ts';
import { ChangeView } from './change-view.tsx';
import { placeChange } from './filter.ts';
import styles from './transactions.module.css';

/** Changes that are drawn; the others are counted. */
const MAX_DRAWN = 50;

/** A transaction with its data. What is committed does not change: it is asked for once. */
export function useTransaction(cluster: string, zxid: string) {
  return useQuery({
    queryKey: ['transaction', cluster, zxid],
    queryFn: ({ signal }) => api.get<TransactionDetailJson>(clusterPath(cluster, `transactions/${zxid}`), {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}

/** One transaction: who, when, and what it did. */
export function TransactionDetail({
  cluster,
  zxid,
  narrow,
  onClose,
}: {
  readonly cluster: string;
  readonly zxid: string;
  readonly narrow: boolean;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation('transactions');
  const { data, error, refetch } = useTransaction(cluster, zxid);
  return (
    <section className={styles.detail} aria-label={t('detail.label')}>
      <header className={styles.detailHead}>
        {narrow && (
          <IconButton label={t('detail.back')} icon={<ArrowLeft size={16} strokeWidth={1.5} />} onClick={onClose} />
        )}
        <h2>
          {data?.transaction.operation ?? t('detail.label')} <ZxidText zxid={zxid} />
        </h2>
        {!narrow && <IconButton label={t('detail.close')} icon={<X size={16} strokeWidth={1.5} />} onClick={onClose} />}
      </header>
      {data !== undefined ? (
        <Detail detail={data} />
      ) : error !== null ? (
        <ErrorState
          title={t('detail.failed')}
          error={error instanceof ApiFailure ? error.error : null}
          onRetry={() => void refetch()}
        />
      ) : (
        <Skeleton lines={8} />
      )}
    </section>
  );
}

function Detail({ detail: { transaction, data } }: { readonly detail: TransactionDetailJson }) {
  const { t } = useTranslation('transactions');
  const language = useLanguage();
  const { timeMs, heardMs, session, address, cxid, error, path, changes, moreChanges, hiddenChanges } = transaction;
  const entries: readonly (KeyValueEntry | null)[] = [
    { key: 'time', label: t('detail.time'), value: formatInstant(timeMs, language) },
    {
      key: 'heard',
      label: t('detail.heard'),
      value: t(heardMs >= timeMs ? 'detail.later' : 'detail.earlier', {
        time: formatDuration(Math.abs(heardMs - timeMs), language),
      }),
    },
    {
      key: 'session',
      label: t('detail.session'),
      value: (
        <>
          <Copyable value={session} />{' '}
          <PlaceLink to={{ page: 'transactions', ...placeChange({ session, path: null, below: null }) }}>
            {t('detail.allOfSession')}
          </PlaceLink>
        </>
      ),
    },
    {
      key: 'address',
      label: t('detail.address'),
      value:
        address === null ? <span className={styles.dim}>{t('detail.noAddress')}</span> : <Copyable value={address} />,
    },
    { key: 'cxid', label: 'cxid', value: <Copyable value={String(cxid)} /> },
    error === 0 ? null : { key: 'error', label: t('detail.error'), value: `${errorName(error)} (${error})` },
    path === null || changes.some((change) => change.path === path)
      ? null
      : { key: 'path', label: t('detail.path'), value: <Copyable value={path} /> },
  ];
  const left = moreChanges + Math.max(0, changes.length - MAX_DRAWN);
  return (
    <div className={styles.detailBody}>
      <KeyValue className={styles.facts} entries={entries.filter((entry) => entry !== null)} />
      {changes.slice(0, MAX_DRAWN).map((change, index) => (
        <ChangeView
          // biome-ignore lint/suspicious/noArrayIndexKey: a transaction can change a znode twice, in an order that stays.
          key={`${index} ${change.path}`}
          change={change}
          data={data[index] ?? { before: null, after: null, kept: false }}
        />
      ))}
      {changes.length + left + hiddenChanges === 0 && (
        <p className={styles.note}>{t(error === 0 ? 'detail.noChange' : 'detail.refused')}</p>
      )}
      {left > 0 && <p className={styles.note}>{t('detail.moreChanges', { count: left })}</p>}
      {hiddenChanges > 0 && <p className={styles.note}>{t('detail.hiddenChanges', { count: hiddenChanges })}</p>}
    </div>
  );
}
