/** An election as it stands at the instant: who has heard what, which vote wins and why, what becomes of the log, what is next. */
import type { ZabPhase } from '@vivarium/shared/cluster-event';
import type { ClusterState, ElectionView } from '@vivarium/shared/cluster-state';
import { epochOf } from '@vivarium/shared/zxid';
import { ZxidText } from '../../../components/identifiers.tsx';
import { Panel } from '../../../components/panel.tsx';
import { RoleMark } from '../../../viz/role-mark.tsx';
import {
  candidatesOf,
  causeSentence,
  decision,
  fatesOf,
  type Heard,
  heardRows,
  nextSentence,
  quorumSentence,
} from './election-facts.ts';
import styles from './inspector.module.css';
import { Marked, Said } from './marked.tsx';
import { roleIn } from './server-mark.tsx';
import { useText } from './text.ts';

const PHASES: readonly ZabPhase[] = ['ELECTION', 'DISCOVERY', 'SYNCHRONIZATION', 'BROADCAST'];
const SHOWN_PROPOSALS = 4;

interface Props {
  readonly state: ClusterState;
  readonly election: ElectionView;
}

/** The sections of the inspector for an election, open or over. */
export function ElectionInspector({ state, election }: Props) {
  const t = useText();
  const cause = causeSentence(state, election);
  const left = quorumSentence(state, election);
  const isOver = election.endedAtMs !== null || election.cause.kind === 'rejoined';
  return (
    <>
      <Panel>
        <PhaseSteps election={election} />
        <p>
          {isOver
            ? t(cause.key, cause.params)
            : t('sentences', { first: t(cause.key, cause.params), second: t(left.key, left.params) })}
        </p>
      </Panel>
      {election.endedAtMs === null && <HeardMatrix state={state} election={election} />}
      <BetterVote state={state} election={election} />
      {election.cause.kind !== 'rejoined' && <Fates state={state} election={election} />}
      <Panel title={t('election.next.title')}>
        <p>
          <Said sentence={nextSentence(state, election)} />
        </p>
      </Panel>
    </>
  );
}

function PhaseSteps({ election }: { readonly election: ElectionView }) {
  const t = useText();
  const over = election.endedAtMs !== null;
  const current = over ? PHASES.length - 1 : PHASES.indexOf(election.phase);
  return (
    <ol className={styles.steps}>
      {PHASES.map((phase, i) => (
        <li
          key={phase}
          aria-current={i === current ? 'step' : undefined}
          data-passed={i < current || undefined}
          data-over={over || undefined}
        >
          {t(`step.${phase}`)}
        </li>
      ))}
    </ol>
  );
}

function HeardMatrix({ state, election }: Props) {
  const t = useText();
  const rows = heardRows(state, election);
  const first = rows[0];
  if (first === undefined) return null;
  return (
    <Panel title={t('election.heard.title')}>
      <div className={styles.scrollX}>
        <table className={styles.table}>
          <caption className="visually-hidden">{t('election.heard.title')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('election.heard.to')}</th>
              {first.from.map(({ sid }) => (
                <th key={sid} scope="col" className={styles.middle}>
                  {t('election.heard.from', { sid })}
                </th>
              ))}
              <th scope="col" className={styles.end}>
                {t('election.heard.tally')}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ voter, from, vote, agree }) => (
              <tr key={voter}>
                <td>{t('server', { sid: voter })}</td>
                {from.map(({ sid, heard }) => (
                  <td key={sid} className={styles.middle}>
                    <HeardCell heard={heard} />
                  </td>
                ))}
                <td className={styles.end}>
                  {vote === null
                    ? t('election.heard.nothing')
                    : t('election.heard.tallyOf', {
                        have: agree.length,
                        voters: election.voters.length,
                        sid: vote.leader,
                      })}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function HeardCell({ heard }: { readonly heard: Heard }) {
  const t = useText();
  if (typeof heard === 'object') return heard.vote.leader;
  return <span className={styles.dim}>{t(`election.heard.${heard}`)}</span>;
}

function BetterVote({ state, election }: Props) {
  const t = useText();
  const candidates = candidatesOf(election);
  const { by, because } = decision(candidates);
  const won = (column: string, i: number) => (i === 0 && by === column ? styles.won : undefined);
  return (
    <Panel title={t('election.better.title')} aside={t('election.better.note')}>
      {candidates.length > 0 && (
        <table className={styles.table}>
          <caption className="visually-hidden">{t('election.better.title')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('election.better.for')}</th>
              <th scope="col">{t('election.better.epoch')}</th>
              <th scope="col">{t('election.better.zxid')}</th>
              <th scope="col">{t('election.better.sid')}</th>
              <th scope="col" className={styles.end}>
                {t('election.better.votes')}
              </th>
            </tr>
          </thead>
          <tbody>
            {candidates.map(({ vote, by: voters }, i) => (
              <tr key={vote.leader}>
                <td>
                  <RoleMark role={roleIn(state, vote.leader)} sid={vote.leader} size={18} />
                </td>
                <td className={won('epoch', i)}>{vote.peerEpoch}</td>
                <td className={won('zxid', i)}>
                  <ZxidText zxid={vote.zxid} copy={false} />
                </td>
                <td className={won('sid', i)}>{vote.leader}</td>
                <td className={styles.end}>{voters.length}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p className={styles.after}>
        <Said sentence={because} />
      </p>
    </Panel>
  );
}

function Fates({ state, election }: Props) {
  const t = useText();
  const leader = election.leader ?? candidatesOf(election)[0]?.vote.leader ?? null;
  const fates = fatesOf(state, election, leader, SHOWN_PROPOSALS);
  const first = fates[0];
  if (first === undefined) return null;
  const epoch = epochOf(BigInt(first.zxid));
  return (
    <Panel title={t('election.fate.title', { epoch })}>
      <table className={styles.table}>
        <caption className="visually-hidden">{t('election.fate.title', { epoch })}</caption>
        <thead>
          <tr>
            <th scope="col">{t('election.fate.zxid')}</th>
            <th scope="col">{t('election.fate.holders')}</th>
            <th scope="col">{t('election.fate.acks')}</th>
            <th scope="col" className={styles.end}>
              {t('election.fate.ifLeads', { sid: leader ?? '?' })}
            </th>
          </tr>
        </thead>
        <tbody>
          {fates.map(({ zxid, holders, acks, fate }) => (
            <tr key={zxid}>
              <td>
                <ZxidText zxid={zxid} copy={false} />
              </td>
              <td>
                {holders.length === 0 && <span className={styles.dim}>{t('election.fate.nobody')}</span>}
                {holders.map(({ sid, up }, i) => (
                  <span key={sid} className={up ? undefined : styles.dim}>
                    {i > 0 && ', '}
                    {sid}
                  </span>
                ))}
              </td>
              <td>{acks === null ? '–' : t('election.fate.acksOf', { have: acks, voters: election.voters.length })}</td>
              <td className={styles.end}>
                <Marked text={t(fate.key, fate.params)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
