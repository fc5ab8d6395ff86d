/** How to read a moment of three-phase commit. */
import type { Moment, NodeMoment } from '@vivarium/simulation/stepped/moment';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import { type Decision, decisionOf } from '../two-phase-commit/machine.ts';
import type { Outcome } from '../two-phase-commit/outcomes.ts';
import type {
  CoordinatorDisk,
  CoordinatorState,
  Disk,
  Message,
  ParticipantDisk,
  ParticipantState,
  State,
} from './machine.ts';

export type CommitMoment = Moment<State, Message, Disk>;

/** A participant as it runs, or as it will find itself when it starts again. */
export interface ParticipantReading {
  readonly id: NodeId;
  readonly up: boolean;
  readonly phase: ParticipantState['phase'];
  readonly recovering: boolean;
  readonly disk: ParticipantDisk;
  readonly state: ParticipantState | null;
}

export function readParticipant(id: NodeId, node: NodeMoment<State, Disk>, disk: ParticipantDisk): ParticipantReading {
  const state = node.state?.role === 'participant' ? node.state : null;
  const phase = state?.phase ?? decisionOf(disk.log) ?? disk.log.at(-1)?.kind ?? 'INIT';
  return { id, up: node.status !== 'down', phase, recovering: state?.recovering ?? false, disk, state };
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

/** The participants that are in this phase. */
export function inPhase(moment: CommitMoment, phase: ParticipantState['phase']): readonly NodeId[] {
  return participantsOf(moment)
    .filter((participant) => participant.phase === phase)
    .map(({ id }) => id);
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
    const last = disk.log.at(-1)?.kind ?? 'INIT';
    const phase = state?.phase ?? (last === 'BEGIN' ? 'WAIT' : last);
    return { id, up: node.status !== 'down', phase, decision: decisionOf(disk.log), disk, state };
  }
  throw new Error('a scenario of three-phase commit has a coordinator');
}

/** What every node has come to. */
export function outcomesOf(moment: CommitMoment): readonly Outcome[] {
  const { id, decision } = coordinatorOf(moment);
  const participants = participantsOf(moment).map(({ id: node, phase, disk }): Outcome => {
    return { id: node, decision: phase === 'COMMIT' || phase === 'ABORT' ? phase : null, value: disk.value };
  });
  return [{ id, decision, value: null }, ...participants];
}

/** Whether the entry delivered a message of this type, to this node where one is named. */
export function delivers(moment: CommitMoment, type: Message['type'], to?: NodeId): boolean {
  const { entry, flight } = moment;
  return entry?.happening.kind === 'deliver' && flight?.message.type === type && (to === undefined || flight.to === to);
}

/** Whether a node said this at the entry; any node where none is named. */
export function tells(moment: CommitMoment, what: string, node?: NodeId): boolean {
  return moment.entry?.told.some((told) => told.what === what && (node === undefined || told.node === node)) ?? false;
}

/** Whether the timer of this node went off at the entry. */
export function timeIsUp(moment: CommitMoment, node: NodeId): boolean {
  const happening = moment.entry?.happening;
  return happening?.kind === 'timer' && happening.node === node;
}

/** Whether the entry did this, to this node where one is named. */
export function acted(
  moment: CommitMoment,
  what: 'crash' | 'restart' | 'cut' | 'split' | 'healAll',
  node?: NodeId,
): boolean {
  const happening = moment.entry?.happening;
  if (happening?.kind !== 'act' || happening.action.do !== what) return false;
  return node === undefined || ('node' in happening.action && happening.action.node === node);
}
