import type { LinkFault } from '@vivarium/shared/link-fault';

/**
 * The faults of what this server sends to others: one direction of each link, since the other one is in the other server's
 * process. Whoever writes to a peer asks here.
 */
export class LinkFaults {
  private readonly faults = new Map<bigint, LinkFault>();
  private readonly listeners = new Set<() => void>();

  /** `standing`: JSON of a list of `[sid, fault]`, as the host hands it to the process. */
  constructor(standing = '[]') {
    const entries: readonly (readonly [number, LinkFault])[] = JSON.parse(standing);
    for (const [sid, fault] of entries) this.faults.set(BigInt(sid), fault);
  }

  /** The fault on the way to a server; nobody is null, and has none. */
  get(to: bigint | null): LinkFault | null {
    return (to === null ? null : this.faults.get(to)) ?? null;
  }

  isCut(to: bigint | null): boolean {
    return this.get(to)?.kind === 'cut';
  }

  set(to: bigint, fault: LinkFault | null): void {
    if (fault === null) this.faults.delete(to);
    else this.faults.set(to, fault);
    for (const listener of [...this.listeners]) listener();
  }

  /** Calls back after every change, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
