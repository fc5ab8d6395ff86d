/** "Can I restart server N now?": the three counts as rows of slots. Pure. */
import type { HealthReport, QuorumCount, RestartAnswer } from '@vivarium/shared/contract/health';

export interface RestartRow {
  readonly kind: 'now' | 'without' | 'andOneMore';
  /** Who is taken away in this row; null in the first. */
  readonly sid: number | null;
  readonly count: QuorumCount;
  /** The filled slots: the leader first, then those that are well, then those with wrong data. */
  readonly have: readonly number[];
  /** Voters that were not up before anything was taken away: crossed out, where a slot that is only taken away is empty. */
  readonly dead: readonly number[];
  /** Those with wrong data among the filled. */
  readonly wrong: readonly number[];
  /** After so many slots stands the line; null where votes have weights or groups, as slots do not show those. */
  readonly line: number | null;
}

/** The rows of an answer. */
export function restartRows(
  report: Pick<HealthReport, 'replicas' | 'findings'>,
  answer: RestartAnswer,
): readonly RestartRow[] {
  const leader = report.replicas.find(({ role }) => role?.value === 'leader')?.sid;
  const differing = wrongSids(report);
  const dead = answer.now.voters.filter((sid) => !answer.now.up.includes(sid));
  const rank = (sid: number) => (sid === leader ? 0 : differing.includes(sid) ? 2 : 1);
  const row = (kind: RestartRow['kind'], sid: number | null, count: QuorumCount): RestartRow => ({
    kind,
    sid,
    count,
    have: count.up.toSorted((a, b) => rank(a) - rank(b) || a - b),
    dead,
    wrong: count.up.filter((up) => differing.includes(up)),
    line: isPlainMajority(count) ? count.needed : null,
  });
  const rows = [row('now', null, answer.now), row('without', answer.sid, answer.without)];
  if (answer.andOneMore !== null) rows.push(row('andOneMore', answer.andOneMore.other, answer.andOneMore));
  return rows;
}

/** Servers whose data differ from the others'. */
export function wrongSids({ findings }: Pick<HealthReport, 'findings'>): readonly number[] {
  return findings.filter(({ code }) => code === 'digestsDiffer').flatMap(({ sids }) => sids);
}

function isPlainMajority({ voters, needed }: QuorumCount): boolean {
  return needed === Math.floor(voters.length / 2) + 1;
}

/** Which server to ask about first: one that something is wrong with and that is up, else the first follower, else any. */
export function serverToAsk({
  restart,
  findings,
  replicas,
}: Pick<HealthReport, 'restart' | 'findings' | 'replicas'>): number | null {
  const isUp = (sid: number) => restart.some(({ sid: asked, now }) => asked === sid && now.up.includes(sid));
  const named = findings
    .filter(({ code }) => code !== 'digestsDiffer')
    .flatMap(({ sids }) => sids)
    .find(isUp);
  const follower = replicas.find(({ sid, role }) => role?.value === 'follower' && isUp(sid))?.sid;
  return named ?? follower ?? restart[0]?.sid ?? null;
}
