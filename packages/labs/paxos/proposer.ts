/** A proposer of Basic Paxos. */
import type { Effect, NodeId, ProgramInput, StepContext, Turn } from '@vivarium/simulation/stepped/program';
import type { PaxosMessage, Proposal } from './messages.ts';
import type { Cast, PaxosDisk, ProposerState } from './parties.ts';
import { majorityOf } from './parties.ts';

type ProposerTurn = Turn<ProposerState, PaxosMessage, PaxosDisk>;
type ProposerEffect = Effect<PaxosMessage, PaxosDisk>;

/** How long a beaten proposer waits at most before the first new round that it begins after a random time; ms. */
const BACKOFF_MS = 60;

/** The lowest number of this proposer's own above `above`; with shared numbers simply the next one. */
export function nextNumber(cast: Cast, proposer: NodeId, above: number): number {
  if (cast.numbers === 'shared') return above + 1;
  const every = cast.proposers.length;
  let n = cast.proposers.indexOf(proposer) + 1;
  while (n <= above) n += every;
  return n;
}

/**
 * The proposal whose value a round must go on with: that of the highest round among the promises; null where none of them names
 * one, so that the proposer is free. (Paxos Made Simple, P2c.)
 */
export function toAdopt(cast: Cast, promises: ProposerState['promises']): Proposal | null {
  const told: Proposal[] = [];
  for (const { accepted } of promises) if (accepted !== null) told.push(accepted);
  const votes = (value: string): number => told.filter((proposal) => proposal.value === value).length;
  let best: Proposal | null = null;
  for (const proposal of told) {
    const better =
      best === null ||
      (cast.variant === 'adopt-commonest' ? votes(proposal.value) > votes(best.value) : proposal.n > best.n);
    if (better) best = proposal;
  }
  return best;
}

/** Phase 1 with a new number. */
function begin(state: ProposerState, wants: string, context: StepContext): ProposerTurn {
  const n = nextNumber(state.cast, context.node, Math.max(state.disk.n, state.seen));
  const disk = { ...state.disk, n, wants };
  const effects: ProposerEffect[] = [
    { kind: 'clearTimer', timer: 'retry' },
    { kind: 'persist', disk, write: null, what: `n = ${n}` },
    ...state.cast.acceptors.map((to): ProposerEffect => ({ kind: 'send', to, message: { kind: 'Prepare', n } })),
    ...silence(state.cast),
  ];
  return {
    state: { ...state, disk, phase: 'prepare', promises: [], value: null, acceptedBy: [], against: [] },
    effects,
  };
}

function silence(cast: Cast): readonly ProposerEffect[] {
  return cast.silenceMs === null ? [] : [{ kind: 'setTimer', timer: 'silence', afterMs: cast.silenceMs }];
}

/** Phase 2: with the value that it must adopt, or else its own. */
function propose(state: ProposerState): ProposerTurn {
  const value = toAdopt(state.cast, state.promises)?.value ?? state.disk.wants;
  if (value === null) return { state, effects: [] };
  const { n } = state.disk;
  return {
    state: { ...state, phase: 'accept', value, acceptedBy: [], against: [] },
    effects: [
      ...state.cast.acceptors.map(
        (to): ProposerEffect => ({ kind: 'send', to, message: { kind: 'Accept', n, value } }),
      ),
      ...silence(state.cast),
    ],
  };
}

function learn(state: ProposerState, value: string): ProposerTurn {
  const disk = { ...state.disk, learned: { n: state.disk.n, value, by: state.acceptedBy } };
  return {
    state: { ...state, disk, phase: 'done' },
    effects: [
      { kind: 'clearTimer', timer: 'silence' },
      { kind: 'clearTimer', timer: 'retry' },
      { kind: 'persist', disk, write: null, what: `learned ${value}` },
      { kind: 'tell', what: `learned ${value}` },
    ],
  };
}

