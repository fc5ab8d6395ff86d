import type { HexString } from '@vivarium/shared/cluster-event';
import type { ServerView } from '@vivarium/shared/cluster-state';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { useHealthText } from '../../../app/health-report/use-health-text.ts';
import { classNames } from '../../../components/class-names.ts';
import { formatZxid, fullZxid } from '../../../components/format.ts';
import { LogBlocks } from '../../../viz/log-blocks.tsx';
import { RoleMark } from '../../../viz/role-mark.tsx';
import { roleOf } from '../../../viz/roles.ts';
import { useIsAttached, useLastZxid, useReplica } from '../attached.ts';
import type { CardVariant } from './ring-layout.ts';
import { SaysOfItself } from './says-of-itself.tsx';
import styles from './server-card.module.css';
import { ServerFoot } from './server-foot.tsx';
import { ServerMenu } from './server-menu.tsx';

export interface ServerCardProps {
  readonly server: ServerView;
  readonly variant: Exclude<CardVariant, 'mark'>;
  /** The zxids of the columns of all logs. */
  readonly columns: readonly HexString[];
  readonly selectedZxid: HexString | null;
  readonly isSelected: boolean;
  /** The last synchronisation is news. */
  readonly isSyncNews: boolean;
  readonly onSelect: (sid: number) => void;
  readonly onSelectEntry: (zxid: HexString) => void;
  /** Starts it where it is down, resumes it where it is paused; null where that cannot be done. */
  readonly onRevive: ((server: ServerView) => void) | null;
}

/** A server on the stage: its role, the end of its log aligned with all others, its sessions, what its process does. */
export const ServerCard = memo(function ServerCard(props: ServerCardProps) {
  const { server, variant, columns, selectedZxid, isSelected, isSyncNews, onSelect, onSelectEntry, onRevive } = props;
  const { t } = useTranslation('cluster');
  const health = useHealthText();
  const role = roleOf(server);
  const isPaused = server.process?.state === 'paused';
  const isFull = variant === 'full';
  const isStarting = server.process?.state === 'starting' && role === 'unknown';
  const roleWord = isPaused ? t('process.paused') : isStarting ? t('process.starting') : t(`role.${role}`);
  const isAttached = useIsAttached();
  const replica = useReplica(server.sid);
  const last = useLastZxid(server);
  const zxid = (
    <span className={styles.zxid} title={last === null ? undefined : fullZxid(last)}>
      {last === null ? <span className={styles.unknown}>{health('attached.zxidUnknown')}</span> : formatZxid(last)}
      {role === 'down' && isFull && !isAttached && <span className={styles.onDisk}>{t('card.onDisk')}</span>}
    </span>
  );
  const foot = <ServerFoot server={server} isSyncNews={isSyncNews} isShort={!isFull} onRevive={onRevive} />;
  return (
    <article
      className={classNames(styles.card, !isFull && styles.compact, role)}
      data-role={role}
      data-selected={isSelected || undefined}
      data-paused={isPaused || undefined}
    >
      <header className={styles.header}>
        <RoleMark role={role} sid={server.sid} size={isFull ? 22 : 18} />
        <h2 className={styles.name}>
          <button
            type="button"
            className={styles.choose}
            aria-pressed={isSelected}
            onClick={() => onSelect(server.sid)}
          >
            {t('server', { sid: server.sid })}
          </button>
        </h2>
        <span className={styles.role}>{roleWord}</span>
        <span className={styles.menu}>
          <ServerMenu server={server} />
        </span>
      </header>
      {isFull ? (
        <div className={styles.facts}>
          {zxid}
          {!(isAttached && server.epoch === 0) && <span>{t('card.epoch', { epoch: server.epoch })}</span>}
        </div>
      ) : (
        <div className={styles.facts}>
          {zxid}
          {foot}
        </div>
      )}
      <div className={styles.log}>
        {isAttached && server.log.length === 0 ? (
          <SaysOfItself replica={replica} />
        ) : (
          <LogBlocks
            entries={server.log}
            align={columns}
            selected={selectedZxid}
            onSelect={onSelectEntry}
            labelled={variant !== 'small'}
            {...(isFull ? {} : { pitch: 15, size: variant === 'small' ? 9 : 10 })}
          />
        )}
      </div>
      {isFull && <div className={styles.foot}>{foot}</div>}
    </article>
  );
});
