import type { ServerView } from '@vivarium/shared/cluster-state';
import { useTranslation } from 'react-i18next';
import { useHealthText } from '../../../app/health-report/use-health-text.ts';
import { formatZxid } from '../../../components/format.ts';
import { useConnections, useIsAttached } from '../attached.ts';
import { useProcessText } from '../process-text.ts';
import { useProvenance } from '../provenance.tsx';
import styles from './server-card.module.css';

const MAX_TICKS = 22;

/** The last line of a card: its sessions, or what is more urgent: that it is down, paused, starting, catching up. */
export function ServerFoot({
  server,
  isSyncNews,
  isShort,
  onRevive,
}: {
  readonly server: ServerView;
  readonly isSyncNews: boolean;
  readonly isShort: boolean;
  readonly onRevive: ((server: ServerView) => void) | null;
}) {
  const { t } = useTranslation('cluster');
  const health = useHealthText();
  const isAttached = useIsAttached();
  const sessions = useConnections(server);
  const provenance = useProvenance('sessions', server.sid);
  const text = useProcessText(server);
  const state = server.process?.state;
  if (text !== null) {
    const canRevive = state === 'killed' || state === 'died' || state === 'stopped' || state === 'paused';
    const verb = state === 'paused' ? 'resume' : state === 'stopped' ? 'start' : 'restart';
    return (
      <>
        {(!isShort || !canRevive || onRevive === null) && (
          <span
            className={styles.process}
            data-wrong={state === 'died' || undefined}
            title={server.process?.by ?? undefined}
          >
            {text}
          </span>
        )}
        {canRevive && onRevive !== null && (
          <button type="button" className={styles.revive} onClick={() => onRevive(server)}>
            {t(`action.${verb}`)}
          </button>
        )}
      </>
    );
  }
  if (isSyncNews && server.sync !== null) {
    return (
      <span className={styles.sync}>
        {server.sync.mode === 'SNAP'
          ? t(isShort ? 'card.snapshotShort' : 'card.snapshot', { zxid: formatZxid(server.sync.to) })
          : t(isShort ? 'card.syncedShort' : 'card.synced', { mode: server.sync.mode, count: server.sync.txns })}
      </span>
    );
  }
  return (
    <>
      <span title={provenance ?? undefined}>
        {sessions === null
          ? health('attached.connectionsUnknown')
          : isAttached
            ? health('attached.connections', { count: sessions })
            : t('card.sessions', { count: sessions })}
      </span>
      {!isShort && sessions !== null && <SessionTicks count={sessions} />}
    </>
  );
}

function SessionTicks({ count }: { readonly count: number }) {
  const shown = Math.min(count, MAX_TICKS);
  return (
    <svg width={shown * 4} height={9} aria-hidden>
      {Array.from({ length: shown }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a tick has no identity but its place.
        <rect key={i} x={i * 4} y={0} width={2.4} height={9} fill="var(--ink-3)" />
      ))}
    </svg>
  );
}
