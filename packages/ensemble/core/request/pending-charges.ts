/** What transactions under way will add to subtrees with quotas, on top of what the stats in the tree say. */

/** Bytes and nodes; both may be negative. */
export interface Charge {
  readonly bytes: number;
  readonly count: number;
}

const NOTHING: Charge = { bytes: 0, count: 0 };

export class PendingCharges {
  private readonly sums = new Map<string, Charge>();
  /** In order of zxid. */
  private charges: (Charge & { readonly zxid: bigint; readonly subtree: string })[] = [];

  /** How many there are, to which `rollback` returns. */
  get length(): number {
    return this.charges.length;
  }

  of(subtree: string): Charge {
    return this.sums.get(subtree) ?? NOTHING;
  }

  add(subtree: string, zxid: bigint, { bytes, count }: Charge): void {
    this.charges.push({ subtree, zxid, bytes, count });
    this.change(subtree, { bytes, count });
  }

  /** The tree counts these itself now. */
  applied(zxid: bigint): void {
    let done = 0;
    for (const charge of this.charges) {
      if (charge.zxid > zxid) break;
      this.forget(charge);
      done++;
    }
    if (done > 0) this.charges.splice(0, done);
  }

  rollback(length: number): void {
    for (const charge of this.charges.splice(length)) this.forget(charge);
  }

  private forget({ subtree, bytes, count }: Charge & { readonly subtree: string }): void {
    this.change(subtree, { bytes: -bytes, count: -count });
  }

  private change(subtree: string, { bytes, count }: Charge): void {
    const before = this.of(subtree);
    const after = { bytes: before.bytes + bytes, count: before.count + count };
    if (after.bytes === 0 && after.count === 0) this.sums.delete(subtree);
    else this.sums.set(subtree, after);
  }
}
