/** What is known of the servers of a cluster that somebody else runs, where no events of theirs tell it. */
import type { HexString } from '@vivarium/shared/cluster-event';
import type { ServerView } from '@vivarium/shared/cluster-state';
import type { HealthReport, Replica } from '@vivarium/shared/contract/health';
import type { Field } from '@vivarium/shared/contract/source';
import { useHealth } from '../../live/use-health.ts';
import { usePlayer } from '../../live/use-player.ts';

/** Whether somebody else runs the shown cluster. */
export function useIsAttached(): boolean {
  return usePlayer(({ info }) => info?.kind === 'attached');
}

/** Tells of a field whether the source cannot know it. */
export function useIsMissing(): (field: Field) => boolean {
  const provenance = usePlayer(({ info }) => info?.provenance ?? null);
  return (field) => provenance?.[field] === 'missing';
}

/** The last report on a cluster that somebody else runs; null for one that runs here, whose events tell more. */
export function useAttachedReport(): HealthReport | null {
  const isAttached = useIsAttached();
  const { report } = useHealth(null, isAttached);
  return isAttached ? report : null;
}

/** What a server of such a cluster says of itself. */
export function useReplica(sid: number): Replica | null {
  return useAttachedReport()?.replicas.find((replica) => replica.sid === sid) ?? null;
}

/** The end of a server's log as far as it is known; null where nobody has told it. */
export function useLastZxid({ sid, lastLogged }: Pick<ServerView, 'sid' | 'lastLogged'>): HexString | null {
  const isAttached = useIsAttached();
  const replica = useReplica(sid);
  return isAttached ? seenZxid(lastLogged, replica?.lastZxid?.value) : lastLogged;
}

/** Clients that are connected to a server; null where nobody has told. */
export function useConnections({ sid, connections }: Pick<ServerView, 'sid' | 'connections'>): number | null {
  const isAttached = useIsAttached();
  const replica = useReplica(sid);
  return isAttached ? (replica?.connections?.value ?? null) : connections;
}

/** A zxid, or null where it only stands for "none was seen". */
export function seenZxid(...candidates: readonly (HexString | null | undefined)[]): HexString | null {
  let newest: HexString | null = null;
  for (const zxid of candidates) {
    if (zxid == null || BigInt(zxid) === 0n) continue;
    if (newest === null || BigInt(zxid) > BigInt(newest)) newest = zxid;
  }
  return newest;
}
