/** The ways into a cluster that somebody else runs, as a glance sees them. Pure. */
import type { WayInfo, WayReason, WayState } from '@vivarium/shared/contract/source';

/** `partly`: open, but not to every server. */
export type WayLook = 'open' | 'partly' | 'trying' | 'closed';

/** How a way stands as a whole. */
export function lookOf({ state, servers }: Pick<WayInfo, 'state' | 'servers'>): WayLook {
  if (state !== 'open') return state;
  return Object.values(servers).some((one) => one.state !== 'open') ? 'partly' : 'open';
}

/** The servers that a way is not open to, with what is known of each, by sid. */
export function notOpen({ servers }: Pick<WayInfo, 'servers'>): readonly (readonly [number, WayState])[] {
  return Object.entries(servers)
    .map(([sid, state]) => [Number(sid), state] as const)
    .filter(([, { state }]) => state !== 'open')
    .sort(([a], [b]) => a - b);
}

/** Servers with the same reason, together: ten lines that say the same are read by nobody. */
export function byReason(servers: readonly (readonly [number, WayState])[]): readonly {
  readonly sids: readonly number[];
  readonly reason: WayReason | null;
  readonly state: WayState['state'];
}[] {
  const groups = new Map<
    string,
    { readonly sids: number[]; readonly reason: WayReason | null; readonly state: WayState['state'] }
  >();
  for (const [sid, { reason, state }] of servers) {
    const key = reason === null ? state : `${reason.code} ${JSON.stringify(reason.params)}`;
    const group = groups.get(key) ?? { sids: [], reason, state };
    group.sids.push(sid);
    groups.set(key, group);
  }
  return [...groups.values()];
}
