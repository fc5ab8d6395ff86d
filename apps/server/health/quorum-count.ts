/** The arithmetic of quorums: how many may still fail, and whether a server can be restarted (Java `QuorumMaj`, `QuorumHierarchical`). */
import { Quorum } from '@vivarium/ensemble/core/membership/quorum';
import type { QuorumCount, RestartAnswer } from '@vivarium/shared/contract/health';
import type { Facts, ServerFact } from './facts.ts';

/** Above so many voters that count the worst set of failures is looked for greedily instead of among all sets. */
const MAX_EXACT = 16;

/** Whether a server takes part in decisions now; null where that is not known. */
function isUp({ role, serving }: ServerFact): boolean | null {
  if (serving?.value === false) return false;
  if (role === null) return null;
  return role.value === 'leader' || role.value === 'follower' || role.value === 'standalone';
}

/** The quorum as it counts now. Its votes are weights where groups are configured. */
export class QuorumArithmetic {
  /** The voters that are known to be up; unknown ones are not among them. */
  readonly up: readonly number[];
  /** Voters that are known not to be. */
  readonly missing: readonly number[];
  readonly unknown: readonly number[];
  private readonly quorum: Quorum;
  private readonly voters: readonly number[];
  private readonly needed: number;

  constructor({ servers, groups }: Facts) {
    const members = servers.map(
      ({ sid, voter }) => ({ sid, role: voter ? 'participant' : 'observer', spec: '' }) as const,
    );
    this.quorum = new Quorum({ members, groups });
    const counting = servers.filter(({ sid }) => this.quorum.hasWeight(sid));
    this.voters = counting.map(({ sid }) => sid);
    this.up = counting.filter((server) => isUp(server) === true).map(({ sid }) => sid);
    this.missing = counting.filter((server) => isUp(server) === false).map(({ sid }) => sid);
    this.unknown = counting.filter((server) => isUp(server) === null).map(({ sid }) => sid);
    const weightedGroups =
      groups === null
        ? 0
        : [...groups.members.values()].filter((sids) => sids.some((sid) => this.quorum.hasWeight(sid))).length;
    this.needed = Math.floor((groups === null ? this.voters.length : weightedGroups) / 2) + 1;
  }

  /** Whether this server's vote counts at all. */
  counts(sid: number): boolean {
    return this.quorum.hasWeight(sid);
  }

  /** How it stands with these voters up. */
  countOf(up: readonly number[]): QuorumCount {
    const hasQuorum = this.quorum.isQuorum(up);
    return { voters: this.voters, up, needed: this.needed, hasQuorum, spare: hasQuorum ? this.spareOf(up) : 0 };
  }

  /** The one that is missed most: without it the fewest others may fail. */
  worst(up: readonly number[]): number | null {
    const spares = up.map((sid) => {
      const rest = this.countOf(up.filter((other) => other !== sid));
      return { sid, left: rest.hasQuorum ? rest.spare : -1 };
    });
    return spares.sort((a, b) => a.left - b.left)[0]?.sid ?? null;
  }

  /** So many may fail, whichever they are. */
  private spareOf(up: readonly number[]): number {
    if (up.length > MAX_EXACT) return this.greedySpareOf(up);
    let fewest = up.length;
    for (let set = 0; set < 2 ** up.length; set++) {
      const failed = bits(set);
      if (failed < fewest && !this.quorum.isQuorum(up.filter((_, index) => (set & (1 << index)) === 0)))
        fewest = failed;
    }
    return fewest - 1;
  }

  private greedySpareOf(up: readonly number[]): number {
    let rest = up;
    for (let failed = 0; rest.length > 0; failed++) {
      const next = rest.find((sid) => !this.quorum.isQuorum(rest.filter((other) => other !== sid))) ?? rest[0];
      rest = rest.filter((other) => other !== next);
      if (!this.quorum.isQuorum(rest)) return failed;
    }
    return 0;
  }
}

/** Whether each server can be restarted now, by sid. */
export function restartAnswers(facts: Facts): RestartAnswer[] {
  const quorum = new QuorumArithmetic(facts);
  return facts.servers.map((server) => restartAnswer(server, facts, quorum));
}

function restartAnswer(server: ServerFact, { leader }: Facts, quorum: QuorumArithmetic): RestartAnswer {
  const { sid } = server;
  const now = quorum.countOf(quorum.up);
  const rest = quorum.up.filter((other) => other !== sid);
  const without = quorum.countOf(rest);
  const worst = without.hasQuorum ? quorum.worst(rest) : null;
  const andOneMore =
    worst === null ? null : { ...quorum.countOf(rest.filter((other) => other !== worst)), other: worst };
  const sessions = server.values.connections?.value ?? null;
  const answer = (
    word: RestartAnswer['answer'],
    code: RestartAnswer['because']['code'],
    sids: readonly number[] = [],
  ) => ({
    sid,
    answer: word,
    because: { code, sids },
    now,
    without,
    andOneMore,
    sessions,
  });
  if (!quorum.counts(sid)) return answer('yes', 'observerOnly');
  if (quorum.up.length === 0 && quorum.missing.length === 0) return answer('unknown', 'unknown');
  if (quorum.unknown.length > 0 && !without.hasQuorum) return answer('unknown', 'unknown', quorum.unknown);
  if (!now.hasQuorum) return answer('no', 'quorumLost', quorum.missing);
  const others = quorum.missing.filter((other) => other !== sid);
  if (!without.hasQuorum)
    return others.length > 0 ? answer('no', 'bringBackFirst', others) : answer('no', 'noneToSpare');
  // With a server missing already, the next failure would stop writes while this one is away.
  if (without.spare === 0 && others.length > 0) return answer('no', 'bringBackFirst', others);
  if (leader !== null && leader !== 'none' && leader.sid === sid) return answer('yes', 'electionFollows');
  return answer('yes', 'spare');
}

function bits(set: number): number {
  let count = 0;
  for (let rest = set; rest > 0; rest >>>= 1) count += rest & 1;
  return count;
}
