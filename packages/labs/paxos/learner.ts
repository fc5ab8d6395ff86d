/** A learner of Basic Paxos: counts who has accepted what, and asks where it has missed something. */
import type { Effect, NodeId, ProgramInput, StepContext, Turn } from '@vivarium/simulation/stepped/program';
import type { PaxosMessage, Proposal } from './messages.ts';
import type { Cast, Learned, LearnerState, PaxosDisk } from './parties.ts';
import { majorityOf } from './parties.ts';

type LearnerTurn = Turn<LearnerState, PaxosMessage, PaxosDisk>;

/** What a learner has been told, with one more of it. */
function hear(heard: readonly Learned[], from: NodeId, { n, value }: Proposal): readonly Learned[] {
  const known = heard.find((entry) => entry.n === n && entry.value === value);
  if (known === undefined) return [...heard, { n, value, by: [from] }];
  if (known.by.includes(from)) return heard;
  return heard.map((entry) => (entry === known ? { ...known, by: [...known.by, from] } : entry));
}

/** Who counts for this proposal: those who accepted the same value in the same round. */
function supporters(cast: Cast, heard: readonly Learned[], { n, value }: Proposal): readonly NodeId[] {
  const by = heard
    .filter((entry) => entry.value === value && (cast.variant === 'count-by-value' || entry.n === n))
    .flatMap((entry) => entry.by);
  return cast.acceptors.filter((acceptor) => by.includes(acceptor));
}

function learn(state: LearnerState, learned: Learned): LearnerTurn {
  if (state.disk.learned !== null) return { state, effects: [] };
  const disk = { ...state.disk, learned };
  return {
    state: { ...state, disk },
    effects: [
      { kind: 'persist', disk, write: null, what: `learned ${learned.value}` },
      { kind: 'tell', what: `learned ${learned.value}` },
    ],
  };
}

/** What a learner makes of an input. */
export function stepLearner(state: LearnerState, input: ProgramInput<PaxosMessage>, context: StepContext): LearnerTurn {
  if (input.kind === 'command') {
    const asked = input.command === 'ask learners' ? state.cast.learners : state.cast.acceptors;
    const effects: Effect<PaxosMessage, PaxosDisk>[] = [];
    for (const to of asked) if (to !== context.node) effects.push({ kind: 'send', to, message: { kind: 'Query' } });
    return { state, effects };
  }
  if (input.kind !== 'message') return { state, effects: [] };
  const { from, message } = input;
  if (message.kind === 'Query' && state.disk.learned !== null) {
    const { n, value } = state.disk.learned;
    return { state, effects: [{ kind: 'send', to: from, message: { kind: 'Chosen', n, value } }] };
  }
  if (message.kind === 'Chosen') return learn(state, { n: message.n, value: message.value, by: [] });
  if (message.kind !== 'Accepted') return { state, effects: [] };
  const next = { ...state, heard: hear(state.heard, from, message) };
  const by = supporters(state.cast, next.heard, message);
  return by.length >= majorityOf(state.cast)
    ? learn(next, { n: message.n, value: message.value, by })
    : { state: next, effects: [] };
}
