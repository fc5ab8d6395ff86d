/** Short forms that only inspectors and the tables below the drawing use; the rest is in components/format.ts. */
import type { HexString, TracedVote } from '@vivarium/shared/cluster-event';
import { formatZxid } from '../../../components/format.ts';
import { voteText } from '../../../viz/vote-text.tsx';

/** What stands for no transaction in a packet (-1) or in the vote of an observer (the least number) begins here. */
const NO_ZXID = 1n << 63n;

/** Whether a zxid names a transaction or the start of a log, and not nothing. */
export function isZxid(zxid: HexString): boolean {
  return BigInt(zxid) < NO_ZXID;
}

/** Whether a vote is for anybody: an observer that asks how things stand sends one that is not. */
export function isVote(vote: TracedVote): boolean {
  return vote.leader >= 0 && isZxid(vote.zxid);
}

/** `(epoch, zxid, sid)`, or dashes for a vote for nobody. */
export function voteOrNone(vote: TracedVote): string {
  return isVote(vote) ? voteText(vote) : '(–, –, –)';
}

/** A zxid for a sentence, or nothing where it names none. */
export function zxidOrNone(zxid: HexString): string {
  return isZxid(zxid) ? formatZxid(zxid) : '';
}

/** Milliseconds without their unit, with as many digits as matter: `0.34`, `6.2`, `231`. */
export function msNumber(ms: number): string {
  const size = Math.abs(ms);
  return size < 0.995 ? ms.toFixed(2) : size < 99.95 ? ms.toFixed(1) : String(Math.round(ms));
}

/** Milliseconds after (or before) the event that matters: `+6.2`, `−1.4`, `0.0`. */
export function offsetText(ms: number): string {
  if (Math.abs(ms) < 0.005) return '0.0';
  return ms < 0 ? `−${msNumber(-ms)}` : `+${msNumber(ms)}`;
}
