import type { ClusterState } from '@vivarium/shared/cluster-state';
import { RoleMark } from '../../../viz/role-mark.tsx';
import { type Role, roleOf } from '../../../viz/roles.ts';
import styles from './inspector.module.css';

/** The role of a server at the instant, also of one that is not known. */
export function roleIn(state: ClusterState, sid: number): Role {
  const server = state.servers[sid];
  return server === undefined ? 'unknown' : roleOf(server);
}

/** A server in a table: its mark and its number. */
export function ServerMark({ state, sid }: { readonly state: ClusterState; readonly sid: number }) {
  return (
    <span className={styles.mark}>
      <RoleMark role={roleIn(state, sid)} /> {sid}
    </span>
  );
}