/** Gives the round up: too many stand against it. */
function beaten(state: ProposerState, context: StepContext): ProposerTurn {
  const { cast } = state;
  const defeats = state.defeats + 1;
  const stop: ProposerEffect = { kind: 'clearTimer', timer: 'silence' };
  const told: ProposerEffect = { kind: 'tell', what: `beaten ${state.disk.n}` };
  if (cast.retry === 'eager' || (cast.retry === 'distinguished' && context.node === cast.proposers[0])) {
    const again = begin({ ...state, defeats }, state.disk.wants ?? '', context);
    return { state: again.state, effects: [told, ...again.effects] };
  }
  if (cast.retry === 'backoff') {
    const afterMs = context.random.between(1, BACKOFF_MS * Math.min(defeats, 8));
    return {
      state: { ...state, phase: 'beaten', defeats },
      effects: [stop, told, { kind: 'setTimer', timer: 'retry', afterMs }],
    };
  }
  const phase = cast.retry === 'distinguished' ? 'aside' : 'beaten';
  return { state: { ...state, phase, defeats }, effects: [stop, told] };
}

function onPromise(state: ProposerState, from: NodeId, accepted: Proposal | null): ProposerTurn {
  if (state.phase !== 'prepare' || state.promises.some((promise) => promise.from === from))
    return { state, effects: [] };
  const next = {
    ...state,
    promises: [...state.promises, { from, accepted }],
    // A copy of the Prepare may have been rejected because of the promise itself.
    against: state.against.filter((node) => node !== from),
  };
  return next.promises.length >= majorityOf(state.cast) ? propose(next) : { state: next, effects: [] };
}

function onAccepted(state: ProposerState, from: NodeId, value: string): ProposerTurn {
  if (state.phase !== 'accept' && state.phase !== 'beaten' && state.phase !== 'aside') return { state, effects: [] };
  if (value !== state.value || state.acceptedBy.includes(from)) return { state, effects: [] };
  const next = { ...state, acceptedBy: [...state.acceptedBy, from] };
  return next.acceptedBy.length >= majorityOf(state.cast) ? learn(next, value) : { state: next, effects: [] };
}

function onReject(
  before: ProposerState,
  from: NodeId,
  message: PaxosMessage & { readonly kind: 'Reject' },
  context: StepContext,
): ProposerTurn {
  const state = { ...before, seen: Math.max(before.seen, message.promised) };
  const mine = message.n === state.disk.n && (state.phase === 'prepare' || state.phase === 'accept');
  const copy =
    message.of === 'Prepare' &&
    message.promised === message.n &&
    state.promises.some((promise) => promise.from === from);
  if (!mine || copy || state.against.includes(from)) return { state, effects: [] };
  const next = { ...state, against: [...state.against, from] };
  const left = state.cast.acceptors.length - next.against.length;
  return left < majorityOf(state.cast) ? beaten(next, context) : { state: next, effects: [] };
}

/** Nobody has made up a majority for too long. */
function onSilence(state: ProposerState, context: StepContext): ProposerTurn {
  if (state.phase !== 'prepare' && state.phase !== 'accept') return { state, effects: [] };
  const yes = state.phase === 'prepare' ? state.promises.length : state.acceptedBy.length;
  if (state.cast.variant === 'majority-of-living' && yes * 2 > yes + state.against.length) {
    return state.phase === 'prepare' ? propose(state) : learn(state, state.value ?? '');
  }
  return begin(state, state.disk.wants ?? '', context);
}

/** What a proposer makes of an input. Numbers of old rounds are passed over. */
export function stepProposer(
  state: ProposerState,
  input: ProgramInput<PaxosMessage>,
  context: StepContext,
): ProposerTurn {
  if (input.kind === 'command') {
    const wants = input.command.startsWith('propose ') ? input.command.slice('propose '.length) : state.disk.wants;
    return wants === null ? { state, effects: [] } : begin(state, wants, context);
  }
  if (input.kind === 'timer') {
    if (input.timer === 'silence') return onSilence(state, context);
    return state.disk.wants === null || state.phase === 'done'
      ? { state, effects: [] }
      : begin(state, state.disk.wants, context);
  }
  if (input.kind === 'persisted') return { state, effects: [] };
  const { from, message } = input;
  if (message.kind === 'Promise' && message.n === state.disk.n) return onPromise(state, from, message.accepted);
  if (message.kind === 'Accepted' && message.n === state.disk.n) return onAccepted(state, from, message.value);
  if (message.kind === 'Reject') return onReject(state, from, message, context);
  return { state, effects: [] };
}
