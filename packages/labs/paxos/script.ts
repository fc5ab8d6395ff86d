/** What scenarios of Paxos are written with: who stands where, what arrives when, and how to wait for it. */
import type { MessageId } from '@vivarium/simulation/stepped/journal';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { NodeSpec } from '../protocol.ts';
import type { Rule, ScenarioSpec } from '../scenario.ts';
import type { PaxosMoment } from './chosen.ts';
import { learnedBy } from './chosen.ts';
import type { PaxosMessage } from './messages.ts';
import type { PaxosDisk, PaxosState } from './parties.ts';

export type PaxosSpec = ScenarioSpec<PaxosState, PaxosMessage, PaxosDisk>;
type PaxosRule = Rule<PaxosState, PaxosMessage, PaxosDisk>;
type Settings = Readonly<Record<string, string>>;

/** Evenly down the stage. */
function column(role: string, letter: string, count: number, x: number): readonly NodeSpec[] {
  const places = count === 1 ? [0.5] : count === 2 ? [0.28, 0.72] : [0.17, 0.5, 0.83];
  return places.map((y, index) => ({ id: `${letter}${index + 1}`, role, at: { x, y } }));
}

/** Proposers on the left, acceptors right of them, learners at the end; five acceptors stand in two columns. */
export function stage(proposers: number, acceptors: 3 | 5, learners: number): readonly NodeSpec[] {
  const left = column('proposer', 'P', proposers, 0.12);
  if (acceptors === 5) {
    const five = [0.17, 0.335, 0.5, 0.665, 0.83].map((y, index) => ({
      id: `A${index + 1}`,
      role: 'acceptor',
      at: { x: index % 2 === 0 ? 0.53 : 0.8, y },
    }));
    return [...left, ...five];
  }
  const right = column('learner', 'L', learners, 0.88);
  return [...left, ...column('acceptor', 'A', 3, learners === 0 ? 0.78 : 0.54), ...(learners === 0 ? [] : right)];
}

/** Whether a node gets this message in this entry: `gets('P2', 'Promise(2, ∅)', 'A3')`. */
export function gets(to: NodeId, label: string, from: NodeId | null = null): (moment: PaxosMoment) => boolean {
  return ({ entry, flight }) =>
    entry?.happening.kind === 'deliver' &&
    flight?.to === to &&
    flight.label === label &&
    (from === null || flight.from === from);
}

/** Whether a node is told this from outside in this entry. */
export function isTold(node: NodeId, command: string): (moment: PaxosMoment) => boolean {
  return ({ entry }) => {
    const act = entry?.happening.kind === 'act' ? entry.happening.action : null;
    return act?.do === 'command' && act.node === node && act.command === command;
  };
}

/** Whether a timer of a node goes off in this entry. */
export function goesOff(node: NodeId, timer: string): (moment: PaxosMoment) => boolean {
  return ({ entry }) =>
    entry?.happening.kind === 'timer' && entry.happening.node === node && entry.happening.timer === timer;
}

/** Whether a node learns in this entry. */
export function learns(node: NodeId): (moment: PaxosMoment) => boolean {
  return (moment) =>
    learnedBy(moment, node) !== null &&
    (moment.entry?.told.some((told) => told.node === node && told.what.startsWith('learned')) ?? false);
}

/** Whether somebody learned something in this entry or before. */
export function hasLearned(node: NodeId): (moment: PaxosMoment) => boolean {
  return (moment) => learnedBy(moment, node) !== null;
}

/** The kind of what a node sends in this entry; null where it sends nothing. */
export function sentKind({ entry }: PaxosMoment, from: NodeId): string | null {
  return entry?.sent.find((sent) => sent.from === from)?.type ?? null;
}

/** The value that a proposer proposes in this entry; null where it does not. */
export function proposedBy({ entry, inFlight }: PaxosMoment, from: NodeId): string | null {
  for (const sent of entry?.sent ?? []) {
    const message = inFlight.get(sent.id)?.message;
    if (sent.from === from && message?.kind === 'Accept') return message.value;
  }
  return null;
}

/** The message under way with this label. */
export function underWay(moment: PaxosMoment, label: string, from: NodeId, to: NodeId): MessageId | null {
  for (const flight of moment.inFlight.values()) {
    if (flight.label === label && flight.from === from && flight.to === to) return flight.id;
  }
  return null;
}

/** The network loses these messages as soon as they are sent: `Accept(1, X) P1>A2`. */
export function losing(...messages: readonly string[]): readonly PaxosRule[] {
  return messages.map((written) => {
    const space = written.lastIndexOf(' ');
    const label = written.slice(0, space);
    const [from = '', to = ''] = written.slice(space + 1).split('>');
    return {
      when: (moment) => underWay(moment, label, from, to) !== null,
      act: (moment) => {
        const message = underWay(moment, label, from, to);
        return message === null ? [] : [{ do: 'drop', message }];
      },
    };
  });
}

/** How long messages are under way: `Prepare(2) P2>A1`, or by kind; 10 ms for all others. */
export function pace(table: Readonly<Record<string, number>>): NonNullable<PaxosSpec['latencyMs']> {
  return ({ label, from, to, type }) => table[`${label} ${from}>${to}`] ?? table[type] ?? 10;
}

/** A setting with two rules to compare: the sloppy one first, since that is what the lesson is about. */
export function sloppyOrLamport(
  sloppy: { readonly id: string; readonly en: string; readonly zh: string },
  lamport: { readonly en: string; readonly zh: string },
): PaxosSpec['settings'] {
  return [
    {
      id: 'rule',
      text: { en: 'Rule', zh: '规则' },
      choices: [
        { id: sloppy.id, text: { en: sloppy.en, zh: sloppy.zh } },
        { id: 'lamport', text: { en: lamport.en, zh: lamport.zh } },
      ],
    },
  ];
}

/** Whether Lamport's rule was chosen. */
export function isLamport({ rule }: Settings): boolean {
  return rule === 'lamport';
}
