import type { ClusterState } from '@vivarium/shared/cluster-state';

/** Who made a transaction, as far as the kept proposals and sessions say. */
export interface Writer {
  readonly session: string;
  readonly address: string | null;
}

/** The writer of a transaction; null where it is not kept any more. */
export function writerOf(state: ClusterState, zxid: string): Writer | null {
  const sought = BigInt(zxid);
  const proposal = state.proposals.findLast((one) => BigInt(one.zxid) === sought);
  if (proposal === undefined) return null;
  return { session: proposal.session, address: state.sessions[proposal.session]?.address ?? null };
}
