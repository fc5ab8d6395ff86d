/** A server and a client of a ZAB lab as the stage draws them. */

import type { TracedVote } from '@vivarium/shared/cluster-event';
import type { EntryState } from '@vivarium/shared/cluster-state';
import { counterOf, epochOf, formatHex, type Zxid } from '@vivarium/shared/zxid';
import type { Moment, NodeMoment } from '@vivarium/simulation/stepped/moment';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { Fact, FactValue, LogRecord, Mark, NodeView } from '../node-view.ts';
import type { ClientState } from './client-node.ts';
import { lastOnDisk, type ZabDisk } from './disk.ts';
import type { ZabMessage } from './messages.ts';
import type { ZabState } from './program.ts';
import type { ServerState } from './server-state.ts';
import { loggedTerm, serverName, zxidTerm } from './terms.ts';

export type ZabMoment = Moment<ZabState, ZabMessage, ZabDisk>;
export type ZabNode = NodeMoment<ZabState, ZabDisk>;

/** As many records of a log as a card has place for; the newest ones. */
const SHOWN_RECORDS = 8;

/** The state of a server that is up, or null for any other node. */
export function serverOf(moment: ZabMoment, id: NodeId): ServerState | null {
  const state = moment.nodes.get(id)?.state ?? null;
  return state?.kind === 'server' ? state : null;
}

/** The state of a client that is up, or null for any other node. */
export function clientOf(moment: ZabMoment, id: NodeId): ClientState | null {
  const state = moment.nodes.get(id)?.state ?? null;
  return state?.kind === 'client' ? state : null;
}

/** The servers that are up, by their nodes. */
export function serversOf(moment: ZabMoment): readonly (readonly [NodeId, ServerState])[] {
  return [...moment.nodes].flatMap(([id, { state }]) => (state?.kind === 'server' ? [[id, state] as const] : []));
}

/** Whether a server's disk, as a crash would leave it now, has a transaction. */
export function isDurable(disk: ZabDisk, zxid: Zxid): boolean {
  return zxid <= (disk.snapshot?.zxid ?? 0n) || disk.log.some((txn) => txn.zxid === zxid);
}

/** The servers that vote. */
export function votersOf(state: ServerState): readonly number[] {
  return state.server.configuration.members.filter(({ role }) => role === 'participant').map(({ sid }) => sid);
}

