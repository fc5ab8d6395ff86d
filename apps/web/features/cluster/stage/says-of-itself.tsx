import type { Replica } from '@vivarium/shared/contract/health';
import { useTranslation } from 'react-i18next';
import { formatCount, formatDuration } from '../../../components/format.ts';
import { useLanguage } from '../../../i18n/i18n.ts';
import { useHostNow } from '../../../live/host-clock.ts';
import { useOriginText } from '../provenance.tsx';
import styles from './server-card.module.css';

/** In the place of a log that nobody outside sees: what the server says of itself. */
export function SaysOfItself({ replica }: { readonly replica: Replica | null }) {
  const { t } = useTranslation('health');
  const language = useLanguage();
  const origin = useOriginText();
  const nowMs = useHostNow(1_000);
  const known = replica?.latencyMs ?? replica?.znodes ?? null;
  if (replica === null || known === null) return <p className={styles.unseen}>{t('attached.logUnseen')}</p>;
  const { latencyMs, znodes } = replica;
  const parts = [
    latencyMs === null ? null : t('attached.latency', { latency: formatDuration(latencyMs.value, language) }),
    znodes === null ? null : t('unit.znodes', { count: znodes.value, shown: formatCount(znodes.value, language) }),
  ];
  return (
    <p className={styles.unseen} title={origin(known.origin, known.heardMs, nowMs)}>
      {parts.filter((part) => part !== null).join(' · ')}
    </p>
  );
}
