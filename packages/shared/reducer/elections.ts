/** Elections: who voted for whom, what each voter heard, and which comparison decided (Java `FastLeaderElection`). */
import type { ClusterEvent, ClusterEventBody, TracedVote } from '../cluster-event.ts';
import {
  type ClusterState,
  type ElectionView,
  MAX_ELECTIONS,
  MAX_VOTE_STEPS,
  type VoteStep,
} from '../cluster-state.ts';
import { compareVotes } from '../vote-order.ts';
import { forgetVotes } from './links.ts';
import { changeServer, serverOf, votersOf } from './servers.ts';

type Body<Kind extends ClusterEventBody['kind']> = Extract<ClusterEventBody, { kind: Kind }>;

/** A server begins to look for a leader, has found one, or serves. */
export function electionState(state: ClusterState, event: ClusterEvent, body: Body<'stateChanged'>): void {
  const open = openElection(state);
  if (body.state === 'LOOKING') {
    if (!votersOf(state).includes(event.sid)) return;
    const led = isLed(state, event.sid);
    if (open === null) {
      begin(state, event, led ? { kind: 'rejoined', sid: event.sid } : causeOf(state, event.atMs));
    } else if (open.cause.kind === 'rejoined' && (!led || open.cause.sid !== event.sid)) {
      // It is not alone any more, or the leader has gone meanwhile: this is an election of all.
      replaceLast(state, { ...open, cause: causeOf(state, event.atMs) });
    }
    return;
  }
  if (open === null) return;
  const isLeader = body.state === 'LEADING';
  if (isLeader && open.cause.kind !== 'rejoined') {
    const ended = body.phase === 'BROADCAST';
    replaceLast(state, {
      ...open,
      phase: body.phase,
      leader: event.sid,
      epoch: ended ? body.epoch : open.epoch,
      endedAtMs: ended ? event.atMs : null,
    });
    if (ended) forgetVotes(state);
  } else if (open.cause.kind === 'rejoined' && open.cause.sid === event.sid) {
    const ended = body.phase === 'BROADCAST';
    const { phase, leader, epoch } = body;
    replaceLast(state, { ...open, phase, leader, epoch, endedAtMs: ended ? event.atMs : null });
  } else if (body.phase === 'BROADCAST' && isSettled(state, open)) {
    // They all follow the leader that was there before.
    const { phase, leader, epoch } = body;
    replaceLast(state, { ...open, phase, leader, epoch, endedAtMs: event.atMs });
  }
}

/**
 * A server's process has ended, or an attached server is not heard any more: the others may have noticed, and begun to look
 * for a leader, before whoever tells it. To be called before the server's view is changed.
 */
export function electionCauseFound(
  state: ClusterState,
  sid: number,
  kind: 'killed' | 'died' | 'stopped' | 'unreachable',
): void {
  const open = openElection(state);
  const led = sid === lastLeader(state) || serverOf(state, sid).state === 'LEADING';
  if (open === null || !led || open.cause.kind === 'started') return;
  if (open.cause.kind === 'rejoined' && open.cause.sid === sid) return;
  replaceLast(state, { ...open, cause: { kind, sid } });
}

/** Nobody is left to elect a leader: what begins later is another election. */
export function electionAbandoned(state: ClusterState, atMs: number): void {
  const open = openElection(state);
  if (open === null) return;
  const isOver = open.voters.every((sid) => {
    const { process, unreachable } = serverOf(state, sid);
    return unreachable !== null || ['killed', 'died', 'stopped'].includes(process?.state ?? '');
  });
  if (isOver) replaceLast(state, { ...open, endedAtMs: atMs });
}

/** A server begins anew: what it voted for and heard before is nothing to it. */
export function electionForgets(state: ClusterState, sid: number): void {
  const open = openElection(state);
  if (open === null) return;
  const { [sid]: _vote, ...votes } = open.votes;
  const { [sid]: _heard, ...heard } = open.heard;
  replaceLast(state, { ...open, votes, heard });
}

/** The leader-to-be has its epoch and brings the others to its history. */
export function electionSynchronises(state: ClusterState, sid: number): void {
  const open = openElection(state);
  if (open === null || open.leader !== sid || open.phase !== 'DISCOVERY') return;
  replaceLast(state, { ...open, phase: 'SYNCHRONIZATION' });
}

export function voteSent(state: ClusterState, event: ClusterEvent, body: Body<'voteSent'>): void {
  const { vote } = body;
  const { sid } = event;
  if (vote.state !== 'LOOKING') return;
  changeServer(state, sid, { vote });
  const open = openElection(state);
  if (open === null || !open.voters.includes(sid)) return;
  const before = open.votes[sid];
  // A vote goes to each of the others, and again after a while: once is enough.
  if (before !== undefined && sameVote(before, vote) && before.electionEpoch === vote.electionEpoch) return;
  const votes = { ...open.votes, [sid]: vote };
  if (before !== undefined && sameVote(before, vote)) {
    replaceLast(state, { ...open, votes });
    return;
  }
  const starts = before === undefined;
  const tally = tallyOf(open, votes, sid);
  addStep(
    state,
    { ...open, votes },
    {
      atMs: event.atMs,
      voter: sid,
      step: starts ? 'starts' : 'hears',
      from: null,
      vote,
      heard: null,
      because: null,
      tally,
    },
  );
}

