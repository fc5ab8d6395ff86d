/** Every election that is kept, the newest first, and of the chosen one each step: who heard whom, what decided, the tally. */

import { type ClusterState, type ElectionView, MAX_VOTE_STEPS, type VoteStep } from '@vivarium/shared/cluster-state';
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { useHealthText } from '../../../app/health-report/use-health-text.ts';
import { useGo, useLocation } from '../../../app/location.ts';
import { formatDuration, formatTimeOfDay } from '../../../components/format.ts';
import { EmptyState, Skeleton } from '../../../components/states.tsx';
import { useLanguage } from '../../../i18n/i18n.ts';
import { controls, usePlayer } from '../../../live/use-player.ts';
import { QuorumSlots } from '../../../viz/quorum-slots.tsx';
import { RoleMark } from '../../../viz/role-mark.tsx';
import { VoteText } from '../../../viz/vote-text.tsx';
import { presentVoters } from '../inspector/election-facts.ts';
import { isVote, msNumber, offsetText, voteOrNone } from '../inspector/format.ts';
import { Marked, Said } from '../inspector/marked.tsx';
import { listText, useText } from '../inspector/text.ts';
import { Provenance } from '../provenance.tsx';
import { formatSelection, parseSelection } from '../selection.ts';
import { electorsOf, stepSentence, voteBefore, whySentence } from './election-rows.ts';
import styles from './lower.module.css';

/** So many votes under way are named. */
const MAX_NAMED = 6;

/** Fills the height that it is given. */
export function ElectionTable() {
  const t = useText();
  const health = useHealthText();
  const { select } = useLocation();
  const { state, info } = usePlayer((view) => ({ state: view.state, info: view.info }));
  const [toggled, setToggled] = useState<Readonly<Record<number, boolean>>>({});
  if (info === null) return <Skeleton lines={5} />;
  const newest = state.elections.at(-1);
  if (newest === undefined)
    return (
      <EmptyState title={t('rounds.none')}>
        {info.attached === null ? t('rounds.noneText') : t('rounds.noneYet')}
      </EmptyState>
    );
  const selection = parseSelection(select);
  const shown = selection?.kind === 'election' ? selection.number : newest.number;
  const cause = state.elections.find(({ number }) => number === shown)?.cause.kind ?? newest.cause.kind;
  return (
    <div className={styles.scroller}>
      {info.attached !== null && (
        <div className={styles.foot}>
          <p>{health('missing.settled')}</p>
          <Provenance field="votes" />
        </div>
      )}
      <table className={styles.rounds}>
        <caption className="visually-hidden">{t('tabs.election')}</caption>
        <thead>
          <tr>
            <th scope="col">{t(`rounds.after.${cause}`)}</th>
            <th scope="col">{t('rounds.voter')}</th>
            <th scope="col">{t('rounds.what')}</th>
            <th scope="col">{t('rounds.vote')}</th>
            <th scope="col">{t('rounds.because')}</th>
            <th scope="col">{t('rounds.tally')}</th>
          </tr>
        </thead>
        {state.elections
          .map((election) => (
            <Election
              key={election.number}
              state={state}
              election={election}
              open={toggled[election.number] ?? election.number === shown}
              onToggle={(open) => setToggled({ ...toggled, [election.number]: open })}
            />
          ))
          .reverse()}
      </table>
    </div>
  );
}

function Election(props: {
  readonly state: ClusterState;
  readonly election: ElectionView;
  readonly open: boolean;
  readonly onToggle: (open: boolean) => void;
}) {
  const { state, election, open, onToggle } = props;
  const t = useText();
  const go = useGo();
  const headMs = usePlayer((view) => view.headMs);
  const { number, leader, quorum, voters, steps, startedAtMs } = election;
  const isOver = election.endedAtMs !== null;
  const lastSteps = steps.length >= MAX_VOTE_STEPS ? steps.length : 0;
  return (
    <tbody>
      <tr className={styles.round} data-over={isOver || undefined} data-open={open || undefined}>
        <td>
          <button
            type="button"
            className={styles.toggle}
            aria-expanded={open}
            aria-label={t(open ? 'rounds.collapse' : 'rounds.expand', { number })}
            onClick={() => onToggle(!open)}
          >
            {open ? <ChevronDown size={13} aria-hidden /> : <ChevronRight size={13} aria-hidden />}
            {t('rounds.round', { number })}
          </button>
        </td>
        <td colSpan={4}>
          <button
            type="button"
            className={styles.rowButton}
            onClick={() => {
              controls.seek(election.endedAtMs ?? startedAtMs);
              go({ select: formatSelection({ kind: 'election', number }) });
            }}
          >
            <RoundText state={state} election={election} headMs={headMs} />
          </button>
        </td>
        <td>
          {isOver && leader !== null && election.cause.kind !== 'rejoined' && electorsOf(election).length > 0 && (
            <span className={styles.tally}>
              <QuorumSlots voters={voters} have={electorsOf(election)} quorum={quorum} size={9} />
              <span className={styles.dim}>{t('rounds.for', { sid: leader })}</span>
            </span>
          )}
        </td>
      </tr>
      {open &&
        steps.map((step, i) => (
          <Step
            key={`${step.atMs}:${step.voter}:${step.step}:${step.from}`}
            election={election}
            step={step}
            index={i}
          />
        ))}
      {open && !isOver && <Now state={state} offsetMs={headMs - startedAtMs} />}
      {open && lastSteps > 0 && (
        <tr className={styles.quietRow}>
          <td />
          <td colSpan={5}>{t('rounds.more', { count: lastSteps })}</td>
        </tr>
      )}
    </tbody>
  );
}

