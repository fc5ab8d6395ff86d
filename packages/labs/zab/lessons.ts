/** What lessons on ZAB look for in a moment, and where their nodes stand. */
import { makeZxid } from '@vivarium/shared/zxid';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { NodeSpec } from '../protocol.ts';
import { clientOf, serverOf, serversOf, type ZabMoment } from './node-views.ts';

/** Three servers by themselves: every second one lower, so that no card is in the way of another's messages. */
export const THREE_ALONE: readonly NodeSpec[] = [
  { id: 'S1', role: 'server', at: { x: 0.14, y: 0.36 } },
  { id: 'S2', role: 'server', at: { x: 0.5, y: 0.64 } },
  { id: 'S3', role: 'server', at: { x: 0.86, y: 0.36 } },
];

/** Three servers, with room for a client. */
export const THREE_SERVERS: readonly NodeSpec[] = [
  { id: 'S1', role: 'server', at: { x: 0.1, y: 0.36 } },
  { id: 'S2', role: 'server', at: { x: 0.37, y: 0.64 } },
  { id: 'S3', role: 'server', at: { x: 0.64, y: 0.36 } },
];

/** Their client. */
export const ONE_CLIENT: NodeSpec = { id: 'C1', role: 'client', at: { x: 0.9, y: 0.64 } };

/** Whether a server leads an epoch that a quorum has entered. */
export function leads(moment: ZabMoment, id: NodeId): boolean {
  const server = serverOf(moment, id)?.server;
  return server?.peerState === 'LEADING' && server.phase === 'BROADCAST';
}

/** The server that leads the newest epoch, where one does. */
export function leaderOf(moment: ZabMoment): NodeId | null {
  let leader: { id: NodeId; epoch: number } | null = null;
  for (const [id, { server }] of serversOf(moment)) {
    if (leads(moment, id) && server.epoch > (leader?.epoch ?? -1)) leader = { id, epoch: server.epoch };
  }
  return leader?.id ?? null;
}

/** Whether a server follows, or observes, up to date. */
export function follows(moment: ZabMoment, id: NodeId): boolean {
  const server = serverOf(moment, id)?.server;
  return server?.phase === 'BROADCAST' && server.peerState !== 'LEADING';
}

/** Whether this entry told it, of this node. */
export function told(moment: ZabMoment, id: NodeId, what: string): boolean {
  return moment.entry?.told.some((one) => one.node === id && one.what === what) ?? false;
}

/** Whether this entry brought a message to a node whose label begins so. */
export function got(moment: ZabMoment, id: NodeId, label: string): boolean {
  const { entry, flight } = moment;
  return entry?.happening.kind === 'deliver' && flight?.to === id && flight.label.startsWith(label);
}

/** Whether this entry sent a message whose label begins so. */
export function sent(moment: ZabMoment, label: string): boolean {
  return moment.entry?.sent.some((one) => one.label.startsWith(label)) ?? false;
}

/** Whether a write of this name became durable in this entry. */
export function wrote(moment: ZabMoment, id: NodeId, what: string): boolean {
  const happening = moment.entry?.happening;
  return happening?.kind === 'persisted' && happening.node === id && happening.what.startsWith(what);
}

/** Whether a server knows a transaction to be committed, and has it. */
export function hasCommitted(moment: ZabMoment, id: NodeId, epoch: number, counter: number): boolean {
  const state = serverOf(moment, id);
  const zxid = makeZxid(epoch, counter);
  return state !== null && state.committed >= zxid && state.disk.log.some((txn) => txn.zxid === zxid);
}

/** Whether a transaction is in a node's log on disk. */
export function hasLogged(moment: ZabMoment, id: NodeId, epoch: number, counter: number): boolean {
  const zxid = makeZxid(epoch, counter);
  return moment.nodes.get(id)?.disk.log.some((txn) => txn.zxid === zxid) ?? false;
}

/** Whether a client was told that a write is done. */
export function isAcknowledged(moment: ZabMoment, client: NodeId, what: string): boolean {
  return clientOf(moment, client)?.acknowledged.some((write) => write.what === what) ?? false;
}

/** Whether nothing is left to happen but pings: all that are up serve, and no message and no write is under way. */
export function isSettled(moment: ZabMoment): boolean {
  if (moment.n === 0 || leaderOf(moment) === null) return false;
  for (const [id, node] of moment.nodes) {
    if (node.status === 'paused' || node.writes.length > 0) return false;
    const { state } = node;
    if (state?.kind === 'server' && state.server.phase !== 'BROADCAST') return false;
    if (state?.kind === 'client' && state.wanted && !state.established) return false;
    for (const other of moment.nodes.keys()) if (moment.isCut(id, other)) return false;
  }
  return moment.inFlight.size === 0;
}
