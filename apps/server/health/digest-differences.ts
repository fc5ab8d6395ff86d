/** Which replicas do not hold what the others hold, by the digests that each has computed of its own tree. */
import type { ZxidDigest } from '../monitor/server-sample.ts';

/** The digests of one server that differ from what most have at the same zxid. */
export interface DigestDifference {
  readonly sid: number;
  /** The first and the last zxid at which it differs, of those that are known. */
  readonly firstZxid: bigint;
  readonly lastZxid: bigint;
  /** Who has what most have. */
  readonly agree: readonly number[];
}

/** What one server, or the mirror (null), has computed, the oldest first. */
export interface ComputedDigests {
  readonly sid: number | null;
  readonly digests: readonly ZxidDigest[];
}

/** A replica stays different once it is: so who agreed at the newest zxid that can be compared is not different any more. */
export function digestDifferences(sources: readonly ComputedDigests[]): readonly DigestDifference[] {
  const byZxid = new Map<bigint, Map<number | null, bigint>>();
  for (const { sid, digests } of sources) {
    for (const { zxid, digest } of digests) {
      const at = byZxid.get(zxid) ?? new Map<number | null, bigint>();
      byZxid.set(zxid, at.set(sid, digest));
    }
  }
  const found = new Map<number, DigestDifference>();
  for (const [zxid, digests] of [...byZxid].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (digests.size < 2) continue;
    const right = mostOf([...digests.values()]);
    const agree = [...digests].filter(([, other]) => other === right).flatMap(([other]) => other ?? []);
    for (const [sid, digest] of digests) {
      if (sid === null) continue;
      if (digest === right) found.delete(sid);
      else found.set(sid, { sid, firstZxid: found.get(sid)?.firstZxid ?? zxid, lastZxid: zxid, agree });
    }
  }
  return [...found.values()];
}

/** The most frequent value, the first of those that are equally frequent. */
function mostOf(values: readonly bigint[]): bigint | undefined {
  const counts = new Map<bigint, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}
