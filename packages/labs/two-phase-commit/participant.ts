/** A participant of two-phase commit: INIT → READY → COMMIT or ABORT. */
import type { Effect, NodeId, ProgramInput, Turn } from '@vivarium/simulation/stepped/program';
import {
  type Conduct,
  type Decision,
  type Disk,
  decisionOf,
  type Message,
  mostRounds,
  type ParticipantDisk,
  type ParticipantRecord,
  type ParticipantState,
  timeouts,
  type Work,
} from './machine.ts';

type Effects = readonly Effect<Message, Disk>[];
type ParticipantTurn = Turn<ParticipantState, Message, Disk>;

/** Whom a participant can talk to. */
export interface Company {
  readonly coordinator: NodeId;
  readonly others: readonly NodeId[];
  readonly conduct: Conduct;
  /** What T1 does here. */
  readonly work: Work;
}

const tell = (what: string): Effect<Message, Disk> => ({ kind: 'tell', what });
const send = (to: NodeId, type: Exclude<Message['type'], 'PREPARE' | 'DO'>): Effect<Message, Disk> => ({
  kind: 'send',
  to,
  message: { type },
});

function readyRecord(disk: ParticipantDisk): Extract<ParticipantRecord, { kind: 'READY' }> | null {
  for (const record of disk.log) if (record.kind === 'READY') return record;
  return null;
}

/** Puts the redo value in place, or the undo value back, and the decision into the log with it; both are durable at once. */
function conclude(state: ParticipantState, decision: Decision): { state: ParticipantState; effects: Effects } {
  const ready = readyRecord(state.disk);
  const value = ready === null ? state.disk.value : decision === 'COMMIT' ? ready.redo : ready.undo;
  const disk: ParticipantDisk = { ...state.disk, value, log: [...state.disk.log, { kind: decision }] };
  return {
    state: { ...state, phase: decision, disk },
    effects: [
      { kind: 'persist', disk, write: null, what: `${decision} T1` },
      { kind: 'clearTimer', timer: 'prepare' },
      { kind: 'clearTimer', timer: 'decision' },
    ],
  };
}

/** Asks whoever may know, and sees to it that it asks again. */
function ask(state: ParticipantState, company: Company): ParticipantTurn {
  const whom = [company.coordinator, ...(company.conduct.peers === 'ask' ? company.others : [])];
  const again: Effects =
    state.rounds < mostRounds
      ? [{ kind: 'setTimer', timer: 'decision', afterMs: timeouts.decision * 2 ** state.rounds }]
      : [tell('stops asking')];
  return {
    state: { ...state, rounds: state.rounds + 1 },
    effects: [tell('asks'), ...whom.map((node) => send(node, 'DECISION-REQ')), ...again],
  };
}

/** A new life. READY in the log means in doubt again, with the same locks: it has promised, and its log remembers. */
export function bootParticipant(disk: ParticipantDisk, company: Company): ParticipantTurn {
  const decision = decisionOf(disk.log);
  const ready = readyRecord(disk) !== null;
  const state: ParticipantState = {
    role: 'participant',
    phase: decision ?? (ready ? 'READY' : 'INIT'),
    refuses: false,
    rounds: 0,
    disk,
  };
  if (state.phase === 'READY') return ask(state, company);
  if (state.phase !== 'INIT') return { state, effects: [] };
  return { state, effects: [{ kind: 'setTimer', timer: 'prepare', afterMs: timeouts.prepare }] };
}

export function stepParticipant(
  state: ParticipantState,
  input: ProgramInput<Message>,
  company: Company,
): ParticipantTurn {
  switch (input.kind) {
    case 'command':
      if (input.command === 'refuse') return { state: { ...state, refuses: true }, effects: [] };
      if (input.command === 'allow') return { state: { ...state, refuses: false }, effects: [] };
      if (input.command === 'again' && state.phase === 'READY') return ask({ ...state, rounds: 0 }, company);
      return { state, effects: [] };
    case 'timer':
      return timeUp(state, input.timer, company);
    case 'message':
      return receive(state, input.from, input.message, company);
    case 'persisted':
      return { state, effects: [] };
  }
}

