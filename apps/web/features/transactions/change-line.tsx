import type { TransactionJson } from '@vivarium/shared/contract/transactions';
import { ErrorCode, errorName } from '@vivarium/shared/error-code';
import { useTranslation } from 'react-i18next';
import { formatBytes, formatCount } from '../../components/format.ts';
import { useLanguage } from '../../i18n/i18n.ts';
import { mainChange } from './transaction-text.ts';

/** In a few words, what a transaction did: the version, and the sizes before and after. */
export function ChangeLine({
  transaction,
  sought,
}: {
  readonly transaction: TransactionJson;
  /** The path that is looked for. */
  readonly sought: string | null;
}) {
  const { t } = useTranslation('transactions');
  const language = useLanguage();
  const { error, operation, changes, moreChanges, hiddenChanges } = transaction;
  if (error !== ErrorCode.OK) return <>{t('change.refused', { error: errorName(error) })}</>;
  const change = mainChange(transaction, sought);
  if (change === null) {
    const count = changes.length + moreChanges + hiddenChanges;
    if (count === 0) return null;
    const key = operation === 'closeSession' ? 'change.ephemerals' : 'change.several';
    return <>{t(key, { count, total: formatCount(count, language) })}</>;
  }
  const { version, beforeBytes, afterBytes, hidden } = change;
  if (hidden) return <>{t('change.hidden')}</>;
  const bytes = (size: number | null) => (size === null ? null : formatBytes(size, language));
  const before = bytes(beforeBytes);
  const after = bytes(afterBytes);
  switch (change.change) {
    case 'created':
      return <>{after === null ? t('change.created') : t('change.createdWith', { after })}</>;
    case 'deleted':
      return <>{before === null ? t('change.deleted') : t('change.deletedWith', { before })}</>;
    case 'aclChanged':
      return <>{t('change.acl', { version })}</>;
    case 'dataChanged':
      if (before === null && after === null) return <>{t('change.version', { version })}</>;
      return <>{t('change.data', { version, before: before ?? '—', after: after ?? '—' })}</>;
  }
}
