import { Check, CircleHelp, TriangleAlert, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../../components/class-names.ts';
import { useLanguage } from '../../i18n/i18n.ts';
import { HEALTH_WORD_EVERY_MS, useHealth } from '../../live/use-health.ts';
import { usePlayer } from '../../live/use-player.ts';
import { type HealthReason, type HealthWord, healthOf } from '../health.ts';
import { briefOf } from '../health-report/finding-text.ts';
import { inOrder } from '../health-report/headline.ts';
import { reportedWord } from '../health-report/reported-word.ts';
import { healthSentence } from './health-sentence.ts';
import styles from './health-view.module.css';

const marks: Readonly<Record<HealthWord, { readonly style: string | undefined; readonly Icon: typeof Check }>> = {
  healthy: { style: styles.ok, Icon: Check },
  degraded: { style: styles.warning, Icon: TriangleAlert },
  noLeader: { style: styles.critical, Icon: X },
  quorumLost: { style: styles.critical, Icon: X },
  unknown: { style: styles.notice, Icon: CircleHelp },
};

/** The health of the shown cluster at the shown instant: one word, and why. */
export function HealthView({ wrap = false }: { readonly wrap?: boolean }) {
  // Of a cluster that runs here each event is known; of another one, what a report puts together.
  const isReported = usePlayer(({ info }) => info?.kind === 'attached' && info.capabilities.health);
  return isReported ? <ReportedHealth wrap={wrap} /> : <TracedHealth wrap={wrap} />;
}

function TracedHealth({ wrap }: { readonly wrap: boolean }) {
  const { t } = useTranslation('frame');
  const language = useLanguage();
  const state = usePlayer((view) => view.state);
  const { word, reason } = healthOf(state);
  const { style, Icon } = marks[word];
  // A screen reader is told another word, not each millisecond of the reason.
  return (
    <div className={classNames(styles.health, wrap && styles.wrapped)}>
      <strong className={classNames(styles.chip, style)} role="status">
        <Icon size={14} strokeWidth={2} aria-hidden />
        {t(`health.word.${word}`)}
      </strong>
      {isTimed(reason) ? (
        <TimedReason reason={reason} />
      ) : (
        <span className={styles.reason} title={healthSentence(t, language, reason, 0)}>
          {healthSentence(t, language, reason, 0)}
        </span>
      )}
    </div>
  );
}

/** As the Health view has it: its most serious findings in a line. */
function ReportedHealth({ wrap }: { readonly wrap: boolean }) {
  const { t } = useTranslation('health');
  const language = useLanguage();
  const { report } = useHealth(HEALTH_WORD_EVERY_MS);
  const { mark, word } = reportedWord(report);
  const { style, Icon } = marks[mark];
  const reason = briefOf(t, language, report === null ? [] : inOrder(report.findings), word);
  return (
    <div className={classNames(styles.health, wrap && styles.wrapped)}>
      <strong className={classNames(styles.chip, style)} role="status">
        <Icon size={14} strokeWidth={2} aria-hidden />
        {t(`word.${word}`)}
      </strong>
      <span className={styles.reason} title={reason}>
        {reason}
      </span>
    </div>
  );
}

/** Apart, so that only a reason which counts the time is rendered as that passes. */
function TimedReason({ reason }: { readonly reason: HealthReason }) {
  const { t } = useTranslation('frame');
  const language = useLanguage();
  const nowMs = usePlayer((view) => view.headMs);
  return <span className={styles.reason}>{healthSentence(t, language, reason, nowMs)}</span>;
}

function isTimed(reason: HealthReason): boolean {
  return 'sinceMs' in reason;
}
