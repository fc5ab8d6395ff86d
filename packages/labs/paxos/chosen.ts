/** What a history has come to: who accepted what, what is chosen thereby, and what the parties have said of it. */
import type { Moment } from '@vivarium/simulation/stepped/moment';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { PaxosMessage, Proposal } from './messages.ts';
import type { AcceptorDisk, Learned, PaxosDisk, PaxosState, ProposerState } from './parties.ts';

export type PaxosMoment = Moment<PaxosState, PaxosMessage, PaxosDisk>;

/** A proposal and the acceptors that have accepted it at one time or another. */
export type Vote = Learned;

/** The disks of all acceptors, those that are down included. */
export function acceptorDisks(moment: PaxosMoment): readonly (readonly [NodeId, AcceptorDisk])[] {
  const disks: (readonly [NodeId, AcceptorDisk])[] = [];
  for (const [id, { disk }] of moment.nodes) if (disk.role === 'acceptor') disks.push([id, disk]);
  return disks;
}

/** More than half of all acceptors. */
function needed(moment: PaxosMoment): number {
  return Math.floor(acceptorDisks(moment).length / 2) + 1;
}

/** A proposer that runs; null where it is down, or none. */
export function proposerAt(moment: PaxosMoment, id: NodeId): ProposerState | null {
  const state = moment.nodes.get(id)?.state ?? null;
  return state?.role === 'proposer' ? state : null;
}

/** What an acceptor's disk says; null where it is none. */
export function acceptorAt(moment: PaxosMoment, id: NodeId): AcceptorDisk | null {
  const disk = moment.nodes.get(id)?.disk;
  return disk?.role === 'acceptor' ? disk : null;
}

/** What a proposer or learner holds for chosen. */
export function learnedBy(moment: PaxosMoment, id: NodeId): Learned | null {
  const disk = moment.nodes.get(id)?.disk;
  return disk === undefined || disk.role === 'acceptor' ? null : disk.learned;
}

/** All that is learned now, by whom. */
export function allLearned(moment: PaxosMoment): readonly { readonly who: NodeId; readonly learned: Learned }[] {
  const all: { who: NodeId; learned: Learned }[] = [];
  for (const who of moment.nodes.keys()) {
    const learned = learnedBy(moment, who);
    if (learned !== null) all.push({ who, learned });
  }
  return all;
}

/** The same votes with one more, by each acceptor once. */
export function withVote(votes: readonly Vote[], by: NodeId, { n, value }: Proposal): readonly Vote[] {
  const known = votes.find((vote) => vote.n === n && vote.value === value);
  if (known === undefined) return [...votes, { n, value, by: [by] }];
  if (known.by.includes(by)) return votes;
  return votes.map((vote) => (vote === known ? { ...vote, by: [...vote.by, by] } : vote));
}

/** Who accepted what, as far as disks say; `before` is what is known from earlier moments, where disks may be wiped. */
export function votesOf(moment: PaxosMoment, before: readonly Vote[] = []): readonly Vote[] {
  let votes = before;
  for (const [id, disk] of acceptorDisks(moment)) for (const vote of disk.votes) votes = withVote(votes, id, vote);
  return votes;
}

/**
 * What is chosen: a majority of all acceptors have accepted the same proposal, now or earlier. A party that counted such a
 * majority is evidence of it too, for the moments when a disk has been wiped.
 */
export function chosenOf(moment: PaxosMoment, before: readonly Vote[] = []): readonly Vote[] {
  const need = needed(moment);
  const chosen = votesOf(moment, before).filter((vote) => vote.by.length >= need);
  for (const { learned } of allLearned(moment)) {
    const known = chosen.some((vote) => vote.n === learned.n && vote.value === learned.value);
    const counted = learned.by.length >= need && !countsAcrossRounds(moment);
    if (!known && counted) chosen.push(learned);
  }
  return chosen.sort((one, other) => one.n - other.n);
}

/** The values chosen, each once. */
export function chosenValues(moment: PaxosMoment): readonly string[] {
  return [...new Set(chosenOf(moment).map((vote) => vote.value))];
}

/** A party that counts by value is no evidence of a majority in one round. */
function countsAcrossRounds(moment: PaxosMoment): boolean {
  for (const { state } of moment.nodes.values()) if (state !== null) return state.cast.variant === 'count-by-value';
  return false;
}

/** What the entry made chosen: this delivery was the vote that was still missing. Null where it was not. */
export function chosenHere(moment: PaxosMoment): Vote | null {
  const { entry, flight } = moment;
  if (entry?.happening.kind !== 'deliver' || flight?.message.kind !== 'Accept') return null;
  const { n, value } = flight.message;
  if (!entry.writes.some(({ node, what }) => node === flight.to && what.startsWith('accepted'))) return null;
  const vote = votesOf(moment).find((one) => one.n === n && one.value === value);
  return vote !== undefined && vote.by.length === needed(moment) && vote.by.includes(flight.to) ? vote : null;
}

/** A choice of the scenario's, as its script and texts look it up; an empty string where everyone is down. */
export function settingOf(moment: PaxosMoment, id: string): string {
  for (const { state } of moment.nodes.values()) if (state !== null) return state.cast.settings[id] ?? '';
  return '';
}
