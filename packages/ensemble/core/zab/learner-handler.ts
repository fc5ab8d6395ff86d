import type { LinkId, ObserverStatus } from '../io.ts';

/** The steps of one learner as its leader sees them, in their order. */
export type HandlerStep =
  /** Nothing has come yet. */
  | 'connected'
  /** It has said who it is and waits for LEADERINFO. */
  | 'registered'
  /** LEADERINFO was sent. */
  | 'informed'
  /** It has acknowledged the epoch and waits until a quorum has. */
  | 'epochAcknowledged'
  /** It is being synchronised; NEWLEADER was sent. It gets all that is proposed from here on. */
  | 'synchronising'
  /** It has acknowledged NEWLEADER and waits until the leader serves. */
  | 'synchronised'
  /** UPTODATE was sent. */
  | 'upToDate';

/** One learner of a leader (Java `LearnerHandler`). */
export interface LearnerHandler {
  readonly link: LinkId;
  readonly address: string;
  /** ms since 1970. */
  readonly connectedMs: number;
  step: HandlerStep;
  sid: number;
  observer: boolean;
  acceptedEpoch: number;
  /** What ACKEPOCH said. */
  lastZxid: bigint;
  /** When its silence is no longer borne. */
  deadlineMs: number;
  /** The oldest proposal that it has not acknowledged, and the next one to look at (Java `SyncLimitCheck`). */
  awaitedAck: { zxid: bigint; sinceMs: number } | null;
  nextAwaitedAck: { zxid: bigint; sinceMs: number } | null;
  packetsReceived: number;
  packetsSent: number;
  /** Of its clients. */
  requests: number;
}

/** A learner that has just connected. */
export function newHandler(link: LinkId, address: string, connectedMs: number, deadlineMs: number): LearnerHandler {
  return {
    link,
    address,
    connectedMs,
    step: 'connected',
    sid: -1,
    observer: false,
    acceptedEpoch: 0,
    lastZxid: 0n,
    deadlineMs,
    awaitedAck: null,
    nextAwaitedAck: null,
    packetsReceived: 0,
    packetsSent: 0,
    requests: 0,
  };
}

/** Whether the learner gets proposals and commits as they come. */
export function isForwarding(handler: LearnerHandler): boolean {
  return handler.step === 'synchronising' || handler.step === 'synchronised' || handler.step === 'upToDate';
}

/** Notes that a proposal went out. Two are enough to see a learner that does not keep up. */
export function awaitAck(handler: LearnerHandler, zxid: bigint, nowMs: number): void {
  if (handler.step !== 'upToDate') return;
  if (handler.awaitedAck === null) handler.awaitedAck = { zxid, sinceMs: nowMs };
  else handler.nextAwaitedAck = { zxid, sinceMs: nowMs };
}

/** Notes that a proposal was acknowledged, if it is one of the two. */
export function noteAck(handler: LearnerHandler, zxid: bigint): void {
  if (handler.awaitedAck?.zxid === zxid) {
    handler.awaitedAck = handler.nextAwaitedAck;
    handler.nextAwaitedAck = null;
  } else if (handler.nextAwaitedAck?.zxid === zxid) {
    handler.nextAwaitedAck = null;
  }
}

/** What is told of an observer. */
export function observerStatus(handler: LearnerHandler): ObserverStatus {
  const { sid, address, lastZxid, connectedMs, packetsReceived, packetsSent, requests } = handler;
  return { sid, address, lastZxid, connectedMs, packetsReceived, packetsSent, requests };
}

/** Its packets are counted anew. */
export function resetHandlerStats(handler: LearnerHandler): void {
  handler.packetsReceived = 0;
  handler.packetsSent = 0;
  handler.requests = 0;
}
