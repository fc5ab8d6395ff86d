/** The coordinator of two-phase commit: INIT → WAIT → COMMIT or ABORT → END. */
import type { Effect, NodeId, ProgramInput, Turn } from '@vivarium/simulation/stepped/program';
import {
  type CoordinatorDisk,
  type CoordinatorRecord,
  type CoordinatorState,
  type Decision,
  type Disk,
  decisionOf,
  type Message,
  mostRounds,
  timeouts,
  workOf,
} from './machine.ts';

type Effects = readonly Effect<Message, Disk>[];
type CoordinatorTurn = Turn<CoordinatorState, Message, Disk>;

const tell = (what: string): Effect<Message, Disk> => ({ kind: 'tell', what });

function sendEach(to: readonly NodeId[], message: (node: NodeId) => Message): Effects {
  return to.map((node) => ({ kind: 'send', to: node, message: message(node) }));
}

/** Forced: what follows it in the list leaves only when the record is on the disk. */
function force(disk: CoordinatorDisk, record: CoordinatorRecord): [CoordinatorDisk, Effect<Message, Disk>] {
  const next = { ...disk, log: [...disk.log, record] };
  return [next, { kind: 'persist', disk: next, write: null, what: `${record.kind} T1` }];
}

const decisionMessage = (decision: Decision): Message => ({ type: decision === 'COMMIT' ? 'COMMIT' : 'ROLLBACK' });

/** Sends the decision to all who have not acknowledged it, and sees to it that it is sent again. */
function announce(state: CoordinatorState, participants: readonly NodeId[], decision: Decision): Effects {
  const missing = participants.filter((node) => !state.acks.includes(node));
  const again: Effects =
    state.rounds < mostRounds
      ? [{ kind: 'setTimer', timer: 'resend', afterMs: timeouts.resend * 2 ** state.rounds }]
      : [tell('stops repeating')];
  return [...sendEach(missing, () => decisionMessage(decision)), ...again];
}

/** The commit point: the record is on the disk before anybody is told. */
function decide(state: CoordinatorState, participants: readonly NodeId[], decision: Decision): CoordinatorTurn {
  const [disk, forced] = force(state.disk, { kind: decision });
  // Whoever voted NO has aborted already: there is nothing to tell it.
  const next: CoordinatorState = { ...state, disk, phase: decision, acks: state.no, rounds: 0 };
  const told = tell(`decides ${decision}`);
  return finish(next, participants, [
    forced,
    { kind: 'clearTimer', timer: 'votes' },
    told,
    ...announce(next, participants, decision),
  ]);
}

/** END, once everybody has acknowledged. */
function finish(state: CoordinatorState, participants: readonly NodeId[], effects: Effects): CoordinatorTurn {
  if (!participants.every((node) => state.acks.includes(node))) return { state, effects };
  const [disk, forced] = force(state.disk, { kind: 'END' });
  return {
    state: { ...state, disk, phase: 'END' },
    effects: [...effects, { kind: 'clearTimer', timer: 'resend' }, forced, tell('ends')],
  };
}

function add(nodes: readonly NodeId[], node: NodeId): readonly NodeId[] {
  return nodes.includes(node) ? nodes : [...nodes, node];
}

/**
 * A new life. A log without a decision means ABORT (presumed abort: Mohan, Lindsay and Obermarck, Transaction Management in the
 * R* Distributed Database Management System, 1986): nobody can have been told COMMIT, as that is logged first. Unlike theirs, this
 * one forces ABORT to its log and has it acknowledged like COMMIT: END comes after either decision in the same way.
 */
export function bootCoordinator(disk: CoordinatorDisk, participants: readonly NodeId[]): CoordinatorTurn {
  const idle: CoordinatorState = { role: 'coordinator', phase: 'INIT', yes: [], no: [], acks: [], rounds: 0, disk };
  if (disk.log.length === 0) return { state: idle, effects: [] };
  const decision = decisionOf(disk.log);
  if (decision === null) {
    const turn = decide(idle, participants, 'ABORT');
    return { state: turn.state, effects: [...turn.effects, tell('presumes ABORT')] };
  }
  if (disk.log.some((record) => record.kind === 'END'))
    return { state: { ...idle, phase: 'END', acks: participants }, effects: [] };
  const state: CoordinatorState = { ...idle, phase: decision };
  return { state, effects: [tell('reads its decision'), ...announce(state, participants, decision)] };
}

export function stepCoordinator(
  state: CoordinatorState,
  input: ProgramInput<Message>,
  participants: readonly NodeId[],
): CoordinatorTurn {
  const decision = decisionOf(state.disk.log);
  if (input.kind === 'command') {
    if (input.command === 'begin' && state.phase === 'INIT') return begin(state, participants);
    if (input.command === 'again' && decision !== null && state.phase !== 'END') {
      const next = { ...state, rounds: 0 };
      return { state: next, effects: announce(next, participants, decision) };
    }
  }
  if (input.kind === 'timer') {
    if (input.timer === 'votes' && state.phase === 'WAIT') return decide(state, participants, 'ABORT');
    if (input.timer === 'resend' && decision !== null) {
      const next = { ...state, rounds: state.rounds + 1 };
      return { state: next, effects: [tell('repeats its decision'), ...announce(next, participants, decision)] };
    }
  }
  if (input.kind !== 'message') return { state, effects: [] };
  switch (input.message.type) {
    case 'YES': {
      if (state.phase !== 'WAIT') return { state, effects: [] };
      const next = { ...state, yes: add(state.yes, input.from) };
      return next.yes.length === participants.length
        ? decide(next, participants, 'COMMIT')
        : { state: next, effects: [] };
    }
    case 'NO':
      if (state.phase !== 'WAIT') return { state, effects: [] };
      return decide({ ...state, no: add(state.no, input.from) }, participants, 'ABORT');
    case 'ACK':
      if (state.phase !== 'COMMIT' && state.phase !== 'ABORT') return { state, effects: [] };
      return finish({ ...state, acks: add(state.acks, input.from) }, participants, []);
    case 'DECISION-REQ':
      if (decision !== null) return { state, effects: sendEach([input.from], () => decisionMessage(decision)) };
      // It knows nothing of a transaction that somebody asks about: presumed abort.
      if (state.phase === 'INIT') return decide(state, participants, 'ABORT');
      return { state, effects: sendEach([input.from], () => ({ type: 'UNCERTAIN' })) };
    default:
      return { state, effects: [] };
  }
}

function begin(state: CoordinatorState, participants: readonly NodeId[]): CoordinatorTurn {
  const [disk, forced] = force(state.disk, { kind: 'BEGIN', participants });
  return {
    state: { ...state, disk, phase: 'WAIT' },
    effects: [
      forced,
      tell('begins'),
      ...sendEach(participants, (node) => ({ type: 'PREPARE', work: workOf(node) })),
      { kind: 'setTimer', timer: 'votes', afterMs: timeouts.votes },
    ],
  };
}
