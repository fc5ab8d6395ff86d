/** Messages between servers as pairs of send and receipt: what a drawing needs to know where each one is. */
import type { HexString, TracedVote } from '@vivarium/shared/cluster-event';
import { linkKey } from '@vivarium/shared/cluster-state';
import type { FeedEvent } from '@vivarium/shared/contract/socket';

export interface Message {
  /** The number of the event that sent it: names the message. */
  readonly n: number;
  readonly from: number;
  readonly to: number;
  /** The packet's ZooKeeper name, or `NOTIFICATION` for a vote. */
  readonly packet: string;
  readonly zxid: HexString;
  /** What a notification says; null for a packet. */
  readonly vote: TracedVote | null;
  readonly sentAtMs: number;
  /** Null while it is under way, for all that is known so far. */
  receivedAtMs: number | null;
  /** When one of its ends died or the connection broke before it came; null otherwise. */
  lostAtMs: number | null;
}

/** The least time that a message is seen, in ms of the viewer's time: `--mo-travel-min`. */
export const MIN_TRAVEL_MS = 160;
/** A message that never came is looked for no longer. */
const FORGOTTEN_AFTER_MS = 60_000;
const MAX_MESSAGES = 60_000;
/** A receipt waits so long for the sending that it overtook. */
const EARLY_WITHIN_MS = 2_000;
const MAX_EARLY = 16;

/** Pairs the sends and receipts of one stretch of events. */
export class MessageTrack {
  /** In the order in which they were sent. */
  private messages: Message[] = [];
  private readonly underWay = new Map<string, Message[]>();
  /** Receipts that came before their sendings, the newest ones of each link. */
  private readonly early = new Map<
    string,
    { readonly packet: string; readonly zxid: HexString; readonly atMs: number }[]
  >();

  /** Takes the next event. */
  push(event: FeedEvent): void {
    const { sid, n, atMs, body } = event;
    switch (body.kind) {
      case 'packetSent':
        this.sent({ n, from: sid, to: body.to, packet: body.packet, zxid: body.zxid, vote: null }, atMs);
        return;
      case 'voteSent':
        this.sent({ n, from: sid, to: body.to, packet: 'NOTIFICATION', zxid: body.vote.zxid, vote: body.vote }, atMs);
        return;
      case 'packetReceived':
        this.received(body.from, sid, body.packet, body.zxid, atMs);
        return;
      case 'voteReceived':
        this.received(body.from, sid, 'NOTIFICATION', body.vote.zxid, atMs);
        return;
      case 'processChanged':
        if (['killed', 'died', 'stopped'].includes(body.process)) this.lost(sid, atMs);
    }
  }

  /** Forgets what was sent before an event. */
  prune(firstN: number): void {
    const keep = this.messages.findIndex(({ n }) => n >= firstN);
    this.messages = keep === -1 ? [] : this.messages.slice(keep);
  }

  /** Messages whose time on the screen covers the instant; see `PlayerHistory.messagesAt`. */
  at(headMs: number, speed: number): Message[] {
    const minMs = MIN_TRAVEL_MS * speed;
    const found: Message[] = [];
    for (let i = this.after(headMs) - 1; i >= 0; i--) {
      const message = this.messages[i];
      if (message === undefined || message.sentAtMs < headMs - FORGOTTEN_AFTER_MS || found.length >= 400) break;
      if (endOf(message, minMs) >= headMs) found.push(message);
      // The oldest that is shown for its least time: whatever is older was slow, and those are under way.
      else if (message.sentAtMs < headMs - minMs - 5_000) break;
    }
    return found.reverse();
  }

  /** Messages that were sent or received in the time, the newest `limit` of them. */
  between(fromMs: number, toMs: number, limit: number): Message[] {
    const found: Message[] = [];
    for (let i = this.after(toMs) - 1; i >= 0 && found.length < limit; i--) {
      const message = this.messages[i];
      if (message === undefined || message.sentAtMs < fromMs - 5_000) break;
      if (message.sentAtMs >= fromMs || (message.receivedAtMs ?? 0) >= fromMs) found.push(message);
    }
    return found.reverse();
  }

  private sent(message: Omit<Message, 'sentAtMs' | 'receivedAtMs' | 'lostAtMs'>, sentAtMs: number): void {
    const complete: Message = { ...message, sentAtMs, receivedAtMs: null, lostAtMs: null };
    this.messages.push(complete);
    if (this.messages.length > MAX_MESSAGES) this.messages = this.messages.slice(MAX_MESSAGES / 4);
    const key = linkKey(message.from, message.to);
    const early = this.early.get(key) ?? [];
    const index = early.findIndex(({ packet, zxid }) => packet === message.packet && zxid === message.zxid);
    const receipt = early[index];
    if (receipt !== undefined) {
      early.splice(index, 1);
      complete.receivedAtMs = Math.max(receipt.atMs, sentAtMs);
      return;
    }
    const queue = this.underWay.get(key) ?? [];
    queue.push(complete);
    if (queue.length > 2_000) queue.shift();
    this.underWay.set(key, queue);
  }

  /** Votes and packets go over connections of their own; what the same one was given before has been replaced or lost. */
  private received(from: number, to: number, packet: string, zxid: HexString, atMs: number): void {
    const key = linkKey(from, to);
    const queue = this.underWay.get(key);
    const index = queue?.findIndex((message) => message.packet === packet && message.zxid === zxid) ?? -1;
    const found = queue?.[index];
    if (queue === undefined || found === undefined) {
      const recent = (this.early.get(key) ?? []).filter((receipt) => atMs - receipt.atMs < EARLY_WITHIN_MS);
      this.early.set(key, [...recent, { packet, zxid, atMs }].slice(-MAX_EARLY));
      return;
    }
    found.receivedAtMs = atMs;
    const isVote = packet === 'NOTIFICATION';
    this.underWay.set(
      key,
      queue.filter((message, i) => {
        if (i > index || (message.packet === 'NOTIFICATION') !== isVote) return true;
        if (message !== found) message.lostAtMs = message.sentAtMs;
        return false;
      }),
    );
  }

  private lost(sid: number, atMs: number): void {
    for (const [key, queue] of this.underWay) {
      const [first] = queue;
      if (first === undefined || (first.from !== sid && first.to !== sid)) continue;
      for (const message of queue) message.lostAtMs = atMs;
      this.underWay.set(key, []);
    }
  }

  /** The index of the first message that was sent after the instant. */
  private after(headMs: number): number {
    let low = 0;
    let high = this.messages.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.messages[middle]?.sentAtMs ?? 0) <= headMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function endOf({ sentAtMs, receivedAtMs, lostAtMs }: Message, minMs: number): number {
  const end = receivedAtMs ?? lostAtMs ?? Number.POSITIVE_INFINITY;
  return Math.max(end, sentAtMs + minMs);
}
