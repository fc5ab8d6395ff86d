/** One write from its request to its reply: the quorum, each server, the steps of its life, and what waits behind it. */
import type { ClusterState, ProposalView } from '@vivarium/shared/cluster-state';
import { useGo, useLocation } from '../../../app/location.ts';
import { formatBytes, formatDuration } from '../../../components/format.ts';
import { SessionText, ZxidText } from '../../../components/identifiers.tsx';
import { KeyValue, Panel } from '../../../components/panel.tsx';
import { useLanguage } from '../../../i18n/i18n.ts';
import { usePlayer } from '../../../live/use-player.ts';
import { QuorumSlots } from '../../../viz/quorum-slots.tsx';
import { errorName } from '../lower/event-sentence.ts';
import { isZxid, offsetText } from './format.ts';
import styles from './inspector.module.css';
import { Said } from './marked.tsx';
import { isUp, membershipOf } from './membership.ts';
import { ackSentence, isAckUnderWay, lifeOf, placeOf } from './proposal-facts.ts';
import { ServerMark } from './server-mark.tsx';
import { useText } from './text.ts';

interface Props {
  readonly state: ClusterState;
  readonly proposal: ProposalView;
}

/** The sections of the inspector for a proposal. */
export function ProposalInspector({ state, proposal }: Props) {
  return (
    <>
      <Write proposal={proposal} />
      <Acknowledged state={state} proposal={proposal} />
      <EachServer state={state} proposal={proposal} />
      <Life state={state} proposal={proposal} />
      <Queues state={state} proposal={proposal} />
    </>
  );
}

function Write({ proposal }: { readonly proposal: ProposalView }) {
  const t = useText();
  const go = useGo();
  const { cluster } = useLocation();
  const language = useLanguage();
  const { path, session, cxid, error, operation, requestedBy } = proposal;
  const hasCxid = cxid > 0;
  return (
    <Panel>
      <KeyValue
        entries={[
          {
            key: 'write',
            label: t('proposal.write'),
            value: t('proposal.operation', { operation, bytes: formatBytes(proposal.bytes, language) }),
          },
          ...(path === null
            ? []
            : [
                {
                  key: 'path',
                  label: t('proposal.path'),
                  value: (
                    <button
                      type="button"
                      className={`${styles.link} mono`}
                      onClick={() => go({ cluster, page: 'explorer', path })}
                    >
                      {path}
                    </button>
                  ),
                },
              ]),
          {
            key: 'session',
            label: t('proposal.session'),
            value: (
              <>
                <SessionText session={session} /> {requestedBy !== null && t('proposal.onServer', { sid: requestedBy })}
              </>
            ),
          },
          ...(hasCxid
            ? [
                {
                  key: 'request',
                  label: t('proposal.request'),
                  value: t('proposal.cxid', { cxid: `0x${cxid.toString(16)}` }),
                },
              ]
            : []),
          ...(error === null || error === 0
            ? []
            : [{ key: 'error', label: t('proposal.error'), value: errorName(error) }]),
        ]}
      />
    </Panel>
  );
}

function Acknowledged({ state, proposal }: Props) {
  const t = useText();
  const members = membershipOf(state);
  const { voters, quorum } = members;
  const have = voters
    .filter((sid) => proposal.ackedAtMs[sid] !== undefined)
    .sort((a, b) => (proposal.ackedAtMs[a] ?? 0) - (proposal.ackedAtMs[b] ?? 0));
  const pending = voters.filter((sid) => !have.includes(sid) && isAckUnderWay(state, proposal, sid));
  const dead = voters.filter((sid) => {
    const server = state.servers[sid];
    return server !== undefined && !isUp(server);
  });
  return (
    <Panel title={t('proposal.acknowledged')} aside={t('proposal.quorumOfVoters', { quorum, total: voters.length })}>
      <div className={styles.acks}>
        <QuorumSlots
          voters={voters}
          have={have}
          quorum={quorum}
          pending={pending}
          dead={dead}
          roleOf={(sid) => (sid === proposal.leader ? 'leader' : 'follower')}
          size={22}
        />
        <p>
          <Said sentence={ackSentence(state, proposal, members)} />
        </p>
      </div>
    </Panel>
  );
}

