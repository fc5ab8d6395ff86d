import type { StatJson } from '@vivarium/shared/contract/rest';
import { useTranslation } from 'react-i18next';
import { formatDuration } from '../../components/format.ts';
import { useLanguage } from '../../i18n/i18n.ts';
import { usePlayer } from '../../live/use-player.ts';
import styles from './badges.module.css';
import { isSequentialName, kindOfOwner } from './znode-kind.ts';

/** What a Stat and a name say of how a znode lives, in a letter each. */
export function Badges({ name, stat }: { readonly name: string; readonly stat: StatJson | null }) {
  const { t } = useTranslation('explorer');
  const language = useLanguage();
  const own = usePlayer((view) => view.viewerSession.session);
  if (stat === null) return null;
  const { kind, ttlMs } = kindOfOwner(stat.ephemeralOwner);
  const mine = kind === 'ephemeral' && own !== null && BigInt(own) === BigInt(stat.ephemeralOwner);
  const sequential = isSequentialName(name);
  if (kind === 'persistent' && !sequential) return null;
  return (
    <span className={styles.badges}>
      {kind === 'ephemeral' && <Badge letter="E" title={t('badges.ephemeral', { session: stat.ephemeralOwner })} />}
      {kind === 'container' && <Badge letter="C" title={t('badges.container')} />}
      {kind === 'ttl' && <Badge letter="T" title={t('badges.ttl', { ttl: formatDuration(ttlMs ?? 0, language) })} />}
      {sequential && <Badge letter="S" title={t('badges.sequential')} />}
      {mine && <Badge letter={t('badges.mine')} title={t('badges.mineTitle')} strong />}
    </span>
  );
}

function Badge({ letter, title, strong = false }: { letter: string; title: string; strong?: boolean }) {
  return (
    <span className={strong ? styles.strong : styles.badge} title={title}>
      <span aria-hidden>{letter}</span>
      <span className="visually-hidden">{title}</span>
    </span>
  );
}

/** A letter and what it stands for. */
export function BadgeLegend() {
  const { t } = useTranslation('explorer');
  return (
    <>
      <span className={styles.legend}>
        <span className={styles.badge}>E</span> {t('badges.legendEphemeral')}
      </span>
      <span className={styles.legend} title={t('badges.sequential')}>
        <span className={styles.badge}>S</span> {t('badges.legendSequential')}
      </span>
    </>
  );
}
