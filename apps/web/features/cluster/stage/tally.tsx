import type { ZabPhase } from '@vivarium/shared/cluster-event';
import type { ElectionView } from '@vivarium/shared/cluster-state';
import { useTranslation } from 'react-i18next';
import { classNames } from '../../../components/class-names.ts';
import { QuorumSlots } from '../../../viz/quorum-slots.tsx';
import { RoleMark } from '../../../viz/role-mark.tsx';
import type { Role } from '../../../viz/roles.ts';
import styles from './tally.module.css';

/** More candidates than this are counted, not drawn. */
export const MAX_CANDIDATES = 3;

const PHASES: readonly ZabPhase[] = ['ELECTION', 'DISCOVERY', 'SYNCHRONIZATION', 'BROADCAST'];

/** Who is voted for by whom, the most votes first; voters that can vote but have nobody's vote follow by sid. */
export function candidatesOf(
  election: ElectionView,
  isUp: (sid: number) => boolean,
): readonly { readonly sid: number; readonly votes: readonly number[] }[] {
  const votes = new Map<number, number[]>(election.voters.filter(isUp).map((sid) => [sid, []]));
  for (const [voter, vote] of Object.entries(election.votes)) {
    votes.set(vote.leader, [...(votes.get(vote.leader) ?? []), Number(voter)]);
  }
  return [...votes]
    .map(([sid, by]) => ({ sid, votes: by }))
    .sort((a, b) => b.votes.length - a.votes.length || a.sid - b.sid);
}

/** The height of the plate in pixels with so many of the candidates, for finding a place for it. */
export function tallyHeight(shown: number, candidates: number): number {
  return 58 + shown * 28 + (candidates > shown ? 18 : 0);
}

/** The votes as cast, each candidate's against the quorum, below the phase that the ensemble is in. */
export function Tally({
  election,
  roleOf,
  variant,
  max = MAX_CANDIDATES,
  isFading = false,
}: {
  readonly election: ElectionView;
  readonly roleOf: (sid: number) => Role;
  /** `plate` floats in the ring, `section` stands below it. */
  readonly variant: 'plate' | 'section';
  /** So many candidates are drawn at most. */
  readonly max?: number;
  readonly isFading?: boolean;
}) {
  const { t } = useTranslation('cluster');
  const dead = election.voters.filter((sid) => roleOf(sid) === 'down');
  const all = candidatesOf(election, (sid) => !dead.includes(sid));
  const shown = all.slice(0, max);
  const isLarge = election.voters.length > 5;
  return (
    <section
      className={classNames(styles.tally, styles[variant])}
      data-fading={isFading || undefined}
      aria-label={t('tally.title')}
    >
      <PhaseSteps phase={election.phase} />
      <h2 className={styles.title}>
        {t('tally.title')}
        <small>{t('tally.quorum', { quorum: election.quorum, voters: election.voters.length })}</small>
      </h2>
      <ul>
        {shown.map(({ sid, votes }) => (
          <li key={sid} className={styles.candidate}>
            <span className={styles.name}>
              <RoleMark role={roleOf(sid)} sid={sid} size={variant === 'plate' ? 18 : 20} />
              {!isLarge && t('server', { sid })}
            </span>
            <QuorumSlots
              voters={election.voters}
              have={votes}
              dead={dead}
              quorum={election.quorum}
              size={isLarge ? 11 : 18}
              height={28}
            />
            <span className={styles.count}>{t('tally.count', { have: votes.length, quorum: election.quorum })}</span>
          </li>
        ))}
      </ul>
      {all.length > shown.length && (
        <p className={styles.more}>{t('tally.more', { count: all.length - shown.length })}</p>
      )}
    </section>
  );
}

/** How far the ensemble is on its way from an election to serving again. */
export function PhaseSteps({ phase }: { readonly phase: ZabPhase }) {
  const { t } = useTranslation('cluster');
  const current = PHASES.indexOf(phase);
  return (
    <ol className={styles.phases} aria-label={t('phase.title')}>
      {PHASES.map((name, i) => (
        <li key={name} data-done={i < current || undefined} {...(i === current && { 'aria-current': 'step' as const })}>
          {t(`phase.${name}`)}
        </li>
      ))}
    </ol>
  );
}