function EachServer({ state, proposal }: Props) {
  const t = useText();
  const { leader, proposedAtMs } = proposal;
  const sids = Object.keys(state.servers).map(Number);
  const order = [leader, ...sids.filter((sid) => sid !== leader)].filter((sid) => sids.includes(sid));
  const offset = (atMs: number | undefined) => (atMs === undefined ? '' : offsetText(atMs - proposedAtMs));
  return (
    <Panel title={t('proposal.each.title')} aside={t('proposal.each.note')}>
      <table className={`${styles.table} ${styles.tight}`}>
        <caption className="visually-hidden">{t('proposal.each.title')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('proposal.each.server')}</th>
            {(['received', 'onDisk', 'ack', 'committed', 'applied'] as const).map((column) => (
              <th key={column} scope="col" className={styles.end}>
                {t(`proposal.each.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {order.map((sid) => {
            const place = placeOf(state, proposal, sid);
            return (
              <tr key={sid}>
                <td>
                  <ServerMark state={state} sid={sid} />
                </td>
                {place === 'arrived' ? (
                  <>
                    <td className={styles.end}>{sid === leader ? '0.0' : offset(proposal.receivedAtMs[sid])}</td>
                    <td className={styles.end}>{offset(proposal.loggedAtMs[sid])}</td>
                    <td className={styles.end}>
                      {proposal.ackedAtMs[sid] === undefined && isAckUnderWay(state, proposal, sid) ? (
                        <span className={styles.dim}>{t('proposal.each.onItsWay')}</span>
                      ) : (
                        offset(proposal.ackedAtMs[sid])
                      )}
                    </td>
                    <td className={styles.end}>{offset(proposal.committedAtMs[sid])}</td>
                    <td className={styles.end}>{offset(proposal.appliedAtMs[sid])}</td>
                  </>
                ) : (
                  <td className={`${styles.end} ${styles.dim}`} colSpan={5}>
                    {t(`proposal.each.${place}`)}
                  </td>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </Panel>
  );
}

function Life({ state, proposal }: Props) {
  const t = useText();
  return (
    <Panel title={t('proposal.life.title')} aside={t('proposal.each.note')}>
      <ol className={styles.life}>
        {lifeOf(proposal, membershipOf(state)).map((step) => (
          <li key={step.key} data-state={step.state} aria-current={step.state === 'now' ? 'step' : undefined}>
            <span className={styles.dot} role="img" aria-label={t(`proposal.life.${step.state}`)} />
            <span>{t(step.key, step.params)}</span>
            <span className={styles.offset}>{step.offsetMs === null ? '' : offsetText(step.offsetMs)}</span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function Queues({ state, proposal }: Props) {
  const t = useText();
  const language = useLanguage();
  const headMs = usePlayer((view) => view.headMs);
  const { leader } = proposal;
  const links = Object.values(state.links).filter(({ from, to }) => from === leader && state.servers[to] !== undefined);
  if (links.length === 0 || state.servers[leader]?.state !== 'LEADING') return null;
  return (
    <Panel title={t('proposal.queues.title')}>
      <table className={styles.table}>
        <caption className="visually-hidden">{t('proposal.queues.title')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('proposal.queues.to')}</th>
            <th scope="col">{t('proposal.queues.first')}</th>
            <th scope="col" className={styles.end}>
              {t('proposal.queues.waiting')}
            </th>
            <th scope="col" className={styles.end}>
              {t('proposal.queues.oldest')}
            </th>
          </tr>
        </thead>
        <tbody>
          {links
            .sort((a, b) => a.to - b.to)
            .map(({ to, queue, waiting }) => {
              const first = queue[0];
              return (
                <tr key={to}>
                  <td>
                    <ServerMark state={state} sid={to} />
                  </td>
                  <td>
                    {first === undefined ? (
                      <span className={styles.dim}>{t('proposal.queues.empty')}</span>
                    ) : (
                      <>
                        {first.packet} {isZxid(first.zxid) && <ZxidText zxid={first.zxid} copy={false} />}
                      </>
                    )}
                  </td>
                  <td className={styles.end}>{waiting}</td>
                  <td className={styles.end}>
                    {first === undefined ? '' : formatDuration(Math.max(0, headMs - first.sentAtMs), language)}
                  </td>
                </tr>
              );
            })}
        </tbody>
      </table>
    </Panel>
  );
}

/** What stands in the header of the inspector. */
export function ProposalTitle({ zxid }: { readonly zxid: string }) {
  const t = useText();
  return (
    <>
      {t('proposal.title')} <ZxidText zxid={zxid} />
    </>
  );
}
