/** The health of the ensemble: what is wrong and since when, whether a server can be restarted, the replicas side by side. */
import type { HealthReport, NextLook } from '@vivarium/shared/contract/health';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../components/button.tsx';
import { formatTimeOfDay } from '../../../components/format.ts';
import { ErrorState, Skeleton } from '../../../components/states.tsx';
import { ApiFailure } from '../../../live/api.ts';
import { HEALTH_EVERY_MS, type HealthAnswer, useHealth } from '../../../live/use-health.ts';
import { NARROW, useMedia } from '../use-media.ts';
import { Blind } from './blind.tsx';
import { Findings, Lead } from './findings.tsx';
import styles from './health.module.css';
import { Replicas } from './replicas.tsx';
import { Restart } from './restart.tsx';
import { SaveReport } from './save-report.tsx';
import { WordDialog } from './word-dialog.tsx';

/** Fills the height that it is given; renewed once a second while it is seen. */
export function Health() {
  const { t } = useTranslation('health');
  const health = useHealth(HEALTH_EVERY_MS);
  const { report, error, isSlow, retry } = health;
  if (report === null && error !== null) {
    const failure = error instanceof ApiFailure ? error.error : null;
    return <ErrorState title={t('state.failed')} error={failure} onRetry={retry} />;
  }
  if (report === null) {
    return (
      <div className={styles.scroll}>
        {isSlow && <p className={styles.strip}>{t('state.slow')}</p>}
        <div className={styles.skeleton}>
          <Skeleton lines={8} />
          <Skeleton lines={6} />
        </div>
      </div>
    );
  }
  return (
    <div className={styles.scroll}>
      <Stale health={health} report={report} />
      <Content report={report} />
    </div>
  );
}

function Content({ report }: { readonly report: HealthReport }) {
  const { t } = useTranslation('health');
  const isNarrow = useMedia(NARROW);
  const [word, setWord] = useState<Extract<NextLook, { kind: 'words' }> | null>(null);
  return (
    <>
      <div className={styles.top}>
        <section className={styles.left} aria-label={t('what')}>
          <Lead report={report} />
          <Findings report={report} onWord={setWord} />
          <Blind report={report} />
        </section>
        <Restart report={report} />
      </div>
      <Replicas report={report} />
      {isNarrow && (
        <p className={styles.foot}>
          <SaveReport />
        </p>
      )}
      {word !== null && <WordDialog look={word} onClose={() => setWord(null)} />}
    </>
  );
}

/** A report that is not renewed any more says so. */
function Stale({ health: { error, retry }, report }: { readonly health: HealthAnswer; readonly report: HealthReport }) {
  const { t } = useTranslation('health');
  if (error === null) return null;
  return (
    <p className={styles.strip} role="status">
      {t('state.stale', { time: formatTimeOfDay(report.atMs) })}
      <Button onClick={retry}>{t('frame:common.retry')}</Button>
    </p>
  );
}
