/**
 * Two generals who can only win together, and messengers who may be caught. Message 1 says "attack at dawn", message k + 1
 * acknowledges message k. Which of them wants how much before he attacks is agreed beforehand, so that no choice is left.
 */
import type { Effect, NodeId, Program, Turn } from '@vivarium/simulation/stepped/program';

/** Virtual ms after the beginning at which both must decide. */
const dawnMs = 150;
/** A general says again what he said last, so often in all, so far apart. */
export const sendsAtMost = 3;
const againMs = 30;

export interface Letter {
  /** 1 is the order, k + 1 the acknowledgement of k. */
  readonly number: number;
}

export interface General {
  readonly name: NodeId;
  readonly peer: NodeId;
  /** How many acknowledgements the plan has. */
  readonly acks: number;
  /** The highest letter that has come; 0: none. */
  readonly heard: number;
  /** The highest letter that he has sent, and how many times; 0: none. */
  readonly sent: number;
  readonly sends: number;
  readonly decision: 'attack' | 'stay' | null;
}

type GeneralTurn = Turn<General, Letter, null>;
type GeneralEffect = Effect<Letter, null>;

/** The number of the plan's last letter. */
export function lastLetter(acks: number): number {
  return acks + 1;
}

/** Which letter a general must have got to attack: the last one that is addressed to him. G1 gets the even ones. */
export function wantedBy(name: NodeId, acks: number): number {
  const last = lastLetter(acks);
  const isHis = (last % 2 === 0) === (name === 'G1');
  return isHis ? last : last - 1;
}

/** Whether he has it from the other that the other has all he wants for an attack: he sent a letter after that one came. */
export function isSureOfOther(general: General): boolean {
  return general.heard > wantedBy(general.peer, general.acks);
}

/** Whether the plan tells him to attack. */
export function isToAttack(general: General): boolean {
  return Math.max(general.heard, general.sent) > 0 && general.heard >= wantedBy(general.name, general.acks);
}

/** Who sends a letter. */
export function senderOf(letter: number): NodeId {
  return letter % 2 === 1 ? 'G1' : 'G2';
}

/** The program of both; `acks` is how many acknowledgements they agreed on. */
export function twoGenerals(acks: number): Program<General, Letter, null> {
  return {
    emptyDisk: () => null,
    boot: (_disk, { node, nowMs }) => ({
      state: {
        name: node,
        peer: node === 'G1' ? 'G2' : 'G1',
        acks,
        heard: 0,
        sent: 0,
        sends: 0,
        decision: null,
      },
      effects: [{ kind: 'setTimer', timer: 'dawn', afterMs: Math.max(1, dawnMs - nowMs) }],
    }),
    step: (state, input) => {
      switch (input.kind) {
        case 'command':
          return state.sent === 0 && state.decision === null ? write(state, 1) : still(state);
        case 'message':
          return receive(state, input.message.number);
        case 'timer':
          return input.timer === 'dawn' ? decide(state) : again(state);
        case 'persisted':
          return still(state);
      }
    },
  };
}

function still(state: General): GeneralTurn {
  return { state, effects: [] };
}

function receive(state: General, letter: number): GeneralTurn {
  if (state.decision !== null || letter < state.heard) return still(state);
  const heard = { ...state, heard: letter };
  const isLast = letter >= lastLetter(state.acks);
  if (isLast) return { state: heard, effects: [{ kind: 'clearTimer', timer: 'again' }] };
  // What came again says that the answer to it was lost.
  return letter + 1 > state.sent || state.sends < sendsAtMost ? write(heard, letter + 1) : still(heard);
}

function write(state: General, letter: number): GeneralTurn {
  const sends = letter === state.sent ? state.sends + 1 : 1;
  const effects: GeneralEffect[] = [{ kind: 'send', to: state.peer, message: { number: letter } }];
  if (sends < sendsAtMost) effects.push({ kind: 'setTimer', timer: 'again', afterMs: againMs });
  else effects.push({ kind: 'clearTimer', timer: 'again' });
  return { state: { ...state, sent: letter, sends }, effects };
}

function again(state: General): GeneralTurn {
  return state.decision === null && state.sent > state.heard ? write(state, state.sent) : still(state);
}

function decide(state: General): GeneralTurn {
  if (state.decision !== null) return still(state);
  const decision = isToAttack(state) ? 'attack' : 'stay';
  return {
    state: { ...state, decision },
    effects: [
      { kind: 'clearTimer', timer: 'again' },
      { kind: 'tell', what: decision },
    ],
  };
}
