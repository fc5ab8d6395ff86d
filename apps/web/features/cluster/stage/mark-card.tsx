import type { ServerView } from '@vivarium/shared/cluster-state';
import { memo } from 'react';
import { formatZxid } from '../../../components/format.ts';
import { RoleMark } from '../../../viz/role-mark.tsx';
import { roleOf } from '../../../viz/roles.ts';
import { useLastZxid } from '../attached.ts';
import styles from './stage.module.css';

/** A server where there is no room for a card: its role mark, and the end of its log below. */
export const MarkCard = memo(function MarkCard({
  server,
  isSelected,
  onSelect,
}: {
  readonly server: ServerView;
  readonly isSelected: boolean;
  readonly onSelect: (sid: number) => void;
}) {
  const role = roleOf(server);
  const last = useLastZxid(server);
  return (
    <button
      type="button"
      className={styles.mark}
      data-role={role}
      aria-pressed={isSelected}
      onClick={() => onSelect(server.sid)}
    >
      <RoleMark role={role} sid={server.sid} size={34} />
      <span className={styles.markZxid}>{last === null ? '–' : formatZxid(last)}</span>
    </button>
  );
});
