/**
 * The health of an ensemble in one word, with the reason. Pure: what a person reads is made from the code and its
 * parameters.
 */
import type { ClusterState, ElectionView, ServerView } from '@vivarium/shared/cluster-state';

/**
 * `healthy`: a leader serves and every server follows it. `degraded`: it serves, and something is not as it should be.
 * `noLeader`: enough voters are up and no leader serves yet. `quorumLost`: too few voters are up for any leader.
 */
export type HealthWord = 'healthy' | 'degraded' | 'noLeader' | 'quorumLost' | 'unknown';

export type HealthReason =
  /** `spare`: as many of the voters that follow may fail, and the leader still has its quorum. */
  | { readonly code: 'allSynced'; readonly voters: number; readonly spare: number }
  /** All follow, and one is so many transactions late. */
  | { readonly code: 'behind'; readonly voters: number; readonly sid: number; readonly transactions: number }
  | { readonly code: 'votersDown'; readonly sids: readonly number[]; readonly spare: number }
  | { readonly code: 'votersPaused'; readonly sids: readonly number[]; readonly spare: number }
  | { readonly code: 'notFollowing'; readonly sids: readonly number[]; readonly spare: number }
  | { readonly code: 'observersDown'; readonly sids: readonly number[] }
  | { readonly code: 'linksDisturbed'; readonly links: number }
  | { readonly code: 'electing'; readonly cause: ElectionView['cause']; readonly sinceMs: number }
  /** A leader is elected and brings the others up to its state. */
  | { readonly code: 'synchronising'; readonly sid: number; readonly sinceMs: number }
  /** Nobody has begun an election yet. */
  | { readonly code: 'leaderLost' }
  | { readonly code: 'tooFewUp'; readonly up: number; readonly voters: number; readonly quorum: number }
  | { readonly code: 'starting' }
  | { readonly code: 'nothingKnown' };

export interface Health {
  readonly word: HealthWord;
  readonly reason: HealthReason;
  /** The leader that serves; null while none does. */
  readonly leader: ServerView | null;
  readonly voters: number;
  readonly votersUp: number;
}

/** So many transactions behind the leader, a server is named: fewer are the ordinary distance of a busy ensemble. */
const FAR_BEHIND = 100;

/** The health of the ensemble in the state. */
export function healthOf(state: ClusterState): Health {
  const servers = Object.values(state.servers);
  const voters = servers.filter((server) => !isObserver(server));
  const up = voters.filter(isResponsive);
  const leader = servingLeader(up);
  const answer = (word: HealthWord, reason: HealthReason): Health => ({
    word,
    reason,
    leader: word === 'healthy' || word === 'degraded' ? leader : null,
    voters: voters.length,
    votersUp: up.length,
  });

  if (voters.length === 0) return answer('unknown', { code: 'nothingKnown' });
  const quorum = Math.floor(voters.length / 2) + 1;
  if (up.length < quorum) {
    const coming = up.length + voters.filter((server) => server.process?.state === 'starting').length;
    if (coming >= quorum) return answer('unknown', { code: 'starting' });
    if (voters.every((server) => server.process === null && server.state === null)) {
      return answer('unknown', { code: 'nothingKnown' });
    }
    return answer('quorumLost', { code: 'tooFewUp', up: up.length, voters: voters.length, quorum });
  }
  if (leader === null) return answer('noLeader', leaderless(state, up));

  const spare = Math.max(0, up.filter((server) => follows(server, leader)).length - quorum);
  const flaw = flawOf(state, servers, leader, spare);
  if (flaw !== null) return answer('degraded', flaw);
  const late = latest(servers, leader);
  if (late !== null) return answer('healthy', { code: 'behind', voters: voters.length, ...late });
  return answer('healthy', { code: 'allSynced', voters: voters.length, spare });
}

/** What keeps a served ensemble from being as it should be; null where nothing does. */
function flawOf(
  state: ClusterState,
  servers: readonly ServerView[],
  leader: ServerView,
  spare: number,
): HealthReason | null {
  const sidsOf = (some: readonly ServerView[]) => some.map(({ sid }) => sid).sort((a, b) => a - b);
  const voters = servers.filter((server) => !isObserver(server));
  const paused = voters.filter((server) => server.process?.state === 'paused');
  const down = voters.filter((server) => !isResponsive(server) && server.process?.state !== 'paused');
  if (down.length > 0) return { code: 'votersDown', sids: sidsOf(down), spare };
  if (paused.length > 0) return { code: 'votersPaused', sids: sidsOf(paused), spare };
  const astray = servers.filter((server) => isResponsive(server) && !follows(server, leader));
  if (astray.length > 0) return { code: 'notFollowing', sids: sidsOf(astray), spare };
  const observersDown = servers.filter((server) => isObserver(server) && !isResponsive(server));
  if (observersDown.length > 0) return { code: 'observersDown', sids: sidsOf(observersDown) };
  const links = Object.values(state.links).filter((link) => link.fault !== null).length;
  return links > 0 ? { code: 'linksDisturbed', links } : null;
}

function leaderless(state: ClusterState, up: readonly ServerView[]): HealthReason {
  const elect = up.find((server) => server.state === 'LEADING');
  if (elect !== undefined) return { code: 'synchronising', sid: elect.sid, sinceMs: elect.sinceMs };
  const election = state.elections.at(-1);
  const isOpen = election !== undefined && election.endedAtMs === null;
  return isOpen ? { code: 'electing', cause: election.cause, sinceMs: election.startedAtMs } : { code: 'leaderLost' };
}

/** The leader that serves. After a partition the old one may still think that it leads: the higher epoch is right. */
function servingLeader(up: readonly ServerView[]): ServerView | null {
  const leaders = up.filter((server) => server.state === 'LEADING' && server.phase === 'BROADCAST');
  return leaders.sort((a, b) => b.epoch - a.epoch)[0] ?? null;
}

function follows(server: ServerView, leader: ServerView): boolean {
  if (server.sid === leader.sid) return true;
  return (
    (server.state === 'FOLLOWING' || server.state === 'OBSERVING') &&
    server.phase === 'BROADCAST' &&
    server.epoch === leader.epoch
  );
}

/** The server that is furthest behind the leader, where that is far; zxids of other epochs cannot be subtracted. */
function latest(
  servers: readonly ServerView[],
  leader: ServerView,
): { readonly sid: number; readonly transactions: number } | null {
  let worst: { sid: number; transactions: number } | null = null;
  const committed = BigInt(leader.lastCommitted);
  for (const { sid, lastCommitted } of servers) {
    const own = BigInt(lastCommitted);
    if (own >> 32n !== committed >> 32n) continue;
    const transactions = Number(committed - own);
    if (transactions >= FAR_BEHIND && transactions > (worst?.transactions ?? 0)) worst = { sid, transactions };
  }
  return worst;
}

function isObserver(server: ServerView): boolean {
  return server.member === null ? server.state === 'OBSERVING' : server.member.role === 'observer';
}

/** Whether it can answer now: its process runs, or it is not ours and tells of itself. */
function isResponsive(server: ServerView): boolean {
  const process = server.process?.state;
  if (process === undefined) return server.state !== null;
  return process === 'running' && server.state !== null;
}
