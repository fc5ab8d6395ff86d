import type { Member } from './io.ts';

/** Which sets of servers may decide: more than half of the voters (Java `QuorumMaj`). */
export class Quorum {
  private readonly voters: ReadonlySet<number>;

  constructor(members: readonly Member[]) {
    this.voters = new Set(members.filter((member) => member.role === 'participant').map((member) => member.sid));
  }

  isVoter(sid: number): boolean {
    return this.voters.has(sid);
  }

  get size(): number {
    return this.voters.size;
  }

  /** The voters, in the order of the configuration. */
  list(): number[] {
    return [...this.voters];
  }

  /** Whether the voters among these servers are a quorum. Who is no voter does not count; nobody is named twice. */
  isQuorum(sids: Iterable<number>): boolean {
    let count = 0;
    for (const sid of sids) if (this.voters.has(sid)) count++;
    return count * 2 > this.voters.size;
  }
}
