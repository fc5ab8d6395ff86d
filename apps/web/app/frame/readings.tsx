import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../../components/class-names.ts';
import { formatCount, formatDuration } from '../../components/format.ts';
import { ZxidText } from '../../components/identifiers.tsx';
import { Tooltip } from '../../components/tooltip.tsx';
import { seenZxid, useAttachedReport, useIsAttached, useIsMissing } from '../../features/cluster/attached.ts';
import { useProvenance } from '../../features/cluster/provenance.tsx';
import { useLanguage } from '../../i18n/i18n.ts';
import { usePlayer } from '../../live/use-player.ts';
import { RoleMark } from '../../viz/role-mark.tsx';
import { feedOf } from '../feed-state.ts';
import { healthOf } from '../health.ts';
import styles from './readings.module.css';

/** Leader, epoch and last commit at the shown instant, and how the events come. */
export function Readings({ compact = false }: { readonly compact?: boolean }) {
  const { t } = useTranslation('frame');
  const state = usePlayer((view) => view.state);
  const { leader: traced, voters, votersUp } = healthOf(state);
  const report = useAttachedReport();
  const provenance = useProvenance('role');
  const isAttached = useIsAttached();
  const isRoleMissing = useIsMissing()('role');
  const isUnseen = isAttached && isRoleMissing;
  const servers = Object.values(state.servers);
  const leader = traced?.sid ?? report?.replicas.find(({ role }) => role?.value === 'leader')?.sid ?? null;
  const lastCommit = seenZxid(
    ...(traced === null ? servers : [traced]).map(({ lastCommitted }) => lastCommitted),
    ...(report?.replicas ?? []).map(({ lastZxid }) => lastZxid?.value),
  );
  const told = traced?.epoch ?? servers.reduce((highest, server) => Math.max(highest, server.epoch), 0);
  // Epoch 0 has no leader: of a cluster that somebody else runs it says that none was seen.
  const epoch = told === 0 && lastCommit !== null ? Number(BigInt(lastCommit) >> 32n) : told;
  return (
    <dl className={classNames(styles.readings, compact && styles.compact)}>
      <Reading name={t('readings.leader')} note={provenance}>
        {leader === null ? (
          isUnseen ? (
            '–'
          ) : (
            t('readings.noLeader')
          )
        ) : (
          <>
            <RoleMark role="leader" size={11} />
            {t('readings.server', { sid: leader })}
          </>
        )}
      </Reading>
      <Reading name={t('readings.epoch')} className={styles.epoch} note={provenance}>
        {isUnseen && epoch === 0 ? '–' : epoch.toString(16)}
      </Reading>
      <Reading name={t('readings.lastCommit')}>
        {isUnseen && lastCommit === null ? '–' : <ZxidText zxid={lastCommit ?? '0x0'} className={styles.zxid} />}
      </Reading>
      {compact ? (
        <Reading name={t('readings.votersUp')}>{isUnseen ? '–' : t('readings.upOf', { up: votersUp, voters })}</Reading>
      ) : (
        <Reading name={t('readings.feed')} className={styles.feed}>
          <Feed />
        </Reading>
      )}
    </dl>
  );
}

function Reading({
  name,
  className,
  note = null,
  children,
}: {
  readonly name: string;
  /** Where it is from. */
  readonly note?: string | null;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}) {
  return (
    <div className={classNames(styles.reading, className)} title={note ?? undefined}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Feed() {
  const { t } = useTranslation('frame');
  const language = useLanguage();
  const feed = usePlayer(feedOf);
  const recording = usePlayer((view) => view.info?.recording ?? false);
  const summarised = usePlayer((view) => view.summarised);
  const word = t(`feed.${feed.code}`, { lag: formatDuration(feed.lagMs, language) });
  const skipped =
    summarised > 0 ? ` ${t('feed.summarised', { count: summarised, events: formatCount(summarised, language) })}` : '';
  return (
    <Tooltip content={`${t(`feed.about.${feed.code}`)}${recording ? ` ${t('feed.about.written')}` : ''}${skipped}`}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the tooltip must open for a keyboard too. */}
      <span tabIndex={0} className={feed.isCare ? styles.care : undefined}>
        {word}
      </span>
    </Tooltip>
  );
}
