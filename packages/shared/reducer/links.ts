/** What is under way between servers. */
import type { HexString } from '../cluster-event.ts';
import { type ClusterState, type LinkView, linkKey, MAX_QUEUE, type QueuedPacket } from '../cluster-state.ts';
import type { LinkFault } from '../link-fault.ts';

function linkOf(state: ClusterState, from: number, to: number): LinkView {
  const known = state.links[linkKey(from, to)];
  return known ?? { from, to, queue: [], waiting: 0, sent: 0, received: 0, lost: 0, fault: null };
}

/** A packet or a vote begins its way. */
export function packetSent(state: ClusterState, from: number, to: number, packet: QueuedPacket): void {
  const link = linkOf(state, from, to);
  const queue = link.queue.length < MAX_QUEUE ? [...link.queue, packet] : link.queue;
  state.links[linkKey(from, to)] = { ...link, queue, waiting: link.waiting + 1, sent: link.sent + 1 };
}

/**
 * A packet or a vote has come. Votes and packets each go over a connection of their own, in order: what the same
 * connection was given before it is not under way any more either (a vote may be replaced by a newer one unsent).
 */
export function packetReceived(state: ClusterState, from: number, to: number, packet: string, zxid: HexString): void {
  const link = linkOf(state, from, to);
  const isVote = packet === 'NOTIFICATION';
  const index = link.queue.findIndex((queued) => queued.packet === packet && queued.zxid === zxid);
  const queue =
    index === -1
      ? link.queue
      : link.queue.filter((queued, i) => i > index || (queued.packet === 'NOTIFICATION') !== isVote);
  const gone = index === -1 ? 1 : link.queue.length - queue.length;
  const waiting = Math.max(queue.length, link.waiting - gone);
  state.links[linkKey(from, to)] = { ...link, queue, waiting, received: link.received + 1 };
}

/** What was under way from and to a server is lost: its connections are closed, or nothing is known of them. */
export function forgetInFlight(state: ClusterState, sid: number, what: 'packets' | 'everything'): void {
  for (const link of Object.values(state.links)) {
    if ((link.from !== sid && link.to !== sid) || link.waiting === 0) continue;
    const queue = what === 'everything' ? [] : link.queue.filter(({ packet }) => packet === 'NOTIFICATION');
    const lost = link.lost + link.waiting - queue.length;
    state.links[linkKey(link.from, link.to)] = { ...link, queue, waiting: queue.length, lost };
  }
}

export function linkFaulted(state: ClusterState, from: number, to: number, fault: LinkFault | null): void {
  state.links[linkKey(from, to)] = { ...linkOf(state, from, to), fault };
}
