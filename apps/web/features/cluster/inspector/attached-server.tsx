/** A server that somebody else runs: what its ports and its words tell, each with where it is from and how old it is. */

import type { ServerView } from '@vivarium/shared/cluster-state';
import { useHealthText } from '../../../app/health-report/use-health-text.ts';
import { formatDuration } from '../../../components/format.ts';
import { KeyValue, type KeyValueEntry, Panel } from '../../../components/panel.tsx';
import { useLanguage } from '../../../i18n/i18n.ts';
import { usePlayer } from '../../../live/use-player.ts';
import { VoteText } from '../../../viz/vote-text.tsx';
import { useIsMissing } from '../attached.ts';
import { useProcessText } from '../process-text.ts';
import { Provenance } from '../provenance.tsx';
import { Figures } from './figures.tsx';
import { isVote } from './format.ts';
import styles from './inspector.module.css';
import { Addresses } from './server-inspector.tsx';
import { useText } from './text.ts';

export function AttachedServer({ server }: { readonly server: ServerView }) {
  return (
    <>
      <Role server={server} />
      <Figures sid={server.sid} />
      <Unseen />
      <Addresses server={server} />
    </>
  );
}

/** What it is to the ensemble, as its election port or its words have it. */
function Role({ server }: { readonly server: ServerView }) {
  const t = useText();
  const health = useHealthText();
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

/** What nobody outside can see of it, named. */
function Unseen() {
  const t = useText();
  const health = useHealthText();
  const isMissing = useIsMissing();
  return (
    <Panel title={t('server_.process')}>
      <p>{health('missing.process')}</p>
      {isMissing('proposals') && <p>{health('missing.proposals')}</p>}
      <p>{health('missing.log')}</p>
    </Panel>
  );
}