function timeUp(state: ParticipantState, timer: string, company: Company): ParticipantTurn {
  if (timer === 'prepare' && state.phase === 'INIT') {
    // It has promised nothing yet: it may abort alone.
    const turn = conclude(state, 'ABORT');
    return { state: turn.state, effects: [...turn.effects, tell('aborts before its vote')] };
  }
  if (timer !== 'decision' || state.phase !== 'READY') return { state, effects: [] };
  const { inDoubt } = company.conduct;
  if (inDoubt === 'ask') return ask(state, company);
  const turn = conclude(state, inDoubt === 'abort' ? 'ABORT' : 'COMMIT');
  return { state: turn.state, effects: [...turn.effects, tell('decides alone')] };
}

function receive(state: ParticipantState, from: NodeId, message: Message, company: Company): ParticipantTurn {
  switch (message.type) {
    case 'PREPARE':
      return prepare(state, from, message.work, company);
    case 'COMMIT':
    case 'ROLLBACK':
      return obey(state, from, message.type === 'COMMIT' ? 'COMMIT' : 'ABORT', company);
    case 'DECISION-REQ': {
      if (state.phase === 'READY') return { state, effects: [send(from, 'UNCERTAIN')] };
      if (state.phase === 'COMMIT') return { state, effects: [send(from, 'COMMIT')] };
      if (state.phase === 'ABORT') return { state, effects: [send(from, 'ROLLBACK')] };
      // Not having voted, it can still make sure that nobody commits: it aborts, and says so.
      const turn = conclude(state, 'ABORT');
      return { state: turn.state, effects: [...turn.effects, tell('aborts before its vote'), send(from, 'ROLLBACK')] };
    }
    default:
      return { state, effects: [] };
  }
}

function prepare(state: ParticipantState, from: NodeId, work: Work, company: Company): ParticipantTurn {
  if (state.phase === 'READY') return { state, effects: [send(from, 'YES')] };
  if (state.phase === 'ABORT') return { state, effects: [send(from, 'NO')] };
  if (state.phase === 'COMMIT') return { state, effects: [] };
  if (state.refuses) {
    const turn = conclude(state, 'ABORT');
    return { state: turn.state, effects: [...turn.effects, tell('votes NO'), send(from, 'NO')] };
  }
  const { value } = state.disk;
  const disk: ParticipantDisk = {
    ...state.disk,
    log: [...state.disk.log, { kind: 'READY', undo: value, redo: value + work.add }],
  };
  const late = company.conduct.log === 'late';
  return {
    state: { ...state, phase: 'READY', disk },
    effects: [
      // Forced: YES may leave only when READY can be read again after a crash.
      { kind: 'persist', disk, write: late ? 1 : null, what: 'READY T1' },
      { kind: 'clearTimer', timer: 'prepare' },
      tell('votes YES'),
      ...(late ? [tell('logs later')] : []),
      send(from, 'YES'),
      { kind: 'setTimer', timer: 'decision', afterMs: timeouts.decision },
    ],
  };
}

/** COMMIT or ROLLBACK, from the coordinator or from another participant that knows. The same again changes nothing. */
function obey(state: ParticipantState, from: NodeId, decision: Decision, company: Company): ParticipantTurn {
  const ack: Effects = from === company.coordinator ? [send(from, 'ACK')] : [];
  if (state.phase === decision) {
    if (decision === 'ABORT' || company.conduct.handler === 'redo')
      return { state, effects: [tell('knows already'), ...ack] };
    // The mistake: a handler that adds, instead of putting the redo value in place.
    const disk = { ...state.disk, value: state.disk.value + company.work.add };
    return {
      state: { ...state, disk },
      effects: [{ kind: 'persist', disk, write: null, what: 'added once more' }, tell('adds once more'), ...ack],
    };
  }
  if (state.phase === 'COMMIT' || state.phase === 'ABORT') return { state, effects: [tell('has decided otherwise')] };
  // Without its READY record it has nothing to redo. A protocol that forces READY before YES never comes here.
  if (state.phase === 'INIT' && decision === 'COMMIT') return { state, effects: [tell('knows nothing to commit')] };
  const turn = conclude(state, decision);
  const told = tell(decision === 'COMMIT' ? 'commits' : 'rolls back');
  return { state: turn.state, effects: [...turn.effects, told, ...ack] };
}
