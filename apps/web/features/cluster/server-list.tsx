import type { ServerView } from '@vivarium/shared/cluster-state';
import { useTranslation } from 'react-i18next';
import { useHealthText } from '../../app/health-report/use-health-text.ts';
import { useGo, useLocation } from '../../app/location.ts';
import { classNames } from '../../components/class-names.ts';
import { formatZxid, fullZxid } from '../../components/format.ts';
import { usePlayer } from '../../live/use-player.ts';
import { LogBlocks } from '../../viz/log-blocks.tsx';
import { logColumns } from '../../viz/log-columns.ts';
import { RoleMark } from '../../viz/role-mark.tsx';
import { roleOf } from '../../viz/roles.ts';
import { useConnections, useIsAttached, useLastZxid } from './attached.ts';
import { useProcessText } from './process-text.ts';
import { formatSelection, parseSelection } from './selection.ts';
import styles from './server-list.module.css';
import { ServerMenu } from './stage/server-menu.tsx';

const COLUMNS = 8;

/** The servers on a narrow screen: a row each, below the ring. */
export function ServerList() {
  const { t } = useTranslation('cluster');
  const servers = usePlayer((view) => Object.values(view.state.servers));
  const columns = logColumns(
    servers.map((server) => server.log),
    COLUMNS,
  );
  return (
    <ul className={styles.list} aria-label={t('stage.servers')}>
      {servers.map((server) => (
        <ServerRow key={server.sid} server={server} columns={columns} />
      ))}
    </ul>
  );
}

function ServerRow({ server, columns }: { readonly server: ServerView; readonly columns: readonly string[] }) {
  const { t } = useTranslation('cluster');
  const { select } = useLocation();
  const go = useGo();
  const health = useHealthText();
  const isAttached = useIsAttached();
  const last = useLastZxid(server);
  const connections = useConnections(server);
  const process = useProcessText(server);
  const role = roleOf(server);
  const selection = parseSelection(select);
  const isSelected = selection?.kind === 'server' && selection.sid === server.sid;
  const note =
    process ??
    (role === 'looking' && server.vote !== null
      ? server.vote.leader === server.sid
        ? t('card.votesItself')
        : t('card.votesFor', { sid: server.vote.leader })
      : connections === null
        ? health('attached.connectionsUnknown')
        : isAttached
          ? health('attached.connections', { count: connections })
          : t('card.sessions', { count: connections }));
  return (
    <li className={classNames(styles.row, role)} data-selected={isSelected || undefined}>
      <RoleMark role={role} sid={server.sid} size={22} />
      <button
        type="button"
        className={styles.choose}
        aria-pressed={isSelected}
        onClick={() => go({ select: isSelected ? null : formatSelection({ kind: 'server', sid: server.sid }) })}
      >
        <span className="visually-hidden">{t('serverWithRole', { sid: server.sid, role: t(`role.${role}`) })}</span>
        <span className={styles.zxid} title={last === null ? undefined : fullZxid(last)}>
          {last === null ? '–' : formatZxid(last)}
        </span>
        <small>{role === 'down' && !isAttached ? t('card.onDisk') : t('card.epoch', { epoch: server.epoch })}</small>
      </button>
      <span className={styles.log}>
        {!(isAttached && server.log.length === 0) && (
          <LogBlocks entries={server.log} align={columns} labelled={false} pitch={15} size={11} />
        )}
      </span>
      <span className={styles.state}>
        <span className={styles.role}>{t(`role.${role}`)}</span>
        <small>{note}</small>
      </span>
      <span className={styles.menu}>
        <ServerMenu server={server} />
      </span>
    </li>
  );
}
