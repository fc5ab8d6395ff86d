/** A participant of three-phase commit: INIT → WAIT → PRECOMMIT → COMMIT, or ABORT. */
import type { Effect, NodeId, ProgramInput, Turn } from '@vivarium/simulation/stepped/program';
import { type Decision, decisionOf, mostRounds, type Work } from '../two-phase-commit/machine.ts';
import { type Disk, type Message, type ParticipantDisk, type ParticipantState, timeouts } from './machine.ts';

type Effects = readonly Effect<Message, Disk>[];
type ParticipantTurn = Turn<ParticipantState, Message, Disk>;

/** Whom a participant can talk to. */
export interface Company {
  readonly coordinator: NodeId;
  readonly others: readonly NodeId[];
}

const tell = (what: string): Effect<Message, Disk> => ({ kind: 'tell', what });
const send = (to: NodeId, message: Message): Effect<Message, Disk> => ({ kind: 'send', to, message });
const setTimer = (timer: keyof typeof timeouts): Effect<Message, Disk> => ({
  kind: 'setTimer',
  timer,
  afterMs: timeouts[timer],
});
const clearTimers: Effects = (['canCommit', 'preCommit', 'doCommit', 'ask'] as const).map((timer) => ({
  kind: 'clearTimer',
  timer,
}));

function conclude(state: ParticipantState, decision: Decision, what: string): ParticipantTurn {
  const record = state.disk.log.find(({ kind }) => kind === 'WAIT');
  const wait = record?.kind === 'WAIT' ? record : null;
  const value = wait === null ? state.disk.value : decision === 'COMMIT' ? wait.redo : wait.undo;
  const disk: ParticipantDisk = { ...state.disk, value, log: [...state.disk.log, { kind: decision }] };
  return {
    state: { ...state, phase: decision, recovering: false, disk },
    effects: [{ kind: 'persist', disk, write: null, what: `${decision} T1` }, ...clearTimers, tell(what)],
  };
}

function and(turn: ParticipantTurn, ...more: Effects): ParticipantTurn {
  return { state: turn.state, effects: [...turn.effects, ...more] };
}

function ask(state: ParticipantState, { coordinator, others }: Company): ParticipantTurn {
  const again: Effects = state.rounds < mostRounds ? [setTimer('ask')] : [tell('stops asking')];
  return {
    state: { ...state, rounds: state.rounds + 1 },
    effects: [tell('asks'), ...[coordinator, ...others].map((node) => send(node, { type: 'DECISION-REQ' })), ...again],
  };
}

/** A new life. What it missed while it was down its clock cannot say: it asks. */
export function bootParticipant(disk: ParticipantDisk, company: Company): ParticipantTurn {
  const decision = decisionOf(disk.log);
  const last = disk.log.at(-1)?.kind ?? 'INIT';
  const state: ParticipantState = {
    role: 'participant',
    phase: decision ?? last,
    refuses: false,
    recovering: decision === null && last !== 'INIT',
    rounds: 0,
    disk,
  };
  if (state.recovering) return ask(state, company);
  return { state, effects: decision === null ? [setTimer('canCommit')] : [] };
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
      if (input.command === 'again' && state.recovering) return ask({ ...state, rounds: 0 }, company);
      return { state, effects: [] };
    case 'timer':
      return timeUp(state, input.timer, company);
    case 'message':
      return receive(state, input.from, input.message, company);
    case 'persisted':
      return { state, effects: [] };
  }
}

/** Silence is an answer, since messages are never late: the whole idea of the protocol, and its weakness. */
function timeUp(state: ParticipantState, timer: string, company: Company): ParticipantTurn {
  if (timer === 'ask' && state.recovering) return ask(state, company);
  if (state.recovering) return { state, effects: [] };
  if (timer === 'canCommit' && state.phase === 'INIT') return conclude(state, 'ABORT', 'aborts before its vote');
  // C has not decided COMMIT: that takes an ACK of this participant, which it has not given. What the timeouts alone do not see is
  // another one that has PreCommit and will commit by its clock (`3pc-half-precommit`).
  if (timer === 'preCommit' && state.phase === 'WAIT') return conclude(state, 'ABORT', 'aborts by its clock');
  // Everybody has voted Yes: that is what PreCommit says.
  if (timer === 'doCommit' && state.phase === 'PRECOMMIT') return conclude(state, 'COMMIT', 'commits by its clock');
  return { state, effects: [] };
}

function receive(state: ParticipantState, from: NodeId, message: Message, company: Company): ParticipantTurn {
  switch (message.type) {
    case 'CanCommit':
      return vote(state, from, message.work);
    case 'PreCommit':
      return preCommit(state, from);
    case 'DoCommit':
    case 'doAbort': {
      const decision = message.type === 'DoCommit' ? 'COMMIT' : 'ABORT';
      const ack = from === company.coordinator ? [send(from, { type: 'ACK', of: message.type })] : [];
      if (state.phase === decision) return { state, effects: [tell('knows already'), ...ack] };
      if (state.phase === 'COMMIT' || state.phase === 'ABORT')
        return { state, effects: [tell('has decided otherwise')] };
      // DoCommit before PreCommit can only be a late or forged message: the protocol never sends it so.
      if (decision === 'COMMIT' && state.phase === 'INIT') return { state, effects: [tell('knows nothing to commit')] };
      return and(conclude(state, decision, decision === 'COMMIT' ? 'commits' : 'rolls back'), ...ack);
    }
    case 'DECISION-REQ': {
      if (state.phase === 'INIT') {
        return and(conclude(state, 'ABORT', 'aborts before its vote'), send(from, { type: 'doAbort' }));
      }
      const type = state.phase === 'COMMIT' ? 'DoCommit' : state.phase === 'ABORT' ? 'doAbort' : 'UNCERTAIN';
      return { state, effects: [send(from, { type })] };
    }
    default:
      return { state, effects: [] };
  }
}

function vote(state: ParticipantState, from: NodeId, work: Work): ParticipantTurn {
  if (state.phase === 'ABORT') return { state, effects: [send(from, { type: 'No' })] };
  if (state.phase === 'WAIT') return { state, effects: [send(from, { type: 'Yes' })] };
  if (state.phase !== 'INIT') return { state, effects: [] };
  if (state.refuses) return and(conclude(state, 'ABORT', 'votes No'), send(from, { type: 'No' }));
  const { value } = state.disk;
  const disk: ParticipantDisk = {
    ...state.disk,
    log: [...state.disk.log, { kind: 'WAIT', undo: value, redo: value + work.add }],
  };
  return {
    state: { ...state, phase: 'WAIT', disk },
    effects: [
      { kind: 'persist', disk, write: null, what: 'WAIT T1' },
      ...clearTimers,
      tell('votes Yes'),
      send(from, { type: 'Yes' }),
      setTimer('preCommit'),
    ],
  };
}

function preCommit(state: ParticipantState, from: NodeId): ParticipantTurn {
  const ack = send(from, { type: 'ACK', of: 'PreCommit' });
  if (state.phase === 'PRECOMMIT') return { state, effects: [ack] };
  if (state.phase !== 'WAIT') return { state, effects: [] };
  const disk: ParticipantDisk = { ...state.disk, log: [...state.disk.log, { kind: 'PRECOMMIT' }] };
  return {
    state: { ...state, phase: 'PRECOMMIT', recovering: false, disk },
    effects: [
      { kind: 'persist', disk, write: null, what: 'PRECOMMIT T1' },
      ...clearTimers,
      tell('is prepared to commit'),
      ack,
      setTimer('doCommit'),
    ],
  };
}