export function voteReceived(state: ClusterState, event: ClusterEvent, body: Body<'voteReceived'>): void {
  const open = openElection(state);
  const { sid, atMs } = event;
  const own = open?.votes[sid];
  if (open === null || own === undefined || !open.voters.includes(sid) || !open.voters.includes(body.from)) return;
  const { from, vote: heard } = body;
  const known = open.heard[sid]?.[from];
  if (known !== undefined && sameVote(known, heard) && known.state === heard.state) return;
  const hearing = { ...open, heard: { ...open.heard, [sid]: { ...open.heard[sid], [from]: heard } } };
  if (heard.state !== 'LOOKING') {
    const tally = tallyOf(hearing, open.votes, sid);
    addStep(state, hearing, { atMs, voter: sid, step: 'answered', from, vote: own, heard, because: null, tally });
    return;
  }
  const { order, by } = compareVotes(heard, own);
  const better = order > 0;
  // It takes the better vote at once; `voteSent` follows, and changes nothing then.
  const vote = better ? { ...heard, electionEpoch: Math.max(heard.electionEpoch, own.electionEpoch) } : own;
  const votes = better ? { ...open.votes, [sid]: vote } : open.votes;
  const tally = tallyOf(hearing, votes, sid);
  addStep(
    state,
    { ...hearing, votes },
    { atMs, voter: sid, step: better ? 'hears' : 'keeps', from, vote, heard, because: by, tally },
  );
}

/** A voter has seen a quorum for its vote. */
export function electionDecided(state: ClusterState, event: ClusterEvent, leader: number): void {
  const open = openElection(state);
  const vote = open?.votes[event.sid];
  if (open === null || vote === undefined) return;
  // Who comes back to a leader takes the others' vote without having sent it.
  const taken = Object.values(open.heard[event.sid] ?? {}).find((heard) => heard.leader === leader);
  if (vote.leader !== leader && taken !== undefined) changeServer(state, event.sid, { vote: taken });
  const decided = { ...open, leader, phase: 'DISCOVERY' as const };
  const tally = tallyOf(open, open.votes, event.sid);
  addStep(state, decided, {
    atMs: event.atMs,
    voter: event.sid,
    step: 'decides',
    from: null,
    vote,
    heard: null,
    because: null,
    tally,
  });
}

function begin(state: ClusterState, event: ClusterEvent, cause: ElectionView['cause']): void {
  const voters = votersOf(state);
  const number = (state.elections.at(-1)?.number ?? 0) + 1;
  state.elections.push({
    number,
    startedAtMs: event.atMs,
    startedWallMs: event.wallMs,
    cause,
    endedAtMs: null,
    leader: null,
    epoch: null,
    phase: 'ELECTION',
    quorum: Math.floor(voters.length / 2) + 1,
    voters,
    votes: {},
    heard: {},
    steps: [],
  });
  if (state.elections.length > MAX_ELECTIONS) state.elections.shift();
}

/** How long before an election a server may have gone that is taken for its cause. */
const CAUSE_WITHIN_MS = 60_000;

function causeOf(state: ClusterState, atMs: number): ElectionView['cause'] {
  const servers = Object.values(state.servers);
  const isAttached = servers.every(({ process }) => process === null);
  if (servers.every(({ epoch }) => epoch === 0) || (state.elections.length === 0 && !isAttached)) {
    return { kind: 'started', sid: null };
  }
  // Of an attached cluster the election that made the leader need not have been seen; those who followed it name it.
  const leader = lastLeader(state) ?? servers.find((server) => server.leader !== null)?.leader ?? null;
  const unreachable = leader === null ? null : serverOf(state, leader).unreachable;
  if (unreachable !== null && atMs - unreachable.sinceMs <= CAUSE_WITHIN_MS) {
    return { kind: 'unreachable', sid: leader };
  }
  const process = leader === null ? null : serverOf(state, leader).process;
  if (process === null || atMs - process.sinceMs > CAUSE_WITHIN_MS) return { kind: 'lostQuorum', sid: null };
  switch (process.state) {
    case 'killed':
    case 'died':
    case 'stopped':
    case 'paused':
      return { kind: process.state, sid: leader };
    case 'stopping':
      return { kind: 'stopped', sid: leader };
    default:
      return { kind: 'lostQuorum', sid: null };
  }
}

/** Who led after the last election that came to an end. */
function lastLeader(state: ClusterState): number | null {
  return state.elections.findLast(({ endedAtMs, leader }) => endedAtMs !== null && leader !== null)?.leader ?? null;
}

/** Whether another server leads and serves. */
function isLed(state: ClusterState, except: number): boolean {
  return Object.values(state.servers).some(
    ({ sid, state: peer, phase, process }) =>
      sid !== except && peer === 'LEADING' && phase === 'BROADCAST' && process?.state !== 'paused',
  );
}

/** Whether nobody looks for a leader any more. */
function isSettled(state: ClusterState, { voters }: ElectionView): boolean {
  return voters.every((sid) => state.servers[sid]?.state !== 'LOOKING') && isLed(state, -1);
}

function openElection(state: ClusterState): ElectionView | null {
  const last = state.elections.at(-1);
  return last?.endedAtMs === null ? last : null;
}

function replaceLast(state: ClusterState, election: ElectionView): void {
  state.elections[state.elections.length - 1] = election;
}

function addStep(state: ClusterState, election: ElectionView, step: VoteStep): void {
  const steps = election.steps.length < MAX_VOTE_STEPS ? [...election.steps, step] : election.steps;
  replaceLast(state, { ...election, steps });
}

function tallyOf(election: ElectionView, votes: ElectionView['votes'], voter: number): number[] {
  const own = votes[voter];
  if (own === undefined) return [];
  const heard = election.heard[voter] ?? {};
  return election.voters.filter(
    (sid) => sid === voter || (heard[sid] !== undefined && heard[sid].leader === own.leader),
  );
}

function sameVote(a: TracedVote, b: TracedVote): boolean {
  return a.leader === b.leader && a.zxid === b.zxid && a.peerEpoch === b.peerEpoch;
}
