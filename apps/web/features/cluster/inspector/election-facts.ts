/** What an election means, read from its votes: which one is better and why, whom it waits for, what becomes of the log. */

import type { HexString, TracedVote } from '@vivarium/shared/cluster-event';
import {
  type ClusterState,
  type ElectionView,
  linkKey,
  type ProposalView,
  type ServerView,
  type VoteReason,
} from '@vivarium/shared/cluster-state';
import { compareVotes } from '@vivarium/shared/vote-order';
import { compareHex } from '@vivarium/shared/zxid';
import { isVote, voteOrNone } from './format.ts';
import { isUp } from './membership.ts';
import type { TextParams } from './text.ts';

/** A sentence to be made in the reader's language: a key of the namespace `inspect`, and its parameters. */
export interface Sentence {
  readonly key: string;
  readonly params: TextParams;
}

/** How long a voter with a quorum behind it waits for a better vote (Java `FastLeaderElection.finalizeWait`), in ms. */
const FINALIZE_WAIT_MS = 200;

/** The last election, if it is open and one of all: a server that only comes back to a leader elects nobody. */
export function electionUnderWay({ elections }: ClusterState): ElectionView | null {
  const last = elections.at(-1);
  return last === undefined || last.endedAtMs !== null || last.cause.kind === 'rejoined' ? null : last;
}

/** A vote that somebody has cast in an election, and the voters that stand behind it now. */
export interface Candidate {
  readonly vote: TracedVote;
  readonly by: readonly number[];
}

/** The votes of an election, the best first; those that nobody holds any more are among them. */
export function candidatesOf(election: ElectionView): readonly Candidate[] {
  const found = new Map<number, TracedVote>();
  const cast = [...election.steps.map(({ vote }) => vote), ...Object.values(election.votes)];
  for (const vote of cast) {
    const known = found.get(vote.leader);
    if (isVote(vote) && (known === undefined || compareVotes(vote, known).order >= 0)) found.set(vote.leader, vote);
  }
  const behind = (sid: number) => voters(election).filter((voter) => election.votes[voter]?.leader === sid);
  return [...found.values()]
    .sort((a, b) => compareVotes(b, a).order)
    .map((vote) => ({ vote, by: behind(vote.leader) }));
}

function voters(election: ElectionView): readonly number[] {
  return election.voters;
}

/** Which column decides between the best vote and the next one, and the sentence that says so. */
export function decision(candidates: readonly Candidate[]): { readonly by: VoteReason; readonly because: Sentence } {
  const [best, next, ...rest] = candidates;
  if (best === undefined) return { by: 'equal', because: { key: 'election.noVotes', params: {} } };
  if (next === undefined) {
    return { by: 'equal', because: { key: 'election.oneCandidate', params: { sid: best.vote.leader } } };
  }
  const { by } = compareVotes(best.vote, next.vote);
  const larger = [next, ...rest].find(({ vote }) => vote.leader > best.vote.leader);
  const overruled = by === 'zxid' && larger !== undefined;
  if (overruled) return { by, because: { key: 'election.decides.zxidNotSid', params: { sid: larger.vote.leader } } };
  return { by, because: { key: `election.decides.${by}`, params: { sid: best.vote.leader } } };
}

/** What one voter has heard of another: its vote, or that a notification is under way, or nothing yet. */
export type Heard = { readonly vote: TracedVote } | 'inFlight' | 'nothing';

/** One line of the matrix: what `voter` has heard from each of the voters that are left, and who agrees with it. */
export interface HeardRow {
  readonly voter: number;
  readonly from: readonly { readonly sid: number; readonly heard: Heard }[];
  readonly vote: TracedVote | null;
  readonly agree: readonly number[];
}

