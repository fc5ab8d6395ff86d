import type { HexString } from '@vivarium/shared/cluster-event';
import type { LinkView, ServerView } from '@vivarium/shared/cluster-state';
import { linkKey } from '@vivarium/shared/cluster-state';
import { useTranslation } from 'react-i18next';
import { useHealthText } from '../../app/health-report/use-health-text.ts';
import { useGo, useLocation } from '../../app/location.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { formatCount, formatDuration } from '../../components/format.ts';
import { ZxidText } from '../../components/identifiers.tsx';
import { useLanguage } from '../../i18n/i18n.ts';
import { usePlayer } from '../../live/use-player.ts';
import { LogBlocks } from '../../viz/log-blocks.tsx';
import { logColumns } from '../../viz/log-columns.ts';
import { RoleMark } from '../../viz/role-mark.tsx';
import { roleOf } from '../../viz/roles.ts';
import { VoteText } from '../../viz/vote-text.tsx';
import { seenZxid, useAttachedReport, useIsAttached, useIsMissing } from './attached.ts';
import { useProcessText } from './process-text.ts';
import { useProvenance } from './provenance.tsx';
import { formatSelection, parseSelection } from './selection.ts';
import { faultText } from './stage/link-layer.tsx';
import { ServerMenu } from './stage/server-menu.tsx';
import styles from './table-view.module.css';

/** All that the drawing says, as two tables: the servers and the links between them. */
export function TableView() {
  const { t } = useTranslation('cluster');
  const language = useLanguage();
  const { select } = useLocation();
  const go = useGo();
  const { state, headMs } = usePlayer((view) => ({ state: view.state, headMs: view.headMs }));
  const servers = Object.values(state.servers);
  const links = Object.values(state.links).filter(({ from, to }) => state.servers[from] && state.servers[to]);
  const selection = parseSelection(select);
  const columns = logColumns(
    servers.map((server) => server.log),
    10,
  );
  const health = useHealthText();
  const isAttached = useIsAttached();
  const isMissing = useIsMissing();
  const report = useAttachedReport();
  const isUnseen = (server: ServerView) => isAttached && server.state === null;
  const provenance = useProvenance('role');
  const replicaOf = (sid: number) => report?.replicas.find((replica) => replica.sid === sid) ?? null;
  const allColumns: readonly Column<ServerView>[] = [
    {
      key: 'server',
      head: t('table.server'),
      cell: (server) => (
        <span className={styles.server}>
          <RoleMark role={roleOf(server)} sid={server.sid} size={18} />
          {t('server', { sid: server.sid })}
        </span>
      ),
    },
    { key: 'role', head: t('table.role'), cell: (server) => t(`role.${roleOf(server)}`) },
    { key: 'process', head: t('table.process'), cell: (server) => <ProcessCell server={server} /> },
    { key: 'phase', head: t('table.phase'), cell: (server) => (isUnseen(server) ? '–' : t(`phase.${server.phase}`)) },
    { key: 'epoch', head: t('table.epoch'), align: 'end', cell: (server) => (isUnseen(server) ? '–' : server.epoch) },
    { key: 'logged', head: t('table.logged'), cell: (server) => <ZxidText zxid={server.lastLogged} copy={false} /> },
    {
      key: 'committed',
      head: t('table.committed'),
      cell: ({ sid, lastCommitted }) => (
        <ZxidCell zxid={isAttached ? seenZxid(lastCommitted, replicaOf(sid)?.lastZxid?.value) : lastCommitted} />
      ),
    },
    {
      key: 'log',
      head: t('table.log'),
      cell: (server) => <LogBlocks entries={server.log} align={columns} labelled={false} pitch={14} size={10} />,
    },
    { key: 'vote', head: t('table.vote'), cell: (server) => server.vote && <VoteText vote={server.vote} /> },
    {
      key: 'sessions',
      head: isAttached ? health('replicas.row.connections') : t('table.sessions'),
      align: 'end',
      cell: (server) => (isAttached ? (replicaOf(server.sid)?.connections?.value ?? '–') : server.connections),
    },
    {
      key: 'actions',
      head: <span className="visually-hidden">{t('table.actions')}</span>,
      align: 'end',
      cell: (server) => <ServerMenu server={server} />,
    },
  ];
  // What is nobody's to see is not a column of noughts.
  const hasVotes = servers.some(({ vote }) => vote !== null);
  const serverColumns = isAttached
    ? allColumns.filter(({ key }) => SEEN_OUTSIDE.has(key) && (key !== 'vote' || hasVotes))
    : allColumns;
  const linkColumns: readonly Column<LinkView>[] = [
    { key: 'link', head: t('table.link'), cell: ({ from, to }) => <span className="mono">{`${from} → ${to}`}</span> },
    { key: 'sent', head: t('table.sent'), align: 'end', cell: ({ sent }) => formatCount(sent, language) },
    {
      key: 'received',
      head: t('table.received'),
      align: 'end',
      cell: ({ received }) => formatCount(received, language),
    },
    { key: 'waiting', head: t('table.waiting'), align: 'end', cell: ({ waiting }) => waiting },
    {
      key: 'oldest',
      head: t('table.oldest'),
      cell: ({ queue }) => {
        const first = queue[0];
        return first === undefined
          ? null
          : `${first.packet}, ${formatDuration(Math.max(0, headMs - first.sentAtMs), language)}`;
      },
    },
    { key: 'lost', head: t('table.lost'), align: 'end', cell: ({ lost }) => lost },
    { key: 'fault', head: t('table.fault'), cell: ({ fault }) => fault && faultText(fault, t) },
  ];
  return (
    <div className={styles.tables}>
      <DataTable
        label={t('table.servers')}
        columns={serverColumns}
        rows={servers}
        rowKey={(server) => String(server.sid)}
        selectedKey={selection?.kind === 'server' ? String(selection.sid) : null}
        onSelect={(server) => go({ select: formatSelection({ kind: 'server', sid: server.sid }) })}
      />
      {isAttached && (
        <div className={styles.note}>
          <p>{isMissing('role') ? health('missing.role') : provenance}</p>
          <p>{health('attached.links')}</p>
        </div>
      )}
      {isAttached ? null : (
        <DataTable
          label={t('table.links')}
          columns={linkColumns}
          rows={links.toSorted((a, b) => a.from - b.from || a.to - b.to)}
          rowKey={({ from, to }) => linkKey(from, to)}
          selectedKey={selection?.kind === 'link' ? linkKey(selection.from, selection.to) : null}
          onSelect={({ from, to }) => go({ select: formatSelection({ kind: 'link', from, to }) })}
        />
      )}
    </div>
  );
}

/** The columns that are known of a server that somebody else runs. */
const SEEN_OUTSIDE: ReadonlySet<string> = new Set([
  'server',
  'role',
  'phase',
  'epoch',
  'committed',
  'vote',
  'sessions',
]);

function ZxidCell({ zxid }: { readonly zxid: HexString | null }) {
  return zxid === null ? <span className="dim">–</span> : <ZxidText zxid={zxid} copy={false} />;
}

function ProcessCell({ server }: { readonly server: ServerView }) {
  const { t } = useTranslation('cluster');
  const text = useProcessText(server);
  if (text !== null) return text;
  return server.process === null ? <span className="dim">{t('process.notHosted')}</span> : t('process.running');
}
