/**
 * The one function that turns events into a picture: the host, the browser and the reader of a recording all use it. It
 * takes an event in a few microseconds, looks at no clock, and leaves every object that it does not replace as it is.
 */
import type { ClusterEvent, ClusterEventBody } from './cluster-event.ts';
import { type ClusterState, MAX_MARKS, MAX_RATES, type ServerView, type TimeMark } from './cluster-state.ts';
import {
  electionAbandoned,
  electionCauseFound,
  electionDecided,
  electionForgets,
  electionState,
  electionSynchronises,
  voteReceived,
  voteSent,
} from './reducer/elections.ts';
import { forgetInFlight, linkFaulted, packetReceived, packetSent } from './reducer/links.ts';
import { logCommitted, logEntry, logReaches, logSettled, logSynchronised } from './reducer/log.ts';
import {
  acked,
  appliedProposal,
  committedProposal,
  firedBy,
  loggedProposal,
  proposed,
  receivedProposal,
  replied,
  requested,
} from './reducer/proposals.ts';
import { changeServer, serverOf } from './reducer/servers.ts';
import {
  connected,
  disconnected,
  sessionClosed,
  sessionCreated,
  watchesChanged,
  watchFired,
} from './reducer/sessions.ts';
import { compareHex } from './zxid.ts';

/** What a leader sends to a learner once its epoch is accepted. */
const SYNCHRONISING: ReadonlySet<string> = new Set(['DIFF', 'TRUNC', 'SNAP', 'NEWLEADER']);

/** Takes one event into the state: changes the containers of `state`, replaces what is in them. */
export function apply(state: ClusterState, n: number, event: ClusterEvent): void {
  state.n = n;
  state.atMs = event.atMs;
  state.wallMs = event.wallMs;
  countRate(state, event.wallMs);
  const mark = markOf(state, event);
  applyBody(state, event, event.body);
  if (mark !== null) {
    state.marks.push({ n, atMs: event.atMs, wallMs: event.wallMs, kind: mark, sid: event.sid });
    if (state.marks.length > MAX_MARKS) state.marks.shift();
  }
}

/** The highest number of a server in a configuration (Java `QuorumPeerConfig`). */
const MAX_SID = 255;

/** Whether this is said to, or of, somebody who only looks on: an observer that is in nobody's configuration is no server. */
function isOfStranger(body: ClusterEventBody): boolean {
  switch (body.kind) {
    case 'voteSent':
    case 'packetSent':
      return body.to > MAX_SID;
    case 'voteReceived':
    case 'packetReceived':
      return body.from > MAX_SID;
    case 'synchronised':
      return body.learner > MAX_SID;
    default:
      return false;
  }
}

function applyBody(state: ClusterState, event: ClusterEvent, body: ClusterEventBody): void {
  if (isOfStranger(body)) return;
  const { sid, atMs } = event;
  switch (body.kind) {
    case 'memberAdded': {
      const { kind, ...member } = body;
      changeServer(state, sid, { member });
      return;
    }
    case 'processChanged':
      processChanged(state, sid, atMs, body);
      return;
    case 'stateChanged': {
      if (body.state === 'LOOKING') forgetInFlight(state, sid, 'packets');
      const { state: peerState, phase, epoch, leader } = body;
      const before = serverOf(state, sid);
      const sinceMs = before.state === peerState ? before.sinceMs : atMs;
      changeServer(state, sid, { state: peerState, phase, epoch, leader, sinceMs, lastEventMs: atMs });
      // A leader's whole history is committed once a quorum has it.
      if (peerState === 'LEADING' && phase === 'BROADCAST') logSettled(state, sid, before.lastLogged);
      electionState(state, event, body);
      return;
    }
    case 'voteSent':
      packetSent(state, sid, body.to, { packet: 'NOTIFICATION', zxid: body.vote.zxid, sentAtMs: atMs });
      // A server's vote for itself says how far its log goes, also where it was there before the first event.
      if (body.vote.leader === sid) logReaches(state, sid, body.vote.zxid);
      voteSent(state, event, body);
      return;
    case 'voteReceived':
      packetReceived(state, body.from, sid, { packet: 'NOTIFICATION', zxid: body.vote.zxid, sentAtMs: atMs });
      voteReceived(state, event, body);
      return;
    case 'electionWon':
      electionDecided(state, event, body.leader);
      return;
    case 'packetSent':
      packetSent(state, sid, body.to, { packet: body.packet, zxid: body.zxid, sentAtMs: atMs });
      if (SYNCHRONISING.has(body.packet)) electionSynchronises(state, sid);
      if (body.packet === 'ACK') logEntry(state, sid, body.zxid, 'acked', false);
      return;
    case 'packetReceived':
      // The first packet of a learner, which says who it is.
      if (body.from < 0) return;
      packetReceived(state, body.from, sid, { packet: body.packet, zxid: body.zxid, sentAtMs: atMs });
      if (body.packet === 'PROPOSAL') {
        logEntry(state, sid, body.zxid, 'proposed', true);
        receivedProposal(state, body.zxid, sid, atMs);
      }
      return;
    case 'proposed':
      logEntry(state, sid, body.zxid, 'proposed', true);
      proposed(state, event, body);
      return;
    case 'logged':
      logEntry(state, sid, body.zxid, 'logged', true);
      loggedProposal(state, body.zxid, sid, atMs);
      return;
    case 'acked':
      if (body.by === sid) logEntry(state, sid, body.zxid, 'acked', false);
      acked(state, body.zxid, body.by, atMs);
      return;
    case 'committed': {
      const { process, lastCommitted } = serverOf(state, sid);
      // Of a cluster that is only looked at no proposal is seen, and each commit once.
      const isNew = process === null && compareHex(body.zxid, lastCommitted) > 0;
      logCommitted(state, sid, body.zxid);
      if (committedProposal(state, body.zxid, sid, atMs) ?? isNew) state.committed++;
      return;
    }
    case 'applied':
      changeServer(state, sid, { lastApplied: body.zxid, lastEventMs: atMs });
      appliedProposal(state, body.zxid, sid, atMs, body.error);
      return;
    case 'synchronised':
      logSynchronised(state, sid, atMs, body);
      return;
    case 'writeRequested':
      requested(state, sid, atMs, body);
      return;
    case 'writeReplied':
      replied(state, body.zxid, atMs);
      return;
    case 'clientConnected':
      connected(state, sid, atMs, body);
      return;
    case 'clientClosed':
      disconnected(state, sid, body.session);
      return;
    case 'sessionCreated':
      sessionCreated(state, atMs, body);
      return;
    case 'sessionClosed':
      sessionClosed(state, body.session);
      return;
    case 'watchSet':
    case 'watchRemoved':
      watchesChanged(state, body.session, body.watches);
      return;
    case 'watchFired':
      watchFired(state, body.session, body.watches);
      firedBy(state, serverOf(state, sid).lastApplied);
      return;
    case 'linkFaulted':
      linkFaulted(state, sid, body.to, body.fault);
      return;
    case 'dropped':
      state.dropped += body.count;
      // What was sent or received meanwhile is not known: nothing may look as if it waited for ever.
      forgetInFlight(state, sid, 'everything');
      return;
    case 'reachabilityChanged':
      reachabilityChanged(state, sid, atMs, body);
      return;
    case 'memberRemoved':
      delete state.servers[sid];
      return;
    case 'znodeSeen':
    case 'warning':
      return;
  }
}