/** How many of so many voters are a quorum: more than half of all. */
export function quorumOf(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

export function viewOf(node: ZabNode, role: string): NodeView {
  const { state } = node;
  if (state?.kind === 'client') return clientView(state);
  if (state === null) {
    return {
      mark: 'plain',
      role,
      state: '',
      mood: 'calm',
      facts: role === 'client' ? [] : epochFacts(node.disk, lastOnDisk(node.disk)),
      log: role === 'client' ? [] : logOf(node.disk, node.disk, 0n, 0n),
    };
  }
  return serverView(state, node);
}

function serverView(state: ServerState, { disk }: ZabNode): NodeView {
  const { server } = state;
  const { peerState, phase } = server;
  const role = ROLES[peerState];
  const facts: Fact[] = [
    fact('phase', { kind: 'term', term: phase }),
    ...epochFacts(disk, lastOnDisk(state.disk)),
    ...choiceOf(state),
    ...tallyOf(state, disk),
  ];
  if (peerState !== 'LEADING' && state.sync !== null && peerState !== 'LOOKING') {
    facts.push(fact('sync', { kind: 'term', term: state.sync }));
  }
  const gone = state.truncated.map(({ zxid, what }) => recordOf(zxid, what, 'truncated'));
  return {
    mark: role,
    role,
    state: state.halted === null ? peerState : 'HALTED',
    mood: state.halted !== null ? 'wrong' : phase === 'BROADCAST' ? 'calm' : 'waiting',
    facts,
    log: [...logOf(state.disk, disk, state.committed, state.acked), ...gone].slice(-SHOWN_RECORDS),
  };
}

const ROLES = {
  LOOKING: 'looking',
  FOLLOWING: 'follower',
  LEADING: 'leader',
  OBSERVING: 'observer',
} as const satisfies Record<string, Mark>;

function fact(id: string, value: FactValue): Fact {
  return { id, value };
}

function epochFacts(disk: ZabDisk, last: Zxid): Fact[] {
  return [
    fact('acceptedEpoch', { kind: 'term', term: String(disk.acceptedEpoch) }),
    fact('currentEpoch', { kind: 'term', term: String(disk.currentEpoch) }),
    fact('lastZxid', { kind: 'zxid', epoch: epochOf(last), counter: counterOf(last) }),
  ];
}

/** For whom it votes, or whom it follows: a vote is of no more use once it is settled. */
function choiceOf({ server, vote, leader }: ServerState): Fact[] {
  if (server.peerState === 'LOOKING')
    return vote === null ? [] : [fact('vote', { kind: 'term', term: voteTerm(vote) })];
  if (server.peerState === 'LEADING' || leader === null) return [];
  return [fact('follows', { kind: 'term', term: serverName(leader) })];
}

/** Epoch, zxid, sid: in the order in which votes are compared. */
function voteTerm({ leader, zxid, peerEpoch }: TracedVote): string {
  return leader < 0 ? '–' : `(${peerEpoch}, ${zxidTerm(BigInt(zxid))}, ${leader})`;
}

/** Whom the server counts now: votes while it looks; while it leads, who has come as far as the phase asks, or the ACKs. */
function tallyOf(state: ServerState, disk: ZabDisk): Fact[] {
  const voters = votersOf(state);
  const tally = (id: string, have: readonly number[], against: readonly number[] = []): Fact =>
    fact(id, {
      kind: 'tally',
      have: voters.filter((sid) => have.includes(sid)).map(serverName),
      of: voters.map(serverName),
      need: quorumOf(voters.length),
      against: voters.filter((sid) => against.includes(sid)).map(serverName),
    });
  const { server, vote, sid, supporters } = state;
  if (server.peerState === 'LOOKING') {
    if (vote === null || vote.leader < 0) return [];
    const others = Object.entries(state.heard).map(([from, heard]) => [Number(from), isSame(heard, vote)] as const);
    const have = [sid, ...others.filter(([, same]) => same).map(([from]) => from)];
    return [
      tally(
        'votes',
        have,
        others.filter(([, same]) => !same).map(([from]) => from),
      ),
    ];
  }
  if (server.peerState !== 'LEADING') return [];
  switch (server.phase) {
    case 'DISCOVERY': {
      const come = [sid, ...supporters.FOLLOWERINFO];
      const isFound = come.filter((one) => voters.includes(one)).length >= quorumOf(voters.length);
      if (!isFound) return [tally('followerInfos', come)];
      const promised = disk.acceptedEpoch === state.disk.acceptedEpoch ? [sid] : [];
      return [tally('epochAcks', [...promised, ...supporters.ACKEPOCH])];
    }
    case 'SYNCHRONIZATION': {
      const entered = disk.currentEpoch === state.disk.currentEpoch ? [sid] : [];
      return [tally('newLeaderAcks', [...entered, ...supporters.NEWLEADER])];
    }
    default: {
      const [oldest] = state.outstanding;
      return oldest === undefined ? [] : [tally('acks', oldest.acks)];
    }
  }
}

function isSame(one: TracedVote, other: TracedVote): boolean {
  const { leader, zxid, peerEpoch, electionEpoch } = one;
  const isEqual = leader === other.leader && zxid === other.zxid && peerEpoch === other.peerEpoch;
  return isEqual && electionEpoch === other.electionEpoch;
}

function logOf(disk: ZabDisk, durable: ZabDisk, committed: Zxid, acked: Zxid): LogRecord[] {
  const lastDurable = lastOnDisk(durable);
  const entryState = (zxid: Zxid): EntryState => {
    if (zxid <= committed) return 'committed';
    if (zxid > lastDurable) return 'proposed';
    return zxid <= acked ? 'acked' : 'logged';
  };
  const newest = disk.log.slice(-SHOWN_RECORDS);
  const records = newest.map(({ zxid, bytes }) => recordOf(zxid, loggedTerm(bytes), entryState(zxid)));
  const { snapshot } = disk;
  // A log that begins behind a snapshot shows where; that of an epoch without a transaction holds none.
  if (snapshot !== null && counterOf(snapshot.zxid) > 0 && records.length < SHOWN_RECORDS) {
    records.unshift(recordOf(snapshot.zxid, 'snapshot', entryState(snapshot.zxid)));
  }
  return records;
}

function recordOf(zxid: Zxid, detail: string, state: EntryState): LogRecord {
  return { label: zxidTerm(zxid), state, key: formatHex(zxid), detail };
}

/** The server that has created a session, and how many it had created before: the whole id would say no more. */
function sessionTerm(sessionId: bigint): string {
  const id = BigInt.asUintN(64, sessionId);
  return `${serverName(id >> 56n)}#${(id & 0xffffn) + 1n}`;
}

function clientView(state: ClientState): NodeView {
  const { established, wanted, sessionId, server, outstanding, waiting, last, acknowledged } = state;
  const asked = [...outstanding.map(({ what }) => what), ...waiting];
  const facts: Fact[] = [
    fact('session', sessionId === 0n ? { kind: 'none' } : { kind: 'term', term: sessionTerm(sessionId) }),
    fact('server', established && server !== null ? { kind: 'term', term: server } : { kind: 'none' }),
    fact('asked', asked.length === 0 ? { kind: 'none' } : { kind: 'names', names: asked }),
    fact('answer', last === null ? { kind: 'none' } : { kind: 'term', term: last }),
    fact('acknowledged', { kind: 'names', names: acknowledged.slice(-4).map(({ what }) => what) }),
  ];
  return {
    mark: 'plain',
    role: 'client',
    state: established ? 'CONNECTED' : wanted ? 'CONNECTING' : sessionId === 0n ? '' : 'DISCONNECTED',
    mood: established ? 'calm' : wanted ? 'waiting' : 'calm',
    facts,
    log: [],
  };
}
