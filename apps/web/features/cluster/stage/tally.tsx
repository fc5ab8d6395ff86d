import type { ZabPhase } from '@vivarium/shared/cluster-event';
import type { ClusterState, ElectionView } from '@vivarium/shared/cluster-state';
import { useTranslation } from 'react-i18next';
import { classNames } from '../../../components/class-names.ts';
import { QuorumSlots } from '../../../viz/quorum-slots.tsx';
import { RoleMark } from '../../../viz/role-mark.tsx';
import { roleOf } from '../../../viz/roles.ts';
import { candidatesOf, isOut, MAX_CANDIDATES } from './election-view.ts';
import styles from './tally.module.css';

/** Slots that leave room for the candidate's name. */
function slotSize(voters: number): { readonly size: number; readonly gap: number } {
  return voters > 5 ? { size: 11, gap: 2 } : voters > 4 ? { size: 14, gap: 3 } : { size: 18, gap: 4 };
}

const PHASES: readonly ZabPhase[] = ['ELECTION', 'DISCOVERY', 'SYNCHRONIZATION', 'BROADCAST'];

/** The votes as cast, each candidate's against the quorum, below the phase that the ensemble is in. */
export function Tally({
  election,
  state,
  variant,
  max = MAX_CANDIDATES,
  isFading = false,
}: {
  readonly election: ElectionView;
  readonly state: ClusterState;
  /** `plate` floats in the ring, `section` stands below it. */
  readonly variant: 'plate' | 'section';
  /** So many candidates are drawn at most. */
  readonly max?: number;
  readonly isFading?: boolean;
}) {
  const { t } = useTranslation('cluster');
  const dead = election.voters.filter((sid) => isOut(state, sid));
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
              <RoleMark
                role={state.servers[sid] ? roleOf(state.servers[sid]) : 'unknown'}
                sid={sid}
                size={variant === 'plate' ? 18 : 20}
              />
              {!isLarge && t('server', { sid })}
            </span>
            <QuorumSlots
              voters={election.voters}
              have={votes}
              dead={dead}
              quorum={election.quorum}
              {...slotSize(election.voters.length)}
              height={28}
            />
            <span className={styles.count}>
              {t('tally.count', { have: votes.length, voters: election.voters.length })}
            </span>
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
function PhaseSteps({ phase }: { readonly phase: ZabPhase }) {
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
