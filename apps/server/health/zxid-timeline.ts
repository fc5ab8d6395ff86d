import { counterOf, epochOf, type Zxid } from '@vivarium/shared/zxid';

const MAX_ENTRIES = 1_200;
const MIN_STEP_MS = 100;

/** When the ensemble had got how far: what the leader, or the stream of transactions, has told. */
export class ZxidTimeline {
  private readonly entries: { readonly atMs: number; readonly zxid: Zxid }[] = [];

  /** A zxid below the newest one tells nothing new; neither does the first of an epoch, which no transaction has. */
  add(atMs: number, zxid: Zxid): void {
    const last = this.entries.at(-1);
    if (counterOf(zxid) === 0 || (last !== undefined && zxid <= last.zxid)) return;
    const before = this.entries.at(-2);
    // Of entries that are close together the first of all and the newest are kept.
    if (before !== undefined && last !== undefined && last.atMs - before.atMs < MIN_STEP_MS) this.entries.pop();
    this.entries.push({ atMs, zxid });
    if (this.entries.length > MAX_ENTRIES) this.entries.shift();
  }

  /** How late a server is that had `zxid` at `atMs`; null where nothing is known of that time. */
  lagOf(atMs: number, zxid: Zxid): { readonly ms: number; readonly transactions: number | null } | null {
    const known = this.entries.filter((entry) => entry.atMs <= atMs);
    const newest = known.at(-1);
    if (newest === undefined) return null;
    const missed = known.find((entry) => entry.zxid > zxid);
    if (missed === undefined) return { ms: 0, transactions: 0 };
    const isSameEpoch = epochOf(newest.zxid) === epochOf(zxid);
    return { ms: atMs - missed.atMs, transactions: isSameEpoch ? Number(newest.zxid - zxid) : null };
  }

  /** Transactions a second over the last `spanMs`; null where nothing is known of it, or an epoch began in it. */
  rate(nowMs: number, spanMs: number): number | null {
    const first = this.entries.findLast((entry) => entry.atMs <= nowMs - spanMs) ?? this.entries[0];
    const last = this.entries.at(-1);
    if (first === undefined || last === undefined || epochOf(first.zxid) !== epochOf(last.zxid)) return null;
    const tookMs = nowMs - first.atMs;
    return tookMs < spanMs / 4 ? null : (Number(last.zxid - first.zxid) * 1_000) / tookMs;
  }
}