/** What each voter that is left has heard of the others. */
export function heardRows(state: ClusterState, election: ElectionView): readonly HeardRow[] {
  const present = presentVoters(state, election);
  return present.map((voter) => {
    const vote = election.votes[voter] ?? null;
    const from = present.map((sid) => ({ sid, heard: heardFrom(state, election, voter, sid) }));
    const agree = from.filter(({ heard }) => typeof heard === 'object' && vote !== null && isSame(heard.vote, vote));
    return { voter, from, vote, agree: agree.map(({ sid }) => sid) };
  });
}

function heardFrom(state: ClusterState, election: ElectionView, voter: number, sid: number): Heard {
  const vote = sid === voter ? election.votes[voter] : election.heard[voter]?.[sid];
  const link = state.links[linkKey(sid, voter)];
  const underWay = link?.queue.some(({ packet }) => packet === 'NOTIFICATION') ?? false;
  const sent = election.votes[sid];
  if (vote === undefined) return underWay ? 'inFlight' : 'nothing';
  const stale = sid !== voter && sent !== undefined && !isSame(sent, vote);
  return stale && underWay ? 'inFlight' : { vote };
}

function isSame(a: TracedVote, b: TracedVote): boolean {
  return compareVotes(a, b).by === 'equal';
}

/** The voters of an election whose process runs. */
export function presentVoters(state: ClusterState, election: ElectionView): readonly number[] {
  return election.voters.filter((sid) => {
    const server = state.servers[sid];
    return server !== undefined && isUp(server);
  });
}

/** What set an election off: the first half of its story. */
export function causeSentence(state: ClusterState, election: ElectionView): Sentence {
  const { kind, sid } = election.cause;
  const former = state.elections.filter(({ number }) => number < election.number).at(-1);
  if (sid === null) return { key: `election.cause.${kind}`, params: {} };
  const led = former?.leader === sid && former.epoch !== null;
  if (!led) return { key: `election.cause.${kind}Of`, params: { sid } };
  return { key: `election.cause.${kind}Leader`, params: { sid, epoch: former.epoch ?? 0 } };
}

/** Who is left, and whether they are enough: the second half. */
export function quorumSentence(state: ClusterState, election: ElectionView): Sentence {
  const total = election.voters.length;
  const left = presentVoters(state, election).length;
  const { quorum } = election;
  const params = { total, left, quorum };
  if (left < quorum) return { key: 'election.left.tooFew', params: { ...params, missing: quorum - left } };
  if (left === quorum) return { key: 'election.left.all', params };
  return { key: 'election.left.spare', params: { ...params, spare: left - quorum } };
}

/** What must happen next for the election to end, or what came of it. */
export function nextSentence(state: ClusterState, election: ElectionView): Sentence {
  const candidates = candidatesOf(election);
  const best = candidates[0];
  const sid = election.leader ?? best?.vote.leader ?? 0;
  if (election.endedAtMs !== null) {
    const params = { sid, epoch: election.epoch ?? 0, voter: election.cause.sid ?? 0 };
    const how = election.leader === null ? 'nobody' : election.cause.kind === 'rejoined' ? 'rejoined' : 'over';
    return { key: `election.next.${how}`, params };
  }
  if (election.phase !== 'ELECTION') {
    return { key: `election.next.${election.phase}`, params: { sid, epoch: election.epoch ?? nextEpoch(state) } };
  }
  const present = presentVoters(state, election);
  const { quorum } = election;
  if (present.length < quorum) return { key: 'election.next.tooFew', params: { missing: quorum - present.length } };
  if (best === undefined) return { key: 'election.next.waiting', params: {} };
  const vote = voteOrNone(best.vote);
  const behind = best.by.filter((voter) => present.includes(voter)).length;
  if (behind >= quorum) {
    const key = behind === election.voters.length ? 'election.next.unanimous' : 'election.next.settling';
    return { key, params: { sid, waitMs: FINALIZE_WAIT_MS, epoch: nextEpoch(state), behind, quorum } };
  }
  const listener = present.find((voter) => !best.by.includes(voter) && hasUnderWay(state, best, voter));
  if (listener !== undefined) {
    return { key: 'election.next.hears', params: { listener, vote, behind: behind + 1, quorum, sid } };
  }
  return { key: 'election.next.spread', params: { vote, behind, quorum, sid } };
}

