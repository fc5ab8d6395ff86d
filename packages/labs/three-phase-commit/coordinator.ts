/** The coordinator of three-phase commit: INIT → WAIT → PRECOMMIT → COMMIT → END, or ABORT → END from the first two. */
import type { Effect, NodeId, ProgramInput, Turn } from '@vivarium/simulation/stepped/program';
import { type Decision, decisionOf, mostRounds, workOf } from '../two-phase-commit/machine.ts';
import {
  type CoordinatorDisk,
  type CoordinatorRecord,
  type CoordinatorState,
  type Disk,
  type Message,
  timeouts,
} from './machine.ts';

type Effects = readonly Effect<Message, Disk>[];
type CoordinatorTurn = Turn<CoordinatorState, Message, Disk>;

const tell = (what: string): Effect<Message, Disk> => ({ kind: 'tell', what });
const setTimer = (timer: keyof typeof timeouts): Effect<Message, Disk> => ({
  kind: 'setTimer',
  timer,
  afterMs: timeouts[timer],
});
const clearTimer = (timer: keyof typeof timeouts): Effect<Message, Disk> => ({ kind: 'clearTimer', timer });

function sendEach(to: readonly NodeId[], message: (node: NodeId) => Message): Effects {
  return to.map((node) => ({ kind: 'send', to: node, message: message(node) }));
}

function force(disk: CoordinatorDisk, record: CoordinatorRecord): [CoordinatorDisk, Effect<Message, Disk>] {
  const next = { ...disk, log: [...disk.log, record] };
  return [next, { kind: 'persist', disk: next, write: null, what: `${record.kind} T1` }];
}

function add(nodes: readonly NodeId[], node: NodeId): readonly NodeId[] {
  return nodes.includes(node) ? nodes : [...nodes, node];
}

/** Writes the decision, then tells it to all; whoever voted NO has aborted already. */
function decide(state: CoordinatorState, participants: readonly NodeId[], decision: Decision): CoordinatorTurn {
  const [disk, forced] = force(state.disk, { kind: decision });
  const type = decision === 'COMMIT' ? 'DoCommit' : 'doAbort';
  const whom = participants.filter((node) => !state.no.includes(node));
  return {
    state: { ...state, disk, phase: decision, acks: state.no, recovering: false },
    effects: [
      forced,
      clearTimer('votes'),
      clearTimer('acks'),
      clearTimer('ask'),
      tell(`decides ${decision}`),
      ...sendEach(whom, () => ({ type })),
      setTimer('done'),
    ],
  };
}

function end(state: CoordinatorState): CoordinatorTurn {
  const [disk, forced] = force(state.disk, { kind: 'END' });
  return { state: { ...state, disk, phase: 'END' }, effects: [clearTimer('done'), forced, tell('ends')] };
}

function askAll(state: CoordinatorState, participants: readonly NodeId[]): CoordinatorTurn {
  const again: Effects = state.rounds < mostRounds ? [setTimer('ask')] : [tell('stops asking')];
  return {
    state: { ...state, rounds: state.rounds + 1 },
    effects: [tell('asks'), ...sendEach(participants, () => ({ type: 'DECISION-REQ' })), ...again],
  };
}

/**
 * A new life. The participants may have gone on by their clocks: a coordinator that has been down asks what came of it (Skeen,
 * Nonblocking Commit Protocols, 1981, section on recovery).
 */
export function bootCoordinator(disk: CoordinatorDisk, participants: readonly NodeId[]): CoordinatorTurn {
  const state: CoordinatorState = {
    role: 'coordinator',
    phase: 'INIT',
    yes: [],
    no: [],
    acks: [],
    recovering: false,
    rounds: 0,
    disk,
  };
  if (disk.log.length === 0) return { state, effects: [] };
  const decision = decisionOf(disk.log);
  if (disk.log.some(({ kind }) => kind === 'END'))
    return { state: { ...state, phase: 'END', acks: participants }, effects: [] };
  if (decision !== null) {
    const type = decision === 'COMMIT' ? 'DoCommit' : 'doAbort';
    return {
      state: { ...state, phase: decision },
      effects: [tell('reads its decision'), ...sendEach(participants, () => ({ type })), setTimer('done')],
    };
  }
  const phase = disk.log.some(({ kind }) => kind === 'PRECOMMIT') ? 'PRECOMMIT' : 'WAIT';
  return askAll({ ...state, phase, recovering: true }, participants);
}

