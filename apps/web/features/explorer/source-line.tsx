import type { ReadFromJson } from '@vivarium/shared/contract/rest';
import { useTranslation } from 'react-i18next';
import { formatAge } from '../../components/format.ts';
import { useLanguage } from '../../i18n/i18n.ts';
import { useHostNow } from '../../live/host-clock.ts';
import { usePlayer } from '../../live/use-player.ts';
import styles from './source-line.module.css';

/**
 * A quiet line: where what is shown comes from, how old it is, and whether its changes are told. Nothing for a cluster that
 * runs here.
 */
export function SourceLine({ from }: { readonly from: ReadFromJson }) {
  const { t } = useTranslation('explorer');
  const language = useLanguage();
  const nowMs = useHostNow(1_000);
  const isAttached = usePlayer((view) => view.info?.attached != null);
  if (!isAttached) return null;
  const age = formatAge(Math.max(0, nowMs - from.asOfMs), language);
  const origin =
    from.origin === 'observer' ? t('from.mirror') : t('from.client', { server: from.server ?? t('from.noServer') });
  const how =
    from.everyMs !== null
      ? t('from.every', { seconds: Math.round(from.everyMs / 1000) })
      : from.live
        ? t('from.live')
        : t('from.age', { age });
  return <p className={styles.line}>{t('from.line', { origin, how })}</p>;
}
