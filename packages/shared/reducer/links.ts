/** What is under way between servers. */
import { type ClusterState, type LinkView, linkKey, MAX_QUEUE, type QueuedPacket } from '../cluster-state.ts';
import type { LinkFault } from '../link-fault.ts';

function linkOf(state: ClusterState, from: number, to: number): LinkView {
  const known = state.links[linkKey(from, to)];
  return known ?? { from, to, queue: [], waiting: 0, sent: 0, received: 0, lost: 0, early: [], fault: null };
}

/** A receipt waits so long for the sending that it overtook. */
const EARLY_WITHIN_MS = 2_000;
const MAX_EARLY = 16;

/** A packet or a vote begins its way. */
export function packetSent(state: ClusterState, from: number, to: number, packet: QueuedPacket): void {
  const link = linkOf(state, from, to);
  const sent = link.sent + 1;
  const overtaken = link.early.findIndex((early) => isSame(early, packet));
  if (overtaken !== -1) {
    state.links[linkKey(from, to)] = { ...link, sent, early: link.early.toSpliced(overtaken, 1) };
    return;
  }
  // Nobody is there to receive it; a vote is kept for later, and by then replaced by a newer one.
  if (hasEnded(state, to)) {
    state.links[linkKey(from, to)] = { ...link, sent, lost: link.lost + 1 };
    return;
  }
  const queue = link.queue.length < MAX_QUEUE ? [...link.queue, packet] : link.queue;
  state.links[linkKey(from, to)] = { ...link, queue, waiting: link.waiting + 1, sent };
}

/**
 * A packet or a vote has come. Votes and packets each go over a connection of their own, in order: what the same
 * connection was given before it is not under way any more either (a vote may be replaced by a newer one unsent).
 */
export function packetReceived(
  state: ClusterState,
  from: number,
  to: number,
  { packet, zxid, sentAtMs: atMs }: QueuedPacket,
): void {
  const link = linkOf(state, from, to);
  const received = link.received + 1;
  const isVote = packet === 'NOTIFICATION';
  const index = link.queue.findIndex((queued) => queued.packet === packet && queued.zxid === zxid);
  if (index === -1) {
    const recent = link.early.filter(({ sentAtMs }) => atMs - sentAtMs < EARLY_WITHIN_MS);
    const early = [...recent, { packet, zxid, sentAtMs: atMs }].slice(-MAX_EARLY);
    // What the queue had no place for has come; where it holds all that waits, this one is ahead of its sending.
    const overflow = link.waiting > link.queue.length;
    state.links[linkKey(from, to)] = overflow
      ? { ...link, waiting: link.waiting - 1, received }
      : { ...link, early, received };
    return;
  }
  const queue = link.queue.filter((queued, i) => i > index || (queued.packet === 'NOTIFICATION') !== isVote);
  const waiting = Math.max(queue.length, link.waiting - (link.queue.length - queue.length));
  state.links[linkKey(from, to)] = { ...link, queue, waiting, received };
}

/** An election is over: the votes that have not come by now were replaced before they left. */
export function forgetVotes(state: ClusterState): void {
  for (const link of Object.values(state.links)) {
    const queue = link.queue.filter(({ packet }) => packet !== 'NOTIFICATION');
    if (queue.length === link.queue.length) continue;
    const gone = link.queue.length - queue.length;
    state.links[linkKey(link.from, link.to)] = { ...link, queue, waiting: link.waiting - gone, lost: link.lost + gone };
  }
}

function hasEnded(state: ClusterState, sid: number): boolean {
  const process = state.servers[sid]?.process?.state;
  return process === 'killed' || process === 'died' || process === 'stopped';
}

function isSame(a: QueuedPacket, b: QueuedPacket): boolean {
  return a.packet === b.packet && a.zxid === b.zxid;
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
