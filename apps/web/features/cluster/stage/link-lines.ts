/** Which links the stage draws, and how: a line for each direction between the servers that have to do with one another. */
import { type ClusterState, type LinkView, linkKey, type ServerView } from '@vivarium/shared/cluster-state';
import { roleOf } from '../../../viz/roles.ts';

/** `auto`: quorum links while there is a leader, those of the election while there is none. */
export type LinkFilter = 'auto' | 'quorum' | 'election' | 'all' | 'none';

export const LINK_FILTERS: readonly LinkFilter[] = ['auto', 'quorum', 'election', 'all', 'none'];

export interface LinkLine {
  readonly key: string;
  readonly from: number;
  readonly to: number;
  /** `quorum`: between a leader and its learners; `election`: votes go over it; `broken`: one end is down. */
  readonly use: 'quorum' | 'election' | 'broken';
  /** What is known of it; null where nothing went over it yet. */
  readonly link: LinkView | null;
}

/** The server whose links to its learners are drawn: the newest leader, rather one that is not paused; null for none. */
export function drawnLeader(state: ClusterState): number | null {
  const leaders = Object.values(state.servers).filter((server) => roleOf(server) === 'leader');
  const [first] = leaders.sort((a, b) => Number(isPaused(a)) - Number(isPaused(b)) || b.epoch - a.epoch);
  return first?.sid ?? null;
}

/** Whether the servers look for a leader: one does, and none leads that answers. */
export function isElecting(state: ClusterState): boolean {
  const servers = Object.values(state.servers);
  const isLed = servers.some((server) => roleOf(server) === 'leader' && !isPaused(server));
  return !isLed && servers.some((server) => roleOf(server) === 'looking');
}

/** The lines to draw, ordered by key: those of the filter, and whatever is disturbed or selected. */
export function linkLines(state: ClusterState, filter: LinkFilter, selected: string | null): readonly LinkLine[] {
  const servers = Object.values(state.servers);
  const electing = isElecting(state);
  const leader = electing ? null : drawnLeader(state);
  const shown = filter === 'auto' ? (electing ? 'election' : 'quorum') : filter;
  const lines: LinkLine[] = [];
  for (const from of servers) {
    for (const to of servers) {
      if (from.sid === to.sid) continue;
      const key = linkKey(from.sid, to.sid);
      const link = state.links[key] ?? null;
      const use = purposeOf(from, to, leader);
      const wanted =
        (use !== null && shown !== 'none' && (shown === 'all' || matches(use, shown, from, to, leader))) ||
        link?.fault != null ||
        key === selected;
      if (wanted) lines.push({ key, from: from.sid, to: to.sid, use: use ?? 'election', link });
    }
  }
  return lines.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** What two servers have to do with one another; null where nothing: learners with other learners, observers with voters. */
function purposeOf(from: ServerView, to: ServerView, leader: number | null): LinkLine['use'] | null {
  if (roleOf(from) === 'down' || roleOf(to) === 'down') return 'broken';
  if (leader !== null && (from.sid === leader || to.sid === leader)) {
    const learner = from.sid === leader ? to : from;
    if (learner.leader === leader) return 'quorum';
  }
  return isVoter(from) || isVoter(to) ? 'election' : null;
}

function matches(
  use: LinkLine['use'],
  shown: 'quorum' | 'election',
  from: ServerView,
  to: ServerView,
  leader: number | null,
): boolean {
  if (use === shown) return shown === 'quorum' || (isVoter(from) && isVoter(to));
  if (use !== 'broken') return false;
  // To a dead server lead the lines that it had: from the leader while there is one, from each voter else.
  return shown === 'quorum' ? from.sid === leader || to.sid === leader : isVoter(from) && isVoter(to);
}

function isPaused(server: ServerView): boolean {
  return server.process?.state === 'paused';
}

function isVoter(server: ServerView): boolean {
  return server.member?.role !== 'observer';
}
