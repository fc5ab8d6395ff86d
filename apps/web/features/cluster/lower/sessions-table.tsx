/** The sessions that are open at the instant, in any order. */

import type { SessionView } from '@vivarium/shared/cluster-state';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useHealthText } from '../../../app/health-report/use-health-text.ts';
import { formatCount, formatDuration } from '../../../components/format.ts';
import { SessionText } from '../../../components/identifiers.tsx';
import { EmptyState, Skeleton } from '../../../components/states.tsx';
import { useLanguage } from '../../../i18n/i18n.ts';
import { usePlayer } from '../../../live/use-player.ts';
import { ServerMark } from '../inspector/server-mark.tsx';
import { useText } from '../inspector/text.ts';
import { Provenance } from '../provenance.tsx';
import styles from './lower.module.css';
import { SESSION_COLUMNS, type SessionColumn, sortSessions } from './session-order.ts';
import { VirtualRows } from './virtual-rows.tsx';

interface Order {
  readonly column: SessionColumn;
  readonly ascending: boolean;
}

function isNumber(column: SessionColumn): boolean {
  return column === 'watches' || column === 'fired';
}

/** Fills the height that it is given. */
export function SessionsTable() {
  const t = useText();
  const health = useHealthText();
  const language = useLanguage();
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  const { state, headMs, info, own } = usePlayer((view) => ({
    state: view.state,
    headMs: view.headMs,
    info: view.info,
    own: view.viewerSession.session,
  }));
  const [order, setOrder] = useState<Order>({ column: 'age', ascending: true });
  const { sessions, sessionCount } = state;
  const sorted = useMemo(() => sortSessions(Object.values(sessions), order.column, order.ascending), [sessions, order]);
  if (info === null) return <Skeleton lines={4} />;
  if (sorted.length === 0) return <EmptyState title={t('sessions.none')}>{t('sessions.noneText')}</EmptyState>;
  const cells = (session: SessionView) => ({
    session: (
      <>
        <SessionText session={session.session} />
        {session.session === own && (
          <span className={styles.own} title={t('sessions.yoursTitle')}>
            {t('sessions.yours')}
          </span>
        )}
      </>
    ),
    client: session.address ?? '–',
    server:
      session.server === null ? (
        <span className={styles.dim}>{t('sessions.between')}</span>
      ) : (
        <ServerMark state={state} sid={session.server} />
      ),
    timeout: session.timeoutMs === null ? '–' : formatDuration(session.timeoutMs, language),
    age: formatDuration(Math.max(0, headMs - session.sinceMs), language),
    // Of sessions with somebody else's servers nobody tells their watches, except at great cost.
    watches: info.attached === null ? formatCount(session.watches, language) : '–',
    fired: info.attached === null ? formatCount(session.fired, language) : '–',
  });
  return (
    <>
      <div ref={setScroller} className={styles.scroller}>
        <table className={styles.long} aria-rowcount={sorted.length + 1}>
          <caption className="visually-hidden">{t('tabs.sessions')}</caption>
          <thead>
            <tr>
              {SESSION_COLUMNS.map((column) => {
                const chosen = order.column === column;
                return (
                  <th
                    key={column}
                    scope="col"
                    className={isNumber(column) ? styles.end : undefined}
                    aria-sort={!chosen ? 'none' : order.ascending ? 'ascending' : 'descending'}
                  >
                    <button
                      type="button"
                      className={styles.sort}
                      title={t('sessions.sort', { column: t(`sessions.${column}`) })}
                      onClick={() => setOrder({ column, ascending: chosen ? !order.ascending : true })}
                    >
                      {t(`sessions.${column}`)}
                      {chosen &&
                        (order.ascending ? <ArrowUp size={11} aria-hidden /> : <ArrowDown size={11} aria-hidden />)}
                    </button>
                  </th>
                );
              })}
            </tr>
          </thead>
          <VirtualRows scroller={scroller} rows={sorted}>
            {(session, index) => {
              const shown = cells(session);
              return (
                <tr key={session.session} aria-rowindex={index + 2}>
                  {SESSION_COLUMNS.map((column) => (
                    <td key={column} className={isNumber(column) ? styles.end : undefined}>
                      {shown[column]}
                    </td>
                  ))}
                </tr>
              );
            }}
          </VirtualRows>
        </table>
      </div>
      {info.attached !== null && (
        <div className={styles.foot}>
          <Provenance field="sessions" />
          {sorted.every(({ address }) => address === null) && <p>{health('missing.addresses')}</p>}
        </div>
      )}
      {sessionCount > sorted.length && (
        <p className={styles.foot}>
          {t('sessions.more', {
            shown: formatCount(sorted.length, language),
            total: formatCount(sessionCount, language),
          })}
        </p>
      )}
    </>
  );
}
