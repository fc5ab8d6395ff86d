/** What one server answers to one four-letter word, asked for once. */
import { useQuery } from '@tanstack/react-query';
import type { NextLook, WordAnswer } from '@vivarium/shared/contract/health';
import { useTranslation } from 'react-i18next';
import { useLocation } from '../../../app/location.ts';
import { Dialog } from '../../../components/dialog.tsx';
import { ErrorState, Skeleton } from '../../../components/states.tsx';
import { ApiFailure, api } from '../../../live/api.ts';
import { useOriginText } from '../provenance.tsx';
import styles from './health.module.css';

export function WordDialog({
  look: { sid, word },
  onClose,
}: {
  readonly look: Extract<NextLook, { kind: 'words' }>;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation('health');
  const { cluster } = useLocation();
  const origin = useOriginText();
  const { data, error, refetch } = useQuery({
    queryKey: ['word', cluster, sid, word],
    queryFn: ({ signal }) =>
      api.get<WordAnswer>(`api/clusters/${encodeURIComponent(cluster)}/words/${word}`, { sid }, signal),
    gcTime: 0,
    retry: false,
  });
  return (
    <Dialog
      open
      size="wide"
      onOpenChange={(isOpen) => isOpen || onClose()}
      title={t('words.title', { word, sid })}
      {...(data !== undefined && { description: origin(data.via, null, data.heardMs) })}
    >
      {error !== null ? (
        <ErrorState
          title={t('words.failed')}
          error={error instanceof ApiFailure ? error.error : null}
          onRetry={() => void refetch()}
        />
      ) : data === undefined ? (
        <Skeleton lines={6} />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard.
        <pre className={styles.words} tabIndex={0}>
          {data.text}
          {data.cut && `\n… ${t('words.cut')}`}
        </pre>
      )}
    </Dialog>
  );
}
