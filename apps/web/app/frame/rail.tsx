import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { Check, Plus, TriangleAlert, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../../components/class-names.ts';
import { openAttachDialog } from '../../features/attach/attach-dialogs.ts';
import { useLanguage } from '../../i18n/i18n.ts';
import { useHealth } from '../../live/use-health.ts';
import { usePlayer } from '../../live/use-player.ts';
import { type HealthWord, healthOf } from '../health.ts';
import { reportedWord } from '../health-report/reported-word.ts';
import { useLocation } from '../location.ts';
import { pageEntries } from './pages.tsx';
import { PlaceLink } from './place-link.tsx';
import styles from './rail.module.css';
import { sourceName } from './source-name.ts';

/** The pages, and below them the sources. */
export function Rail({ sources }: { readonly sources: readonly ClusterInfo[] }) {
  const { t } = useTranslation('frame');
  const { t: attach } = useTranslation('attach');
  const language = useLanguage();
  const { page, cluster } = useLocation();
  return (
    <nav className={styles.rail} aria-label={t('frame.pages')}>
      <ul>
        {pageEntries.map((entry) => (
          <li key={entry.page}>
            <PlaceLink
              className={styles.link}
              to={{ page: entry.page, lab: null }}
              title={t(entry.name)}
              {...(page === entry.page && (cluster !== '' || page === 'labs') && { 'aria-current': 'page' as const })}
            >
              <entry.Icon size={16} strokeWidth={1.4} />
              <span className={styles.label}>{t(entry.name)}</span>
            </PlaceLink>
          </li>
        ))}
      </ul>
      {sources.length > 0 && (
        <div className={styles.sources}>
          <h2 className={styles.heading}>{t('frame.sources')}</h2>
          <ul>
            {sources.map((source) => {
              const chosen = source.id === cluster;
              return (
                <li key={source.id}>
                  <PlaceLink
                    className={classNames(styles.link, styles.source)}
                    to={{ cluster: source.id }}
                    title={sourceName(t, language, source)}
                    {...(chosen && { 'aria-current': 'true' as const })}
                  >
                    <span className={styles.name}>
                      {sourceName(t, language, source)}
                      <small className={styles.kind}>{t(`sourceKind.${source.kind}`)}</small>
                    </span>
                    {chosen && <HealthMark />}
                  </PlaceLink>
                </li>
              );
            })}
          </ul>
        </div>
      )}
      <button
        type="button"
        className={classNames(styles.link, styles.add, sources.length === 0 && styles.addAlone)}
        onClick={() => openAttachDialog({ kind: 'add' })}
      >
        <Plus size={16} strokeWidth={1.4} aria-hidden />
        <span className={styles.label}>{attach('add.action')}</span>
      </button>
    </nav>
  );
}

/** The health of the shown source as a mark; the word stands in the top bar. */
function HealthMark() {
  const isReported = usePlayer(({ info }) => info?.kind === 'attached' && info.capabilities.health);
  return isReported ? <ReportedMark /> : <TracedMark />;
}

function ReportedMark() {
  const { report } = useHealth(null);
  return <WordMark word={reportedWord(report).mark} />;
}

function TracedMark() {
  return <WordMark word={usePlayer((view) => healthOf(view.state).word)} />;
}

function WordMark({ word }: { readonly word: HealthWord }) {
  switch (word) {
    case 'healthy':
      return <Check className={styles.good} size={14} strokeWidth={1.75} aria-hidden />;
    case 'degraded':
      return <TriangleAlert className={styles.good} size={14} strokeWidth={1.75} aria-hidden />;
    case 'noLeader':
    case 'quorumLost':
      return <X className={styles.bad} size={14} strokeWidth={1.75} aria-hidden />;
    case 'unknown':
      return null;
  }
}