/** An attached server that is not heard has no state; what it last said stays. */
function reachabilityChanged(
  state: ClusterState,
  sid: number,
  atMs: number,
  { reachable, reason }: Extract<ClusterEventBody, { kind: 'reachabilityChanged' }>,
): void {
  if (reachable) {
    changeServer(state, sid, { unreachable: null });
    return;
  }
  electionCauseFound(state, sid, 'unreachable');
  changeServer(state, sid, {
    unreachable: { reason: reason ?? '', sinceMs: atMs },
    state: null,
    leader: null,
    vote: null,
    sinceMs: atMs,
    connections: 0,
  });
  electionAbandoned(state, atMs);
}

function processChanged(
  state: ClusterState,
  sid: number,
  atMs: number,
  body: Extract<ClusterEventBody, { kind: 'processChanged' }>,
): void {
  const { process, pid, by, exit, lastLines } = body;
  const change: Partial<ServerView> = { process: { state: process, pid, by, exit, lastLines, sinceMs: atMs } };
  const isDown = process === 'killed' || process === 'died' || process === 'stopped';
  if (isDown) {
    forgetInFlight(state, sid, 'everything');
    electionCauseFound(state, sid, process);
  }
  if (process === 'starting') electionForgets(state, sid);
  changeServer(
    state,
    sid,
    isDown || process === 'starting'
      ? { ...change, state: null, leader: null, vote: null, sinceMs: atMs, connections: 0 }
      : change,
  );
  if (isDown) electionAbandoned(state, atMs);
}

function countRate(state: ClusterState, wallMs: number): void {
  const second = Math.floor(wallMs / 1000);
  const last = state.rates.at(-1);
  if (last !== undefined && second <= last[0]) {
    last[1]++;
    return;
  }
  state.rates.push([second, 1]);
  if (state.rates.length > MAX_RATES) state.rates.shift();
}

/** What the time bar marks of an event; asked before the event is applied, as it tells changes. */
function markOf(state: ClusterState, { sid, body }: ClusterEvent): TimeMark['kind'] | null {
  switch (body.kind) {
    case 'processChanged':
      if (state.servers[sid]?.process?.state === body.process) return null;
      switch (body.process) {
        case 'killed':
        case 'died':
        case 'stopped':
        case 'paused':
          return body.process;
        case 'running':
          return state.servers[sid]?.process?.state === 'paused' ? 'resumed' : 'started';
        default:
          return null;
      }
    case 'stateChanged': {
      const open = state.elections.at(-1);
      if (body.state === 'LOOKING')
        return open?.endedAtMs === null && state.servers[sid]?.state !== 'LEADING' ? null : 'election';
      const serves = body.state === 'LEADING' && body.phase === 'BROADCAST';
      return serves && state.servers[sid]?.phase !== 'BROADCAST' ? 'elected' : null;
    }
    case 'reachabilityChanged':
      if (body.reachable) return (state.servers[sid]?.unreachable ?? null) === null ? null : 'found';
      return 'lost';
    case 'linkFaulted':
      return body.fault === null ? 'healed' : 'fault';
    case 'warning':
      return 'warning';
    case 'dropped':
      return 'dropped';
    default:
      return null;
  }
}
