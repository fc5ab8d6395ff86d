import { useTranslation } from 'react-i18next';
import { useHealthText } from '../../app/health-report/use-health-text.ts';
import { usePlayer } from '../../live/use-player.ts';
import { EntryLegend, MessageLegend, RoleLegend, VoteLegend } from '../../viz/legend.tsx';
import { ROLES, roleOf } from '../../viz/roles.ts';
import { useIsAttached } from './attached.ts';
import { useProvenance } from './provenance.tsx';
import { isElecting } from './stage/link-lines.ts';
import styles from './stage/stage-area.module.css';

/** What the marks on the stage mean: the roles that there are, the messages of the phase, the ink of entries. */
export function StageLegend() {
  const { t } = useTranslation('cluster');
  const { servers, electing } = usePlayer((view) => ({
    servers: Object.values(view.state.servers).map(roleOf).join(),
    electing: isElecting(view.state),
  }));
  const health = useHealthText();
  const isAttached = useIsAttached();
  const votes = useProvenance('votes');
  const present = servers.split(',');
  const roles = ROLES.filter((role) => present.includes(role) || role === 'leader' || role === 'follower');
  return (
    <section className={styles.strip} aria-label={t('legend.title')}>
      <RoleLegend roles={roles} />
      {isAttached ? (
        <span className={styles.note} title={votes ?? undefined}>
          {health('attached.stage')}
        </span>
      ) : electing ? (
        <div className={styles.pair}>
          <VoteLegend />
          <MessageLegend kinds={['notification']} />
        </div>
      ) : (
        <MessageLegend
          kinds={roles.length > 3 ? ['proposal', 'commit', 'ack'] : ['proposal', 'commit', 'ack', 'other']}
        />
      )}
      {!isAttached && (
        <div className={styles.end}>
          <EntryLegend />
        </div>
      )}
    </section>
  );
}