function hasUnderWay(state: ClusterState, { vote, by }: Candidate, voter: number): boolean {
  return by.some((sid) =>
    state.links[linkKey(sid, voter)]?.queue.some(
      ({ packet, zxid }) => packet === 'NOTIFICATION' && BigInt(zxid) === BigInt(vote.zxid),
    ),
  );
}

function nextEpoch(state: ClusterState): number {
  return Math.max(0, ...Object.values(state.servers).map(({ epoch }) => epoch)) + 1;
}

/** What becomes of one of the last proposals if the best candidate leads. */
export interface Fate {
  readonly zxid: HexString;
  /** Servers that have it in their log; those that do not run are `false`. */
  readonly holders: readonly { readonly sid: number; readonly up: boolean }[];
  /** Null where the leader died before it could tell of the proposal. */
  readonly acks: number | null;
  readonly fate: Sentence;
}

/** The last `limit` proposals before the election, the oldest first, and what becomes of each if `leader` leads. */
export function fatesOf(
  state: ClusterState,
  election: ElectionView,
  leader: number | null,
  limit: number,
): readonly Fate[] {
  const before = state.proposals.filter(({ proposedAtMs }) => proposedAtMs <= election.startedAtMs);
  const last = before.at(-1);
  if (last === undefined) return [];
  const isOfEpoch = (zxid: HexString) => BigInt(zxid) >> 32n === BigInt(last.zxid) >> 32n;
  // A leader that is killed takes the news of its last proposals along; the logs of the others still have them.
  const logged = Object.values(state.servers).flatMap(({ log }) => log.map(({ zxid }) => zxid));
  const untold = [...new Set(logged)].filter((zxid) => isOfEpoch(zxid) && BigInt(zxid) > BigInt(last.zxid));
  const told = before.map(({ zxid }) => zxid).filter(isOfEpoch);
  return [...told, ...untold.sort(compareHex)].slice(-limit).map((zxid) => {
    const proposal = before.findLast((candidate) => candidate.zxid === zxid) ?? null;
    return fateOf(state, zxid, proposal, leader);
  });
}

function fateOf(state: ClusterState, zxid: HexString, proposal: ProposalView | null, leader: number | null): Fate {
  const servers = Object.values(state.servers);
  const holders = servers
    .filter((server) => holds(server, zxid, proposal))
    .map((server) => ({ sid: server.sid, up: isUp(server) }));
  const acks = proposal === null ? null : Object.keys(proposal.ackedAtMs).length;
  const isCommitted =
    (proposal !== null && Object.keys(proposal.committedAtMs).length > 0) ||
    servers.some(({ log }) => log.some((entry) => entry.zxid === zxid && entry.state === 'committed'));
  const key = isCommitted ? 'committed' : fateKey(holders, leader);
  return { zxid, holders, acks, fate: { key: `election.fate.${key}`, params: { sid: leader ?? 0 } } };
}

function fateKey(holders: Fate['holders'], leader: number | null): 'has' | 'lost' | 'open' | 'truncated' {
  if (holders.length === 0) return 'lost';
  if (leader === null) return 'open';
  return holders.some(({ sid }) => sid === leader) ? 'has' : 'truncated';
}

/** The log of a state is its newest end only: what is older is known by when it was logged. */
function holds(server: ServerView, zxid: HexString, proposal: ProposalView | null): boolean {
  const entry = server.log.find((candidate) => candidate.zxid === zxid);
  if (entry !== undefined) return entry.state !== 'truncated' && entry.state !== 'proposed';
  return proposal?.loggedAtMs[server.sid] !== undefined && BigInt(server.lastLogged) >= BigInt(zxid);
}
