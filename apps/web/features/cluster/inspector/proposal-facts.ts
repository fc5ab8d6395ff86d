/** The life of one write, read from its proposal: what has happened, when, and what is still to come. */
import type { ClusterState, ProposalView } from '@vivarium/shared/cluster-state';
import { linkKey } from '@vivarium/shared/cluster-state';
import type { Sentence } from './election-facts.ts';
import type { Membership } from './membership.ts';

/** One step; `offsetMs` counts from the proposal and is null where the step has not happened yet. */
export interface LifeStep extends Sentence {
  readonly offsetMs: number | null;
  /** `now` is the last step that has happened, while there are more to come. */
  readonly state: 'done' | 'now' | 'todo';
}

/** When the ACK that made the quorum was counted; null before that. */
export function quorumAtMs(proposal: ProposalView, { quorum, voters }: Membership): number | null {
  const times = voters.flatMap((sid) => proposal.ackedAtMs[sid] ?? []).sort((a, b) => a - b);
  return times[quorum - 1] ?? null;
}

/** The steps from the request to the reply, in the order in which they have to happen. */
export function lifeOf(proposal: ProposalView, members: Membership): readonly LifeStep[] {
  const { leader, requestedBy } = proposal;
  const home = requestedBy ?? leader;
  const followers = members.voters.filter((sid) => sid !== leader);
  const targets = { voters: followers.join(', '), observers: members.observers.join(', ') };
  const step = (key: string, atMs: number | null | undefined, params: Sentence['params'] = {}) => ({
    key: `proposal.life.${key}`,
    params,
    offsetMs: atMs === null || atMs === undefined ? null : atMs - proposal.proposedAtMs,
  });
  const commit = followers.length === 0 ? 'committedAlone' : members.observers.length > 0 ? 'commitInform' : 'commit';
  const steps = [
    ...(requestedBy === null ? [] : [step('request', proposal.requestedAtMs, { sid: requestedBy })]),
    followers.length === 0
      ? step('proposedAlone', proposal.proposedAtMs)
      : step('proposed', proposal.proposedAtMs, targets),
    step('leaderDisk', proposal.loggedAtMs[leader]),
    step('quorum', quorumAtMs(proposal, members), { quorum: members.quorum, total: members.voters.length }),
    step(commit, proposal.committedAtMs[leader], targets),
    step('applied', proposal.appliedAtMs[home], { sid: home }),
    ...(proposal.watchesFired > 0
      ? [step('watches', proposal.appliedAtMs[home], { count: proposal.watchesFired })]
      : []),
    ...(requestedBy === null ? [] : [step('reply', proposal.repliedAtMs, { sid: requestedBy })]),
  ];
  const lastDone = steps.findLastIndex(({ offsetMs }) => offsetMs !== null);
  return steps.map((entry, i) => ({
    ...entry,
    state:
      i > lastDone || (entry.offsetMs === null && i < lastDone)
        ? 'todo'
        : i === lastDone && i < steps.length - 1
          ? 'now'
          : 'done',
  }));
}

/** Whether a server's ACK is between it and the leader. */
export function isAckUnderWay(state: ClusterState, proposal: ProposalView, sid: number): boolean {
  const queue = state.links[linkKey(sid, proposal.leader)]?.queue ?? [];
  return queue.some(({ packet, zxid }) => packet === 'ACK' && zxid === proposal.zxid);
}

/** How far the quorum is, and whose ACK is next. */
export function ackSentence(state: ClusterState, proposal: ProposalView, members: Membership): Sentence {
  const have = members.voters.filter((sid) => proposal.ackedAtMs[sid] !== undefined);
  const { quorum } = members;
  const params = { have: have.length, quorum };
  const atMs = quorumAtMs(proposal, members);
  if (atMs !== null) {
    const tookMs = atMs - proposal.proposedAtMs;
    return { key: 'proposal.acks.reached', params: { ...params, tookMs: tookMs.toFixed(tookMs < 10 ? 2 : 1) } };
  }
  const missing = members.voters.filter((sid) => !have.includes(sid));
  const onItsWay = missing.find((sid) => isAckUnderWay(state, proposal, sid));
  if (onItsWay !== undefined) return { key: 'proposal.acks.onItsWay', params: { ...params, sid: onItsWay } };
  return { key: 'proposal.acks.waiting', params: { ...params, missing: missing.join(', ') } };
}

/** Where a server is with a proposal: `elsewise` got it with a synchronisation, or in a time that is not kept. */
export type Place = 'arrived' | 'waits' | 'notYet' | 'afterCommit' | 'elsewise';

/** Where a server is with a proposal at the instant. */
export function placeOf(state: ClusterState, proposal: ProposalView, sid: number): Place {
  const { leader, zxid, receivedAtMs, loggedAtMs, committedAtMs } = proposal;
  if (receivedAtMs[sid] !== undefined || loggedAtMs[sid] !== undefined || sid === leader) return 'arrived';
  const isQueued = state.links[linkKey(leader, sid)]?.queue.some((packet) => packet.zxid === zxid) ?? false;
  if (isQueued) return 'waits';
  const server = state.servers[sid];
  if (server !== undefined && BigInt(server.lastLogged) >= BigInt(zxid)) return 'elsewise';
  const isObserver = server?.member?.role === 'observer';
  return isObserver && committedAtMs[leader] === undefined ? 'afterCommit' : 'notYet';
}
