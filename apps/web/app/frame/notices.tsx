import { CloudOff, Info, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../../components/button.tsx';
import { classNames } from '../../components/class-names.ts';
import { formatCount, formatTimeOfDay } from '../../components/format.ts';
import { useLanguage } from '../../i18n/i18n.ts';
import { usePlayer } from '../../live/use-player.ts';
import styles from './frame.module.css';

/** What is true of the whole page for a while: no connection, or events that it was not sent one by one. */
export function Notices() {
  return (
    <>
      <Reconnecting />
      <Summarised />
    </>
  );
}

function Reconnecting() {
  const { t } = useTranslation('frame');
  const { isBroken, liveWallMs } = usePlayer((view) => ({
    isBroken: view.connection === 'reconnecting' && view.info !== null,
    liveWallMs: view.latest.wallMs,
  }));
  if (!isBroken) return null;
  return (
    <div className={classNames(styles.notice, styles.warning)} role="alert">
      <CloudOff size={15} strokeWidth={1.5} aria-hidden />
      <p>{t('notice.reconnecting', { time: formatTimeOfDay(liveWallMs) })}</p>
    </div>
  );
}

function Summarised() {
  const { t } = useTranslation('frame');
  const language = useLanguage();
  const { cluster, summarised } = usePlayer((view) => ({ cluster: view.cluster, summarised: view.summarised }));
  const [dismissed, setDismissed] = useState({ cluster: '', summarised: 0 });
  const seen = dismissed.cluster === cluster ? dismissed.summarised : 0;
  if (summarised <= seen) return null;
  const count = summarised - seen;
  return (
    <div className={styles.notice} role="status">
      <Info size={15} strokeWidth={1.5} aria-hidden />
      <p>{t('notice.summarised', { count, events: formatCount(count, language) })}</p>
      <IconButton
        label={t('common.dismiss')}
        icon={<X size={14} strokeWidth={1.5} />}
        onClick={() => setDismissed({ cluster, summarised })}
      />
    </div>
  );
}
