import type { Configuration } from './configuration.ts';

/**
 * Which sets of servers may decide under one configuration: more than half of the voters (Java `QuorumMaj`), or more than
 * half of the weight in each of more than half of the groups, those without weight left out (Java `QuorumHierarchical`).
 */
export class Quorum {
  private readonly voters: ReadonlySet<number>;
  /** The weight of each voter that counts, by group; a majority is one group in which all weigh the same. */
  private readonly groups: readonly { readonly weights: ReadonlyMap<number, number>; readonly total: number }[];

  constructor(configuration: Pick<Configuration, 'members' | 'groups'>) {
    const { members, groups } = configuration;
    this.voters = new Set(members.filter((member) => member.role === 'participant').map((member) => member.sid));
    const sets = groups === null ? [[...this.voters]] : [...groups.members.values()];
    const weightOf = (sid: number): number => groups?.weights.get(sid) ?? 1;
    this.groups = sets
      .map((sids) => new Map(sids.map((sid) => [sid, weightOf(sid)] as const).filter(([, weight]) => weight > 0)))
      .filter((weights) => weights.size > 0)
      .map((weights) => ({ weights, total: [...weights.values()].reduce((sum, weight) => sum + weight, 0) }));
  }

  isVoter(sid: number): boolean {
    return this.voters.has(sid);
  }

  /** Whether the vote of this server counts: a voter of weight 0 may follow, and neither leads nor decides. */
  hasWeight(sid: number): boolean {
    return this.groups.some(({ weights }) => weights.has(sid));
  }

  /** The voters, in the order of the configuration. */
  list(): number[] {
    return [...this.voters];
  }

  /** Whether the voters among these servers are a quorum. Who is no voter does not count; nobody is named twice. */
  isQuorum(sids: ReadonlySet<number> | readonly number[]): boolean {
    let won = 0;
    for (const { weights, total } of this.groups) {
      let weight = 0;
      for (const sid of sids) weight += weights.get(sid) ?? 0;
      if (weight * 2 > total) won++;
    }
    return won * 2 > this.groups.length;
  }
}
