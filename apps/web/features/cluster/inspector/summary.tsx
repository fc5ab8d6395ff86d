/** The cluster in a few lines, for when nothing is selected: who leads, what it can bear, how to connect. */

import type { ClusterState, ServerView } from '@vivarium/shared/cluster-state';
import type { HealthReport } from '@vivarium/shared/contract/health';
import { useHealthText } from '../../../app/health-report/use-health-text.ts';
import { formatCount } from '../../../components/format.ts';
import { Copyable, ZxidText } from '../../../components/identifiers.tsx';
import { KeyValue, Panel } from '../../../components/panel.tsx';
import { useLanguage } from '../../../i18n/i18n.ts';
import { usePlayer } from '../../../live/use-player.ts';
import { QuorumSlots } from '../../../viz/quorum-slots.tsx';
import { seenZxid, useAttachedReport, useIsAttached, useIsMissing } from '../attached.ts';
import { Provenance } from '../provenance.tsx';
import type { Sentence } from './election-facts.ts';
import styles from './inspector.module.css';
import { leaderOf, type Membership, membershipOf } from './membership.ts';
import { roleIn, ServerMark } from './server-mark.tsx';
import { useText } from './text.ts';

/** Events a second are averaged over so many whole seconds. */
const RATE_SECONDS = 5;

/** The sections of the inspector when nothing is selected. */
export function ClusterSummary({ state }: { readonly state: ClusterState }) {
  const t = useText();
  const language = useLanguage();
  const connectString = usePlayer(({ info }) => (info?.capabilities.live === true ? info.connectString : null));
  const health = useHealthText();
  const isAttached = useIsAttached();
  const isMissing = useIsMissing();
  const report = useAttachedReport();
  const leader = leaderOf(state);
  const members = membershipOf(state);
  const spare = spareSentence(members);
  const isUnseen = isAttached && isMissing('role');
  const sessions = isAttached ? sessionsOf(report) : state.sessionCount;
  const dead = members.voters.filter((sid) => !members.alive.includes(sid));
  return (
    <>
      <Panel>
        <p>
          {isUnseen
            ? health('missing.role')
            : t('sentences', {
                first:
                  leader === null
                    ? t('summary.noLeader')
                    : t('summary.leads', { sid: leader.sid, epoch: leader.epoch }),
                second: t(spare.key, spare.params),
              })}
        </p>
        {!isUnseen && <Provenance field="role" />}
      </Panel>
      <Panel
        title={t('summary.voters')}
        aside={t('quorumOf', { quorum: members.quorum, total: members.voters.length })}
      >
        <QuorumSlots
          voters={members.voters}
          have={members.alive}
          quorum={members.quorum}
          dead={isUnseen ? [] : dead}
          roleOf={(sid) => roleIn(state, sid)}
          size={22}
        />
      </Panel>
      <Panel title={t('summary.now')}>
        <KeyValue
          entries={[
            {
              key: 'leader',
              label: t('summary.leader'),
              value: leader === null ? t('none') : <ServerMark state={state} sid={leader.sid} />,
            },
            { key: 'epoch', label: t('summary.epoch'), value: leader?.epoch ?? '–' },
            {
              key: 'commit',
              label: t('summary.lastCommit'),
              value: <LastCommit state={state} leader={leader} />,
            },
            ...(isAttached
              ? []
              : [
                  {
                    key: 'committed',
                    label: t('summary.committed'),
                    value: t('summary.committedSince', { count: formatCount(state.committed, language) }),
                  },
                ]),
            {
              key: 'events',
              label: t('summary.events'),
              value: t('summary.perSecond', { count: formatCount(eventsASecond(state), language) }),
            },
            {
              key: 'sessions',
              label: t('summary.sessions'),
              value:
                sessions === null ? (
                  <span className={styles.dim}>{health('attached.sessionsUnknown')}</span>
                ) : (
                  formatCount(sessions, language)
                ),
            },
          ]}
        />
      </Panel>
      {connectString !== null && (
        <Panel title={t('summary.connect')}>
          <Copyable value={connectString} />
          <p className={styles.after}>{t('summary.connectText')}</p>
          <div className={styles.command}>
            <Copyable value={`zkCli.sh -server ${connectString}`} />
          </div>
        </Panel>
      )}
      <Panel title={t('summary.hint')}>
        <p>{t('summary.hintText')}</p>
      </Panel>
    </>
  );
}

/** How many more voters may be lost before writing stops. */
function spareSentence({ voters, alive, quorum }: Membership): Sentence {
  const params = { alive: alive.length, total: voters.length, quorum };
  const spare = alive.length - quorum;
  if (spare > 0) return { key: 'summary.spare', params: { ...params, count: spare } };
  if (spare === 0) return { key: 'summary.noSpare', params };
  return { key: 'summary.tooFew', params: { ...params, count: -spare } };
}

function LastCommit({ state, leader }: { readonly state: ClusterState; readonly leader: ServerView | null }) {
  const health = useHealthText();
  const isAttached = useIsAttached();
  const report = useAttachedReport();
  const traced = leader === null ? Object.values(state.servers) : [leader];
  const told = report?.replicas.map(({ lastZxid }) => lastZxid?.value) ?? [];
  const zxid = seenZxid(...traced.map(({ lastCommitted }) => lastCommitted), ...told);
  if (zxid === null && isAttached) return <span className={styles.dim}>{health('attached.zxidUnknown')}</span>;
  return <ZxidText zxid={zxid ?? '0x0'} />;
}

/** Sessions of the ensemble: each server knows of all of them, and who lags of fewer. Null where none has told. */
function sessionsOf(report: HealthReport | null): number | null {
  const told = report?.replicas.flatMap(({ sessions }) => sessions?.value ?? []) ?? [];
  return told.length === 0 ? null : Math.max(...told);
}

/** The mean of the last whole seconds. */
function eventsASecond({ rates, wallMs }: ClusterState): number {
  const now = Math.floor(wallMs / 1000);
  const counted = rates.filter(([second]) => second < now && second >= now - RATE_SECONDS);
  return Math.round(counted.reduce((sum, [, events]) => sum + events, 0) / RATE_SECONDS);
}
