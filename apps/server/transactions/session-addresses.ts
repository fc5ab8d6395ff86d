import type { ClusterEvent } from '@vivarium/shared/cluster-event';

const MAX_SESSIONS = 20_000;

/** From where the client of a session was last connected: also a moment later, when the session has been closed. */
export class SessionAddresses {
  private readonly addresses = new Map<bigint, string>();

  take({ body }: ClusterEvent): void {
    if (body.kind === 'clientConnected') this.note(BigInt(body.session), body.address);
  }

  /** Returns whether nothing was known of the session before. */
  note(session: bigint, address: string): boolean {
    const id = BigInt.asUintN(64, session);
    const isNew = !this.addresses.has(id);
    // The last one to be noted is the last one to be forgotten.
    this.addresses.delete(id);
    this.addresses.set(id, address);
    const [oldest] = this.addresses.keys();
    if (oldest !== undefined && this.addresses.size > MAX_SESSIONS) this.addresses.delete(oldest);
    return isNew;
  }

  addressOf(session: bigint): string | null {
    return this.addresses.get(BigInt.asUintN(64, session)) ?? null;
  }
}
