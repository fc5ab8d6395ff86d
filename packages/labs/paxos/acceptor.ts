/** An acceptor of Basic Paxos: it keeps two promises, on disk, before it says anything. */
import type { Effect, NodeId, ProgramInput, Turn } from '@vivarium/simulation/stepped/program';
import type { PaxosMessage, Proposal } from './messages.ts';
import { proposalLabel } from './messages.ts';
import type { AcceptorDisk, AcceptorState, PaxosDisk } from './parties.ts';

type AcceptorTurn = Turn<AcceptorState, PaxosMessage, PaxosDisk>;

function answer(state: AcceptorState, to: NodeId, message: PaxosMessage): AcceptorTurn {
  return { state, effects: [{ kind: 'send', to, message }] };
}

/** Writes, and only then answers: whoever answers first has, after a crash, promised what it does not remember. */
function writeThenSend(
  state: AcceptorState,
  disk: AcceptorDisk,
  what: string,
  sends: readonly { readonly to: NodeId; readonly message: PaxosMessage }[],
): AcceptorTurn {
  const effects: Effect<PaxosMessage, PaxosDisk>[] = [{ kind: 'persist', disk, write: null, what }];
  for (const { to, message } of sends) effects.push({ kind: 'send', to, message });
  return { state: { ...state, disk }, effects };
}

function onPrepare(state: AcceptorState, from: NodeId, n: number): AcceptorTurn {
  const { disk, cast } = state;
  const promises = cast.variant === 'promise-equal' ? n >= disk.promised : n > disk.promised;
  if (!promises) return answer(state, from, { kind: 'Reject', of: 'Prepare', n, promised: disk.promised });
  return writeThenSend(state, { ...disk, promised: n }, `promised ${n}`, [
    { to: from, message: { kind: 'Promise', n, accepted: disk.accepted } },
  ]);
}

function onAccept(state: AcceptorState, from: NodeId, proposal: Proposal): AcceptorTurn {
  const { disk, cast } = state;
  const { n, value } = proposal;
  // Equal is not against it: that is the promise which the proposer itself asked for.
  const accepts = cast.variant === 'reject-equal' ? n > disk.promised : n >= disk.promised;
  if (!accepts) return answer(state, from, { kind: 'Reject', of: 'Accept', n, promised: disk.promised });
  const known = disk.votes.some((vote) => vote.n === n && vote.value === value);
  const next: AcceptorDisk = {
    role: 'acceptor',
    // It may accept a round that it never promised; from then on that is what it has promised.
    promised: cast.variant === 'accept-keeps-promise' ? disk.promised : n,
    accepted: proposal,
    votes: known ? disk.votes : [...disk.votes, proposal],
  };
  return writeThenSend(
    state,
    next,
    `accepted ${proposalLabel(proposal)}`,
    [from, ...cast.learners].map((to) => ({ to, message: { kind: 'Accepted', n, value } as const })),
  );
}

/** What an acceptor makes of an input: promises n > promised, accepts n ≥ promised, rejects the rest by name. */
export function stepAcceptor(state: AcceptorState, input: ProgramInput<PaxosMessage>): AcceptorTurn {
  if (input.kind !== 'message') return { state, effects: [] };
  const { from, message } = input;
  if (message.kind === 'Prepare') return onPrepare(state, from, message.n);
  if (message.kind === 'Accept') return onAccept(state, from, { n: message.n, value: message.value });
  if (message.kind === 'Query') {
    const { accepted } = state.disk;
    return answer(state, from, accepted === null ? { kind: 'Nothing' } : { kind: 'Accepted', ...accepted });
  }
  return { state, effects: [] };
}
