import type { ProcessState } from '@vivarium/shared/cluster-event';
import type { ServerView } from '@vivarium/shared/cluster-state';

/** What a server is to the ensemble: each has its own shape and colour in every drawing. `unknown`: nothing was heard yet. */
export type Role = 'leader' | 'follower' | 'observer' | 'looking' | 'down' | 'unknown';

/** The order in which a legend names them. */
export const ROLES: readonly Role[] = ['leader', 'follower', 'observer', 'looking', 'down'];

const ROLE_OF_STATE = {
  LEADING: 'leader',
  FOLLOWING: 'follower',
  OBSERVING: 'observer',
  LOOKING: 'looking',
} as const;

/** Whether a process in the state executes, or will again without being started. */
export function isUp(process: ProcessState): boolean {
  return process === 'running' || process === 'paused' || process === 'starting';
}

/** The role that a server is drawn with: `down` where its process has ended or nobody hears it, whatever it said last. */
export function roleOf(server: ServerView): Role {
  if (server.process !== null && !isUp(server.process.state) && server.process.state !== 'stopping') return 'down';
  if (server.unreachable !== null) return 'down';
  if (server.state === null) return 'unknown';
  return ROLE_OF_STATE[server.state];
}

/** The colour of a role's marks. */
export function roleColour(role: Role): string {
  return role === 'unknown' ? 'var(--line-3)' : `var(--role-${role})`;
}
