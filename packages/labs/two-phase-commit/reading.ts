/** How to read a moment of two-phase commit: who is in which state, by the memory of those who run and by the log of those who are down. */
import type { Moment, NodeMoment } from '@vivarium/simulation/stepped/moment';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { NodeSpec } from '../protocol.ts';
import {
  type CoordinatorDisk,
  type CoordinatorState,
  type Decision,
  type Disk,
  decisionOf,
  type Message,
  type ParticipantDisk,
  type ParticipantState,
  type State,
} from './machine.ts';

export type CommitMoment = Moment<State, Message, Disk>;

/** C at the left, participants around it, so that the ways between all of them are free. */
export const threeParticipants: readonly NodeSpec[] = [
  { id: 'C', role: 'coordinator', at: { x: 0.11, y: 0.5 } },
  { id: 'P1', role: 'participant', at: { x: 0.38, y: 0.19 } },
  { id: 'P2', role: 'participant', at: { x: 0.89, y: 0.5 } },
  { id: 'P3', role: 'participant', at: { x: 0.59, y: 0.81 } },
];

/** Messages in the order of the names, whatever the seed: what the lessons say of the order is always so. */
export function inOrder({ from, to }: { readonly from: NodeId; readonly to: NodeId }): number {
  const rank = (node: NodeId) => Number(node.slice(1)) || 0;
  return 10 + 2 * (rank(from) + rank(to));
}

/** A participant as it runs, or as it will find itself when it starts again. */
export interface ParticipantReading {
  readonly id: NodeId;
  readonly up: boolean;
  readonly phase: ParticipantState['phase'];
  readonly disk: ParticipantDisk;
  readonly state: ParticipantState | null;
}

/** The phase that a participant's log alone gives. */
function phaseOfLog(disk: ParticipantDisk): ParticipantState['phase'] {
  return decisionOf(disk.log) ?? (disk.log.length > 0 ? 'READY' : 'INIT');
}

export function readParticipant(id: NodeId, node: NodeMoment<State, Disk>, disk: ParticipantDisk): ParticipantReading {
  const state = node.state?.role === 'participant' ? node.state : null;
  return { id, up: node.status !== 'down', phase: state?.phase ?? phaseOfLog(disk), disk, state };
}

export function participantsOf(moment: CommitMoment): readonly ParticipantReading[] {
  const found: ParticipantReading[] = [];
  for (const [id, node] of moment.nodes) {
    if (node.disk.role === 'participant') found.push(readParticipant(id, node, node.disk));
  }
  return found;
}

/** The phase of a participant; null where there is none of that name. */
export function phaseOf(moment: CommitMoment, id: NodeId): ParticipantState['phase'] | null {
  return participantsOf(moment).find((participant) => participant.id === id)?.phase ?? null;
}

export interface CoordinatorReading {
  readonly id: NodeId;
  readonly up: boolean;
  readonly phase: CoordinatorState['phase'];
  readonly decision: Decision | null;
  readonly disk: CoordinatorDisk;
  readonly state: CoordinatorState | null;
}

/** The coordinator; every scenario has one. */
export function coordinatorOf(moment: CommitMoment): CoordinatorReading {
  for (const [id, node] of moment.nodes) {
    const { disk } = node;
    if (disk.role !== 'coordinator') continue;
    const state = node.state?.role === 'coordinator' ? node.state : null;
    const decision = decisionOf(disk.log);
    const ended = disk.log.some((record) => record.kind === 'END');
    const logged = ended ? 'END' : (decision ?? (disk.log.length > 0 ? 'WAIT' : 'INIT'));
    return { id, up: node.status !== 'down', phase: state?.phase ?? logged, decision, disk, state };
  }
  throw new Error('a scenario of two-phase commit has a coordinator');
}

/** Whether the entry delivered a message of this type, to this node where one is named. */
export function delivers(moment: CommitMoment, type: Message['type'], to?: NodeId, from?: NodeId): boolean {
  const { entry, flight } = moment;
  return (
    entry?.happening.kind === 'deliver' &&
    flight?.message.type === type &&
    (to === undefined || flight.to === to) &&
    (from === undefined || flight.from === from)
  );
}

/** Whether the entry sent a message of this type. */
export function sends(moment: CommitMoment, type: Message['type']): boolean {
  return moment.entry?.sent.some((sent) => sent.type === type && sent.copyOf === null) ?? false;
}

/** Whether a node said this at the entry; any node where none is named. */
export function tells(moment: CommitMoment, what: string, node?: NodeId): boolean {
  return moment.entry?.told.some((told) => told.what === what && (node === undefined || told.node === node)) ?? false;
}

/** The messages of a type that are under way, by who is to get them. */
export function underWay(moment: CommitMoment, type: Message['type'], to?: NodeId) {
  return [...moment.inFlight.values()].filter(
    (flight) => flight.message.type === type && (to === undefined || flight.to === to),
  );
}

/** Whether the entry did this to this node: `crash`, `restart`. */
export function acted(moment: CommitMoment, what: 'crash' | 'restart' | 'cut' | 'healAll', node?: NodeId): boolean {
  const happening = moment.entry?.happening;
  if (happening?.kind !== 'act' || happening.action.do !== what) return false;
  return node === undefined || ('node' in happening.action && happening.action.node === node);
}

/** The participants that are in one of these phases. */
export function inPhase(moment: CommitMoment, phase: ParticipantState['phase']): readonly NodeId[] {
  return participantsOf(moment)
    .filter((participant) => participant.phase === phase)
    .map(({ id }) => id);
}

/** What is in the books of a participant; null where there is none of that name. */
export function balanceOf(moment: CommitMoment, id: NodeId): number | null {
  return participantsOf(moment).find((participant) => participant.id === id)?.disk.value ?? null;
}

/** A shop's order and the customer's points, in two databases. */
export const orderAndPoints: readonly NodeSpec[] = [
  { id: 'C', role: 'coordinator', at: { x: 0.13, y: 0.5 } },
  { id: 'Orders', role: 'participant', at: { x: 0.82, y: 0.2 } },
  { id: 'Points', role: 'participant', at: { x: 0.82, y: 0.8 } },
];
