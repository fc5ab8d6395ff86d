/**
 * Between what a cluster says of itself and what this machine dials. Of a cluster that was added in a browser every address,
 * also one that the cluster itself names, is held against the rule of hosts, and what is dialled is the address that was
 * looked at, not its name.
 */
import { formatAddress } from '@vivarium/client/connect-string';
import type { WayReason } from '@vivarium/shared/contract/source';
import type { HostPort } from './cluster-definition.ts';
import type { HostRule } from './host-rule.ts';

export type Guarded =
  | { readonly ok: true; readonly addresses: readonly HostPort[] }
  | { readonly ok: false; readonly reason: WayReason };

export class DialGuard {
  private readonly rule: HostRule | null;

  /** Null: everything may be dialled, by its name. */
  constructor(rule: HostRule | null) {
    this.rule = rule;
  }

  /** Where to dial for a place; at least one. */
  async addressesOf(place: HostPort): Promise<Guarded> {
    if (this.rule === null) return { ok: true, addresses: [place] };
    const found = await this.rule.addressesOf(place);
    if (found === 'unknownHost') return { ok: false, reason: { code: 'unknownHost', params: { host: place.host } } };
    if (found === 'notPermitted') {
      return { ok: false, reason: { code: 'notPermitted', params: { address: formatAddress(place) } } };
    }
    return { ok: true, addresses: found.map((host) => ({ host, port: place.port })) };
  }

  /** One address for a place, of version 4 where it has one; null where it may not be dialled, which `refused` is told. */
  async addressOf(place: HostPort | null, refused: (reason: WayReason) => void = () => {}): Promise<HostPort | null> {
    if (place === null) return null;
    const guarded = await this.addressesOf(place);
    if (!guarded.ok) {
      refused(guarded.reason);
      return null;
    }
    return guarded.addresses.find(({ host }) => !host.includes(':')) ?? guarded.addresses[0] ?? null;
  }
}
