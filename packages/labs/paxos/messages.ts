/** What the parties of Basic Paxos say to each other. */
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { Fact } from '../node-view.ts';
import type { Offer } from '../protocol.ts';

/** A value with the number of the round that it is proposed in. */
export interface Proposal {
  readonly n: number;
  readonly value: string;
}

/**
 * The messages of "Paxos Made Simple" (Lamport 2001, section 2.2); `Reject` is what it advises an acceptor to answer instead of
 * staying silent, so that the proposer can give up. `Query` and what answers it are section 2.3: a learner that missed something.
 */
export type PaxosMessage =
  /** Carries no value: whoever prepares does not know yet which one it may propose. */
  | { readonly kind: 'Prepare'; readonly n: number }
  | { readonly kind: 'Promise'; readonly n: number; readonly accepted: Proposal | null }
  | { readonly kind: 'Accept'; readonly n: number; readonly value: string }
  | { readonly kind: 'Accepted'; readonly n: number; readonly value: string }
  /** `n` is what was asked for, `promised` what stands against it. */
  | { readonly kind: 'Reject'; readonly of: 'Prepare' | 'Accept'; readonly n: number; readonly promised: number }
  | { readonly kind: 'Query' }
  /** An acceptor's answer to a `Query` before it has accepted anything. */
  | { readonly kind: 'Nothing' }
  /** A learner's answer to a `Query`. */
  | { readonly kind: 'Chosen'; readonly n: number; readonly value: string };

/** A proposal as one writes it on a board: `(1, X)`. */
export function proposalLabel(proposal: Proposal): string {
  return `(${proposal.n}, ${proposal.value})`;
}

/** A message as one writes it on a board: `Promise(2, (1, X))`. */
export function messageLabel(message: PaxosMessage): string {
  switch (message.kind) {
    case 'Prepare':
      return `Prepare(${message.n})`;
    case 'Promise':
      return `Promise(${message.n}, ${message.accepted === null ? '∅' : proposalLabel(message.accepted)})`;
    case 'Accept':
      return `Accept(${message.n}, ${message.value})`;
    case 'Accepted':
      return `Accepted(${message.n}, ${message.value})`;
    case 'Reject':
      return `Reject(${message.n}, ${message.promised})`;
    case 'Query':
      return 'Query';
    case 'Nothing':
      return 'Accepted(∅)';
    case 'Chosen':
      return `Chosen(${message.value})`;
  }
}

/** What a message carries, field by field. */
export function messageFacts(message: PaxosMessage): readonly Fact[] {
  const number = (id: string, n: number): Fact => ({ id, value: { kind: 'term', term: String(n) } });
  const plate = (value: string): Fact => ({ id: 'value', value: { kind: 'value', value, settled: false } });
  switch (message.kind) {
    case 'Prepare':
      return [number('n', message.n)];
    case 'Promise':
      return [number('n', message.n), { id: 'accepted', value: acceptedFact(message.accepted) }];
    case 'Accept':
    case 'Accepted':
      return [number('n', message.n), plate(message.value)];
    case 'Reject':
      return [number('n', message.n), number('promised', message.promised)];
    case 'Chosen':
      return [plate(message.value)];
    case 'Query':
    case 'Nothing':
      return [];
  }
}

/** What has been accepted, for a card: the ballot with its plate, or nothing. */
export function acceptedFact(accepted: Proposal | null, settled = false): Fact['value'] {
  if (accepted === null) return { kind: 'none' };
  return { kind: 'accepted', ballot: String(accepted.n), value: accepted.value, settled };
}

/** The values that clients ask for in the labs. */
export const VALUES: readonly string[] = ['X', 'Y', 'Z'];

/** What a traitor on the wire could make of a message: none of the protocol's answers to it is meant to bear that. */
export function tampered(message: PaxosMessage): readonly (Offer & { readonly message: PaxosMessage })[] {
  if (message.kind === 'Promise') {
    const offers: (Offer & { readonly message: PaxosMessage })[] = [];
    if (message.accepted !== null) {
      offers.push({
        id: 'blank',
        text: { en: 'leave out what was accepted', zh: '抹掉已接受的提案' },
        message: { ...message, accepted: null },
      });
    }
    for (const value of VALUES) {
      if (value === message.accepted?.value) continue;
      const lie = { n: message.accepted?.n ?? message.n - 1, value };
      const label = proposalLabel(lie);
      offers.push({
        id: `claim ${value}`,
        text: { en: `claim that ${label} was accepted`, zh: `谎称接受过 ${label}` },
        message: { ...message, accepted: lie },
      });
    }
    return offers;
  }
  if (message.kind === 'Accept') {
    return VALUES.filter((value) => value !== message.value).map((value) => ({
      id: `swap ${value}`,
      text: { en: `put ${value} in place of ${message.value}`, zh: `把 ${message.value} 换成 ${value}` },
      message: { ...message, value },
    }));
  }
  return [];
}

/** Names in a row, for a sentence. */
export function names(nodes: readonly NodeId[]): { readonly en: string; readonly zh: string } {
  const last = nodes[nodes.length - 1] ?? '';
  const en = nodes.length < 2 ? last : `${nodes.slice(0, -1).join(', ')} and ${last}`;
  return { en, zh: nodes.join('、') };
}
