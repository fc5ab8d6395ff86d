/** Transactions on their way from the request to the commit. */
import type { ClusterEvent, ClusterEventBody, HexString } from '../cluster-event.ts';
import { type ClusterState, MAX_PROPOSALS, MAX_REQUESTS, type ProposalView } from '../cluster-state.ts';

type Body<Kind extends ClusterEventBody['kind']> = Extract<ClusterEventBody, { kind: Kind }>;

/** A client's write has come to a server. */
export function requested(state: ClusterState, sid: number, atMs: number, body: Body<'writeRequested'>): void {
  state.requests[requestKey(body)] = { sid, atMs };
  const keys = Object.keys(state.requests);
  // Those that were never proposed, as their server died: the oldest goes.
  if (keys.length > MAX_REQUESTS && keys[0] !== undefined) delete state.requests[keys[0]];
}

export function proposed(state: ClusterState, event: ClusterEvent, body: Body<'proposed'>): void {
  const key = requestKey(body);
  const request = state.requests[key];
  delete state.requests[key];
  const { zxid, operation, path, session, cxid, bytes } = body;
  state.proposals.push({
    zxid,
    operation,
    path,
    session,
    cxid,
    bytes,
    error: null,
    requestedBy: request?.sid ?? null,
    requestedAtMs: request?.atMs ?? null,
    leader: event.sid,
    proposedAtMs: event.atMs,
    receivedAtMs: {},
    loggedAtMs: {},
    ackedAtMs: {},
    committedAtMs: {},
    appliedAtMs: {},
    repliedAtMs: null,
    watchesFired: 0,
  });
  if (state.proposals.length > MAX_PROPOSALS) state.proposals.shift();
}

export function receivedProposal(state: ClusterState, zxid: HexString, sid: number, atMs: number): void {
  change(state, zxid, (proposal) => ({ ...proposal, receivedAtMs: { ...proposal.receivedAtMs, [sid]: atMs } }));
}

export function loggedProposal(state: ClusterState, zxid: HexString, sid: number, atMs: number): void {
  change(state, zxid, (proposal) => ({ ...proposal, loggedAtMs: { ...proposal.loggedAtMs, [sid]: atMs } }));
}

export function acked(state: ClusterState, zxid: HexString, by: number, atMs: number): void {
  change(state, zxid, (proposal) => ({ ...proposal, ackedAtMs: { ...proposal.ackedAtMs, [by]: atMs } }));
}

/** Whether this is the first commit of the transaction that was seen; null where its proposal was not. */
export function committedProposal(state: ClusterState, zxid: HexString, sid: number, atMs: number): boolean | null {
  let isFirst: boolean | null = null;
  change(state, zxid, (proposal) => {
    isFirst = Object.keys(proposal.committedAtMs).length === 0;
    return { ...proposal, committedAtMs: { ...proposal.committedAtMs, [sid]: atMs } };
  });
  return isFirst;
}

export function appliedProposal(state: ClusterState, zxid: HexString, sid: number, atMs: number, error: number): void {
  change(state, zxid, (proposal) => ({ ...proposal, error, appliedAtMs: { ...proposal.appliedAtMs, [sid]: atMs } }));
}

export function replied(state: ClusterState, zxid: HexString, atMs: number): void {
  change(state, zxid, (proposal) => ({ ...proposal, repliedAtMs: atMs }));
}

/** A watch fires within the commit that it waited for: that of the newest transaction the server has applied. */
export function firedBy(state: ClusterState, zxid: HexString): void {
  change(state, zxid, (proposal) => ({ ...proposal, watchesFired: proposal.watchesFired + 1 }));
}

function change(state: ClusterState, zxid: HexString, how: (proposal: ProposalView) => ProposalView): void {
  for (let i = state.proposals.length - 1; i >= 0; i--) {
    const proposal = state.proposals[i];
    if (proposal?.zxid !== zxid) continue;
    state.proposals[i] = how(proposal);
    return;
  }
}

function requestKey({ session, cxid }: { session: HexString; cxid: number }): string {
  return `${session} ${cxid}`;
}
