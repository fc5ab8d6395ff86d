/** The ways into a cluster that somebody else runs, as a glance sees them. Pure. */
import type { WayInfo, WayReason, WayState } from '@vivarium/shared/contract/source';

/** `partly`: open, but not to every server. */
export type WayLook = 'open' | 'partly' | 'trying' | 'closed';

/** How a way stands as a whole. */
export function lookOf({ state, servers }: Pick<WayInfo, 'state' | 'servers'>): WayLook {
  if (state !== 'open') return state;
  return Object.values(servers).some((one) => one.state !== 'open') ? 'partly' : 'open';
}

/**
 * The servers that a way is not open to, those with the same reason together: ten lines that say the same are read by nobody.
 * What is said of the way as a whole is not said again.
 */
export function byReason({ servers, ...whole }: Pick<WayInfo, 'state' | 'reason' | 'servers'>): readonly {
  readonly sids: readonly number[];
  readonly reason: WayReason | null;
  readonly state: WayState['state'];
}[] {
  const key = ({ state, reason }: Pick<WayState, 'state' | 'reason'>) =>
    reason === null ? state : `${reason.code} ${JSON.stringify(reason.params)}`;
  const groups = new Map<
    string,
    { readonly sids: number[]; readonly reason: WayReason | null; readonly state: WayState['state'] }
  >();
  for (const [sid, server] of Object.entries(servers)) {
    if (server.state === 'open' || (whole.state !== 'open' && key(server) === key(whole))) continue;
    const group = groups.get(key(server)) ?? { sids: [], reason: server.reason, state: server.state };
    group.sids.push(Number(sid));
    groups.set(key(server), group);
  }
  return [...groups.values()];
}