function RoundText(props: { readonly state: ClusterState; readonly election: ElectionView; readonly headMs: number }) {
  const { state, election, headMs } = props;
  const t = useText();
  const language = useLanguage();
  const { endedAtMs, startedAtMs, leader, epoch, voters } = election;
  if (endedAtMs === null) {
    const duration = formatDuration(Math.max(0, headMs - startedAtMs), language);
    const { cause } = election;
    if (cause.kind === 'rejoined') return t('rounds.rejoining', { duration, voter: cause.sid ?? '?' });
    const present = presentVoters(state, election);
    const down = voters.filter((sid) => !present.includes(sid));
    return t(down.length === 0 ? 'rounds.open' : 'rounds.openDown', {
      duration,
      voters: listText(t, present),
      down: listText(t, down),
    });
  }
  const params = {
    time: formatTimeOfDay(election.startedWallMs, 3),
    duration: formatDuration(endedAtMs - startedAtMs, language),
  };
  if (leader === null) return t('rounds.abandoned', params);
  const { cause } = election;
  if (cause.kind === 'rejoined') {
    return t('rounds.rejoined', { ...params, voter: cause.sid ?? '?', sid: leader, epoch: epoch ?? '?' });
  }
  // From outside only who leads afterwards is seen for certain.
  if (electorsOf(election).length === 0) return t('rounds.settled', { ...params, sid: leader });
  const vote = election.votes[leader];
  const named = { ...params, sid: leader, epoch: epoch ?? '?' };
  if (vote === undefined || !isVote(vote)) return t('rounds.doneShort', named);
  return (
    <Marked
      text={t('rounds.done', { ...named, vote: voteOrNone(vote), voters: electorsOf(election).join(t('listComma')) })}
    />
  );
}

function Step({
  election,
  step,
  index,
}: {
  readonly election: ElectionView;
  readonly step: VoteStep;
  readonly index: number;
}) {
  const t = useText();
  const headMs = usePlayer((view) => view.headMs);
  const why = whySentence(step, voteBefore(election.steps, index));
  const next = election.steps[index + 1];
  const current = step.atMs <= headMs && (next === undefined || next.atMs > headMs) && election.endedAtMs === null;
  const seek = () => controls.seek(step.atMs);
  return (
    <tr
      className={styles.step}
      tabIndex={0}
      aria-current={current || undefined}
      onClick={seek}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        seek();
      }}
    >
      <td>{t('ms', { ms: offsetText(step.atMs - election.startedAtMs) })}</td>
      <td>
        <RoleMark role="looking" sid={step.voter} size={18} />
      </td>
      <td>
        <Said sentence={stepSentence(step, election)} />
      </td>
      <td>{isVote(step.vote) && <VoteText vote={step.vote} />}</td>
      <td className={styles.why}>{why !== null && <Said sentence={why} />}</td>
      <td>
        <span className={styles.tally}>
          <QuorumSlots voters={election.voters} have={step.tally} quorum={election.quorum} size={9} />
          <span className={styles.dim}>{t('rounds.for', { sid: step.vote.leader })}</span>
        </span>
      </td>
    </tr>
  );
}

/** The line of the instant: the votes that are under way. */
function Now({ state, offsetMs }: { readonly state: ClusterState; readonly offsetMs: number }) {
  const t = useText();
  const underWay = Object.values(state.links).flatMap(({ from, to, queue }) =>
    queue.filter(({ packet }) => packet === 'NOTIFICATION').map(() => `${from}→${to}`),
  );
  return (
    <tr className={styles.now} aria-current="time">
      <td>{t('rounds.now', { offset: `+${msNumber(Math.max(0, offsetMs))}` })}</td>
      <td />
      <td>{t('rounds.inFlight', { count: underWay.length })}</td>
      <td />
      <td className={styles.why}>{underWay.length > 0 && listText(t, [...new Set(underWay)].slice(0, MAX_NAMED))}</td>
      <td />
    </tr>
  );
}
