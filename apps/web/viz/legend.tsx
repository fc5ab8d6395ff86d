import { useTranslation } from 'react-i18next';
import { type BlockState, EntryBlock } from './entry-block.tsx';
import styles from './marks.module.css';
import { MessageShape } from './message-mark.tsx';
import type { MessageKind } from './message-shape.ts';
import { RoleMark } from './role-mark.tsx';
import { ROLES, type Role, roleColour } from './roles.ts';

const ENTRY_STATES: readonly BlockState[] = ['proposed', 'acked', 'committed', 'truncated'];

/** What the marks of the roles mean. */
export function RoleLegend({ roles = ROLES }: { roles?: readonly Role[] }) {
  const { t } = useTranslation('cluster');
  return (
    <ul className={styles.legend} aria-label={t('legend.roles')}>
      {roles.map((role) => (
        <li key={role}>
          <span aria-hidden>
            <RoleMark role={role} />
          </span>
          {t(`role.${role}`)}
        </li>
      ))}
    </ul>
  );
}

const SENDERS: Readonly<Record<MessageKind, Role>> = {
  proposal: 'leader',
  commit: 'leader',
  ack: 'follower',
  notification: 'looking',
  other: 'leader',
  ping: 'unknown',
};

/** What the shapes of the messages mean; a colour is the sender's role. */
export function MessageLegend({ kinds }: { kinds: readonly MessageKind[] }) {
  const { t } = useTranslation('cluster');
  return (
    <ul className={styles.legend} aria-label={t('legend.messages')}>
      {kinds.map((kind) => (
        <li key={kind}>
          <svg className={styles.mark} width={kind === 'notification' ? 18 : 12} height={12} aria-hidden>
            {kind === 'notification' && <path d="M0 6H13" stroke="var(--role-looking)" strokeWidth={2} />}
            <g transform={`translate(${kind === 'notification' ? 13 : 6} 6)`}>
              <MessageShape kind={kind} colour={roleColour(SENDERS[kind])} size={kind === 'notification' ? 9 : 10} />
            </g>
          </svg>
          {t(`message.${kind}`)}
        </li>
      ))}
    </ul>
  );
}

/** What the arrow of a vote means. */
export function VoteLegend() {
  const { t } = useTranslation('cluster');
  return (
    <ul className={styles.legend} aria-label={t('legend.votes')}>
      <li>
        <svg className={styles.mark} width={26} height={10} aria-hidden>
          <path d="M0 5H20" stroke="var(--role-looking)" strokeWidth={1.75} />
          <path d="M26 5l-8-3.6v7.2Z" fill="var(--role-looking)" />
        </svg>
        {t('legend.vote')}
      </li>
    </ul>
  );
}

/** What the ink of an entry means: the more, the more settled. */
export function EntryLegend() {
  const { t } = useTranslation('cluster');
  return (
    <ul className={styles.legend} aria-label={t('legend.entries')}>
      {ENTRY_STATES.map((state) => (
        <li key={state}>
          <span aria-hidden>
            <EntryBlock state={state} />
          </span>
          {t(`entry.${state}`)}
        </li>
      ))}
    </ul>
  );
}
