/** What a view shows instead of its content: while that comes, where there is none, and when it failed. */
import { type ApiError, errorSentence } from '@vivarium/shared/contract/errors';
import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useLanguage } from '../i18n/i18n.ts';
import { Button } from './button.tsx';
import { classNames } from './class-names.ts';
import styles from './states.module.css';

const lineWidths = ['62%', '88%', '74%', '93%', '55%', '81%'];

/** Grey lines in the place of text that is on its way. */
export function Skeleton({ lines = 4, className }: { readonly lines?: number; readonly className?: string }) {
  const { t } = useTranslation('frame');
  return (
    <div className={classNames(styles.skeleton, className)} role="status" aria-label={t('common.loading')}>
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines have no identity but their place.
        <span key={index} className={styles.line} style={{ width: lineWidths[index % lineWidths.length] }} />
      ))}
    </div>
  );
}

/** What would be here, and how to get it. */
export function EmptyState({
  title,
  icon,
  actions,
  children,
}: {
  readonly title: ReactNode;
  readonly icon?: ReactNode;
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
}) {
  return (
    <div className={styles.state}>
      {icon !== undefined && <span className={styles.picture}>{icon}</span>}
      <h2 className={styles.title}>{title}</h2>
      {children !== undefined && <div className={styles.text}>{children}</div>}
      {actions !== undefined && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}

/** What failed, why, and what to do. */
export function ErrorState({
  title,
  error,
  onRetry,
  actions,
}: {
  readonly title: ReactNode;
  readonly error: ApiError | null;
  readonly onRetry?: (() => void) | undefined;
  readonly actions?: ReactNode;
}) {
  const { t } = useTranslation('frame');
  const language = useLanguage();
  return (
    <div className={styles.state} role="alert">
      <CircleAlert className={styles.wrong} size={22} strokeWidth={1.5} aria-hidden />
      <h2 className={styles.title}>{title}</h2>
      {error !== null && (
        <>
          <p className={styles.text}>{errorSentence(error.code, error.params, language)}</p>
          <code className={styles.code}>{error.code}</code>
        </>
      )}
      {(onRetry !== undefined || actions !== undefined) && (
        <div className={styles.actions}>
          {onRetry !== undefined && <Button onClick={onRetry}>{t('common.retry')}</Button>}
          {actions}
        </div>
      )}
    </div>
  );
}
