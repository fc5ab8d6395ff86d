import type { Acl, Id } from '@vivarium/shared/acl';
import { networkKey, networkOf } from './ip-address.ts';

/**
 * A long ACL by whom it names. In one of 1 MB there are some 50,000 entries, and each of the 50,000 operations of a multi, or of
 * thousands of requests of 30 bytes, would have to look at them all.
 */
export class AclIndex {
  /** What all entries of a scheme and id allow together. */
  private readonly perms = new Map<string, number>();
  /** Lengths in bits of the networks that it names. */
  private readonly prefixes = new Set<number>();

  constructor(acl: readonly Acl[]) {
    for (const { perms, id } of acl) {
      const key = this.keyOf(id);
      this.perms.set(key, (this.perms.get(key) ?? 0) | perms);
    }
  }

  /** Whether anybody, or somebody with one of these ids, has the permission. */
  permits(perm: number, ids: readonly Id[]): boolean {
    return (
      this.allows('world\nanyone', perm) ||
      ids.some(({ scheme, id }) => {
        if (scheme !== 'ip') return scheme !== 'world' && this.allows(`${scheme}\n${id}`, perm);
        return [...this.prefixes].some((bits) => this.allows(`ip\n${networkKey(id, bits)}`, perm));
      })
    );
  }

  private allows(key: string, perm: number): boolean {
    return ((this.perms.get(key) ?? 0) & perm) !== 0;
  }

  private keyOf({ scheme, id }: Id): string {
    const network = scheme === 'ip' ? networkOf(id) : null;
    if (network === null) return `${scheme}\n${id}`;
    this.prefixes.add(network.bits);
    return `ip\n${network.key}`;
  }
}
