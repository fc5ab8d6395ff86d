/**
 * The same two changes without a commit protocol, as one sees it in shops: one service after the other is told to do its part,
 * does it at once for all to see, and what was done is taken back where a later answer does not come.
 */
import type { Effect, NodeId, ProgramInput, Turn } from '@vivarium/simulation/stepped/program';
import {
  type CoordinatorState,
  type Disk,
  type Message,
  type ParticipantDisk,
  type ParticipantState,
  timeouts,
  workOf,
} from './machine.ts';

type Effects = readonly Effect<Message, Disk>[];

const over: Effects = [
  { kind: 'tell', what: 'ends' },
  { kind: 'tell', what: 'has its answers' },
];

/** What the caller does when no answer comes. */
export type Recourse = 'cancel' | 'retry';

function next(state: CoordinatorState, participants: readonly NodeId[]): Turn<CoordinatorState, Message, Disk> {
  const node = participants.find((each) => !state.yes.includes(each));
  if (node === undefined) return { state: { ...state, phase: 'END' }, effects: over };
  const effects: Effects = [
    { kind: 'send', to: node, message: { type: 'DO', work: workOf(node) } },
    { kind: 'setTimer', timer: 'reply', afterMs: timeouts.reply },
  ];
  return { state: { ...state, phase: 'WAIT' }, effects };
}

/** Who calls the services, one after the other. It keeps no log. */
export function stepCaller(
  state: CoordinatorState,
  input: ProgramInput<Message>,
  participants: readonly NodeId[],
  recourse: Recourse,
): Turn<CoordinatorState, Message, Disk> {
  if (input.kind === 'command' && input.command === 'begin' && state.phase === 'INIT') {
    const turn = next(state, participants);
    return { state: turn.state, effects: [{ kind: 'tell', what: 'calls' }, ...turn.effects] };
  }
  if (input.kind === 'timer' && state.phase === 'WAIT') {
    if (recourse === 'retry' && state.rounds < 2) {
      const turn = next({ ...state, rounds: state.rounds + 1 }, participants);
      return { state: turn.state, effects: [{ kind: 'tell', what: 'tries again' }, ...turn.effects] };
    }
    return {
      state: { ...state, phase: state.yes.length === 0 ? 'END' : 'ABORT' },
      effects: [
        { kind: 'tell', what: 'cancels' },
        ...state.yes.map((to): Effect<Message, Disk> => ({ kind: 'send', to, message: { type: 'UNDO' } })),
      ],
    };
  }
  if (input.kind !== 'message') return { state, effects: [] };
  if (input.message.type === 'DONE' && state.phase === 'WAIT' && !state.yes.includes(input.from)) {
    const turn = next({ ...state, yes: [...state.yes, input.from] }, participants);
    return { state: turn.state, effects: [{ kind: 'clearTimer', timer: 'reply' }, ...turn.effects] };
  }
  if (input.message.type === 'ACK' && state.phase === 'ABORT') {
    const acks = [...state.acks, input.from];
    const isOver = state.yes.every((node) => acks.includes(node));
    return {
      state: { ...state, acks, phase: isOver ? 'END' : 'ABORT' },
      effects: isOver ? over : [],
    };
  }
  return { state, effects: [] };
}

/** A service: it does what it is told each time that it is told, and remembers no request. */
export function stepService(
  state: ParticipantState,
  input: ProgramInput<Message>,
  node: NodeId,
): Turn<ParticipantState, Message, Disk> {
  if (input.kind !== 'message') return { state, effects: [] };
  const { message } = input;
  const write = (phase: 'COMMIT' | 'ABORT', by: number, answer: Message, what: string) => {
    const disk: ParticipantDisk = {
      ...state.disk,
      value: state.disk.value + by,
      log: [...state.disk.log, { kind: phase }],
    };
    const effects: Effects = [
      { kind: 'persist', disk, write: null, what: `${phase} T1` },
      { kind: 'tell', what },
      { kind: 'send', to: input.from, message: answer },
    ];
    return { state: { ...state, phase, disk }, effects };
  };
  if (message.type === 'DO') {
    const twice = state.phase === 'COMMIT';
    return write('COMMIT', message.work.add, { type: 'DONE' }, twice ? 'adds once more' : 'does it at once');
  }
  if (message.type === 'UNDO') return write('ABORT', -workOf(node).add, { type: 'ACK' }, 'takes it back');
  return { state, effects: [] };
}
