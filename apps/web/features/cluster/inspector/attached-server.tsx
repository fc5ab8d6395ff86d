/** A server that somebody else runs: what its ports and its words tell, each with where it is from and how old it is. */
import type { ServerView } from '@vivarium/shared/cluster-state';
import type { Known } from '@vivarium/shared/contract/health';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { formatCount, formatDuration } from '../../../components/format.ts';
import { ZxidText } from '../../../components/identifiers.tsx';
import { KeyValue, type KeyValueEntry, Panel } from '../../../components/panel.tsx';
import { useLanguage } from '../../../i18n/i18n.ts';
import { useHostNow } from '../../../live/host-clock.ts';
import { usePlayer } from '../../../live/use-player.ts';
import { VoteText } from '../../../viz/vote-text.tsx';
import { useIsMissing, useReplica } from '../attached.ts';
import { useProcessText } from '../process-text.ts';
import { Provenance, useOriginText } from '../provenance.tsx';
import { isVote } from './format.ts';
import styles from './inspector.module.css';
import { Addresses } from './server-inspector.tsx';
import { useText } from './text.ts';

export function AttachedServer({ server }: { readonly server: ServerView }) {
  return (
    <>
      <Role server={server} />
      <Says sid={server.sid} />
      <Unseen />
      <Addresses server={server} />
    </>
  );
}

/** What it is to the ensemble, as its election port or its words have it. */
function Role({ server }: { readonly server: ServerView }) {
  const t = useText();
  const { t: health } = useTranslation('health');
  const language = useLanguage();
  const headMs = usePlayer((view) => view.headMs);
  const isMissing = useIsMissing();
  const why = useProcessText(server);
  const { sid, state, leader, epoch, vote } = server;
  const entries: KeyValueEntry[] = [
    ...(state === null
      ? []
      : [
          {
            key: 'state',
            label: t('server_.state'),
            value: (
              <>
                {state}
                {leader !== null && leader !== sid && (
                  <span className={styles.dim}>
                    {t('listComma')}
                    {t('server_.follows', { sid: leader })}
                  </span>
                )}
              </>
            ),
          },
        ]),
    ...(why === null ? [] : [{ key: 'why', label: t('server_.state'), value: why }]),
    ...(state === null && why === null
      ? []
      : [
          {
            key: 'since',
            label: t('server_.since'),
            value: t('server_.sinceAgo', { duration: formatDuration(Math.max(0, headMs - server.sinceMs), language) }),
          },
        ]),
    ...(epoch === 0 ? [] : [{ key: 'epoch', label: t('server_.epoch'), value: epoch }]),
    {
      key: 'role',
      label: t('server_.role'),
      value: t(server.member?.role === 'observer' ? 'server_.observer' : 'server_.voter'),
    },
    ...(vote === null || !isVote(vote)
      ? []
      : [{ key: 'vote', label: t('server_.vote'), value: <VoteText vote={vote} /> }]),
  ];
  return (
    <Panel>
      <KeyValue entries={entries} />
      {isMissing('role') ? (
        <p className={styles.after}>{health('missing.role')}</p>
      ) : (
        <Provenance field="role" sid={sid} />
      )}
      {isMissing('votes') && <p className={styles.after}>{health('missing.votes')}</p>}
    </Panel>
  );
}

/** Its figures, from its words or its admin server; the origin of each is its title, that of the newest stands below. */
function Says({ sid }: { readonly sid: number }) {
  const { t } = useTranslation('health');
  const language = useLanguage();
  const origin = useOriginText();
  const nowMs = useHostNow(1_000);
  const replica = useReplica(sid);
  if (replica === null) return null;
  const count = (value: number) => formatCount(value, language);
  const duration = (value: number) => formatDuration(value, language);
  const row = <T,>(key: string, label: string, known: Known<T> | null, show: (value: T) => ReactNode) =>
    known === null
      ? []
      : [
          {
            key,
            label,
            known,
            value: <span title={origin(known.origin, known.heardMs, nowMs)}>{show(known.value)}</span>,
          },
        ];
  const name = (fact: string) => t(`replicas.row.${fact}`);
  const rows = [
    ...row('zxid', name('zxid'), replica.lastZxid, (zxid) => <ZxidText zxid={zxid} />),
    ...row('latency', t('attached.meanLatency'), replica.latencyMs, duration),
    ...row('outstanding', name('outstanding'), replica.outstanding, count),
    ...row('znodes', name('znodes'), replica.znodes, count),
    ...row('sessions', t('restart.fact.sessions'), replica.sessions, count),
    ...row('watches', t('attached.watches'), replica.watches, count),
    ...row('connections', name('connections'), replica.connections, count),
    ...row('fsync', name('fsync'), replica.fsyncMs, duration),
    ...row('up', name('up'), replica.upMs, duration),
    ...row('version', name('version'), replica.version, (version) => version),
  ];
  const newest = rows
    .map(({ known }) => known)
    .reduce<Known<unknown> | null>(
      (best, known) => (best === null || known.heardMs > best.heardMs ? known : best),
      null,
    );
  return (
    <Panel title={t('attached.says')}>
      {newest === null ? (
        <p>{t('missing.words')}</p>
      ) : (
        <>
          <KeyValue entries={rows} />
          <p className={styles.after}>{origin(newest.origin, newest.heardMs, nowMs)}</p>
        </>
      )}
    </Panel>
  );
}

/** What nobody outside can see of it, named. */
function Unseen() {
  const t = useText();
  const { t: health } = useTranslation('health');
  const isMissing = useIsMissing();
  return (
    <Panel title={t('server_.process')}>
      <p>{health('missing.process')}</p>
      {isMissing('proposals') && <p>{health('missing.proposals')}</p>}
      <p>{health('missing.log')}</p>
    </Panel>
  );
}