export function stepCoordinator(
  state: CoordinatorState,
  input: ProgramInput<Message>,
  participants: readonly NodeId[],
): CoordinatorTurn {
  if (input.kind === 'command') {
    if (input.command === 'begin' && state.phase === 'INIT') return begin(state, participants);
    if (input.command === 'again' && state.recovering) return askAll({ ...state, rounds: 0 }, participants);
  }
  if (input.kind === 'timer') return timeUp(state, input.timer, participants);
  if (input.kind !== 'message') return { state, effects: [] };
  return receive(state, input.from, input.message, participants);
}

function begin(state: CoordinatorState, participants: readonly NodeId[]): CoordinatorTurn {
  const [disk, forced] = force(state.disk, { kind: 'BEGIN', participants });
  return {
    state: { ...state, disk, phase: 'WAIT' },
    effects: [
      forced,
      tell('begins'),
      ...sendEach(participants, (node) => ({ type: 'CanCommit', work: workOf(node) })),
      setTimer('votes'),
    ],
  };
}

function timeUp(state: CoordinatorState, timer: string, participants: readonly NodeId[]): CoordinatorTurn {
  if (timer === 'votes' && state.phase === 'WAIT') return decide(state, participants, 'ABORT');
  if (timer === 'acks' && state.phase === 'PRECOMMIT') {
    const turn = decide(state, participants, 'ABORT');
    return { state: turn.state, effects: [...turn.effects, tell('misses an ACK')] };
  }
  // Whoever has not answered by now has crashed, and will ask when it is back.
  if (timer === 'done' && (state.phase === 'COMMIT' || state.phase === 'ABORT')) return end(state);
  if (timer === 'ask' && state.recovering) return askAll(state, participants);
  return { state, effects: [] };
}

function receive(
  state: CoordinatorState,
  from: NodeId,
  message: Message,
  participants: readonly NodeId[],
): CoordinatorTurn {
  const collects = !state.recovering;
  switch (message.type) {
    case 'Yes': {
      if (state.phase !== 'WAIT' || !collects) return { state, effects: [] };
      const next = { ...state, yes: add(state.yes, from) };
      if (next.yes.length < participants.length) return { state: next, effects: [] };
      const [disk, forced] = force(state.disk, { kind: 'PRECOMMIT' });
      return {
        state: { ...next, disk, phase: 'PRECOMMIT', acks: [] },
        effects: [
          forced,
          clearTimer('votes'),
          tell('prepares to commit'),
          ...sendEach(participants, () => ({ type: 'PreCommit' })),
          setTimer('acks'),
        ],
      };
    }
    case 'No':
      if (state.phase !== 'WAIT' || !collects) return { state, effects: [] };
      return decide({ ...state, no: add(state.no, from) }, participants, 'ABORT');
    case 'ACK': {
      const expected = { PRECOMMIT: 'PreCommit', COMMIT: 'DoCommit', ABORT: 'doAbort', INIT: '', WAIT: '', END: '' };
      if (message.of !== expected[state.phase] || !collects) return { state, effects: [] };
      const next = { ...state, acks: add(state.acks, from) };
      if (next.acks.length < participants.length) return { state: next, effects: [] };
      return state.phase === 'PRECOMMIT' ? decide(next, participants, 'COMMIT') : end(next);
    }
    case 'DoCommit':
    case 'doAbort':
      return state.recovering
        ? decide(state, participants, message.type === 'DoCommit' ? 'COMMIT' : 'ABORT')
        : { state, effects: [] };
    case 'DECISION-REQ': {
      const decision = decisionOf(state.disk.log);
      const type = decision === null ? 'UNCERTAIN' : decision === 'COMMIT' ? 'DoCommit' : 'doAbort';
      return { state, effects: sendEach([from], () => ({ type })) };
    }
    default:
      return { state, effects: [] };
  }
}
