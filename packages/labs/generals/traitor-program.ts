/**
 * A commander, lieutenants, and one traitor among them at most: OM(1) and SM(1) of Lamport, Shostak and Pease, "The Byzantine
 * Generals Problem" (1982). The commander sends an order to each lieutenant, each relays it to the others, each loyal one
 * decides by a rule. A letter arrives as it was sent and says truly who sent it, and one that does not come in time is noticed.
 */
import type { Effect, NodeId, Program, Turn } from '@vivarium/simulation/stepped/program';

export type Order = 'attack' | 'retreat';

export interface Dispatch {
  readonly kind: 'order' | 'relay';
  readonly value: Order;
  /** Carries the commander's signature, and that of whoever relays it. */
  readonly signed: boolean;
  /** Whether who sent it is loyal. Nobody on the stage can see that. */
  readonly loyal: boolean;
  /** Somebody changed the words of a loyal general on their way. */
  readonly forged: boolean;
}

/** What a lieutenant does where the reports for both orders are equally many. */
export type TieRule = 'obey' | 'retreat';

/** How the generals are set up. */
export interface Staff {
  readonly commander: NodeId;
  readonly lieutenants: readonly NodeId[];
  readonly traitor: NodeId | null;
  readonly signed: boolean;
  readonly tie: TieRule;
  /** Whether the traitor lies by his own fixed rule, or leaves it to whoever tampers with what he sends. */
  readonly lies: 'byRule' | 'byHand';
}

export interface Officer {
  readonly name: NodeId;
  readonly staff: Staff;
  /** The commander's own, or what came from him. */
  readonly order: Order | null;
  /** What each other lieutenant says that the commander ordered, in the order of their coming. */
  readonly heard: readonly { readonly from: NodeId; readonly value: Order }[];
  /** What a commander has sent to whom. */
  readonly given: readonly { readonly to: NodeId; readonly value: Order }[];
  /** What a loyal lieutenant does in the end. */
  readonly decision: Order | null;
  /** Whether a loyal general's letter came forged. */
  readonly deceived: boolean;
}

type OfficerTurn = Turn<Officer, Dispatch, null>;
type OfficerEffect = Effect<Dispatch, null>;

/** How long after his first letter a lieutenant takes what has not come for missing: virtual ms. */
const deadlineMs = 100;

export function other(value: Order): Order {
  return value === 'attack' ? 'retreat' : 'attack';
}

export function isTraitor({ name, staff }: Officer): boolean {
  return staff.traitor === name;
}

/**
 * What a loyal lieutenant decides. Oral (OM(1)): the majority of what he was ordered and what the others report, RETREAT for
 * what is missing. Signed (SM(1)): the one order that carries the commander's signature; RETREAT where there are two or none.
 */
export function choose({ staff, order, heard }: Officer): Order {
  const values = [order, ...staff.lieutenants.slice(1).map((_, i) => heard[i]?.value ?? null)];
  if (staff.signed) {
    const signed = new Set(values.filter((value) => value !== null));
    return signed.size === 1 && signed.has('attack') ? 'attack' : 'retreat';
  }
  const attacks = values.filter((value) => value === 'attack').length;
  if (attacks * 2 === values.length) return staff.tie === 'obey' ? (order ?? 'retreat') : 'retreat';
  return attacks * 2 > values.length ? 'attack' : 'retreat';
}

/** The program of all generals. */
export function byzantineGenerals(staff: Staff): Program<Officer, Dispatch, null> {
  return {
    emptyDisk: () => null,
    boot: (_disk, { node }) => ({
      state: { name: node, staff, order: null, heard: [], given: [], decision: null, deceived: false },
      effects: [],
    }),
    step: (state, input) => {
      switch (input.kind) {
        case 'command':
          return give(state, input.command === 'attack' ? 'attack' : 'retreat');
        case 'message':
          return receive(state, input.from, input.message);
        case 'timer':
          return decide(state);
        case 'persisted':
          return { state, effects: [] };
      }
    },
  };
}

/** The commander orders. A traitor tells every other lieutenant the opposite. */
function give(state: Officer, order: Order): OfficerTurn {
  const { staff, name } = state;
  if (name !== staff.commander || state.order !== null) return { state, effects: [] };
  const lies = isTraitor(state) && staff.lies === 'byRule';
  const given = staff.lieutenants.map((to, i) => ({ to, value: lies && i % 2 === 1 ? other(order) : order }));
  return {
    state: { ...state, order, given },
    effects: given.map(({ to, value }) => ({ kind: 'send', to, message: dispatch(state, 'order', value) })),
  };
}

function dispatch(sender: Officer, kind: Dispatch['kind'], value: Order): Dispatch {
  return { kind, value, signed: sender.staff.signed, loyal: !isTraitor(sender), forged: false };
}

function receive(state: Officer, from: NodeId, message: Dispatch): OfficerTurn {
  const { staff } = state;
  if (state.decision !== null || state.name === staff.commander) return { state, effects: [] };
  const isFirst = state.order === null && state.heard.length === 0;
  const deceived = state.deceived || message.forged;
  const effects: OfficerEffect[] = [];
  let next: Officer = { ...state, deceived };
  if (message.kind === 'order') {
    if (state.order !== null) return { state, effects };
    next = { ...next, order: message.value };
    effects.push(...relay(next, message.value));
  } else {
    if (state.heard.some((report) => report.from === from)) return { state, effects };
    next = { ...next, heard: [...state.heard, { from, value: message.value }] };
  }
  if (isTraitor(next)) return { state: next, effects };
  if (isFirst) effects.push({ kind: 'setTimer', timer: 'deadline', afterMs: deadlineMs });
  if (next.order === null || next.heard.length < staff.lieutenants.length - 1) return { state: next, effects };
  const end = decide(next);
  return { state: end.state, effects: [...effects, { kind: 'clearTimer', timer: 'deadline' }, ...end.effects] };
}

/** A traitor reports the opposite; under a signature that he cannot forge he says nothing. */
function relay(state: Officer, value: Order): OfficerEffect[] {
  const { staff, name } = state;
  const lies = isTraitor(state) && staff.lies === 'byRule';
  if (lies && staff.signed) return [];
  return staff.lieutenants
    .filter((to) => to !== name)
    .map((to) => ({ kind: 'send', to, message: dispatch(state, 'relay', lies ? other(value) : value) }));
}

function decide(state: Officer): OfficerTurn {
  if (state.decision !== null || isTraitor(state)) return { state, effects: [] };
  const decision = choose(state);
  const contradicted = state.heard.some(({ value }) => value !== state.order);
  const effects: OfficerEffect[] = contradicted ? [{ kind: 'tell', what: 'contradicted' }] : [];
  return { state: { ...state, decision }, effects: [...effects, { kind: 'tell', what: decision }] };
}
