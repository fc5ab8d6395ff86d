import { useTranslation } from 'react-i18next';
import { sourceName } from '../../app/frame/source-name.ts';
import { useLocation } from '../../app/location.ts';
import { EmptyState, ErrorState, Skeleton } from '../../components/states.tsx';
import { useLanguage } from '../../i18n/i18n.ts';
import { usePlayer } from '../../live/use-player.ts';
import { Explorer } from './explorer.tsx';
import styles from './explorer-page.module.css';

/** The Explorer: the tree of a cluster and one znode of it, or why there is none to see. */
export function ExplorerPage() {
  const { t } = useTranslation('explorer');
  const { t: frame } = useTranslation('frame');
  const language = useLanguage();
  const { cluster } = useLocation();
  const info = usePlayer((view) => view.info);
  const error = usePlayer((view) => view.error);
  if (info !== null && info.id === cluster && info.capabilities.readZnodes) {
    return <Explorer key={cluster} cluster={cluster} capabilities={info.capabilities} />;
  }
  return (
    <div className={styles.page}>
      <div className={styles.bar}>
        <h1>{t('page.title')}</h1>
      </div>
      {error !== null ? (
        <ErrorState title={t('page.failed')} error={error} />
      ) : info === null ? (
        <Skeleton lines={12} />
      ) : (
        <EmptyState title={t('page.unreadable')}>
          {t('page.unreadableText', { name: sourceName(frame, language, info) })}
        </EmptyState>
      )}
    </div>
  );
}
