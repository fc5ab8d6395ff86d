/** Two-phase commit as a program of a stepped world. Gray, Notes on Data Base Operating Systems (1978), section 5.8.3.3. */
import type { NodeId, Program } from '@vivarium/simulation/stepped/program';
import type { NodeSpec } from '../protocol.ts';
import { bootCoordinator, stepCoordinator } from './coordinator.ts';
import { type Conduct, type Disk, type Message, type State, workOf } from './machine.ts';
import { bootParticipant, type Company, stepParticipant } from './participant.ts';
import { stepCaller, stepService } from './without.ts';

/** The conduct that a lesson's settings choose; the protocol itself where they say nothing. */
function conductOf(settings: Readonly<Record<string, string>>): Conduct {
  const { inDoubt, log, handler, peers } = settings;
  return {
    inDoubt: inDoubt === 'abort' || inDoubt === 'commit' ? inDoubt : 'ask',
    log: log === 'late' ? 'late' : 'forced',
    handler: handler === 'add' ? 'add' : 'redo',
    peers: peers === 'none' ? 'none' : 'ask',
  };
}

/**
 * The program of all nodes. Settings that it knows: `inDoubt` (ask, abort, commit), `log` (forced, late), `handler` (redo, add),
 * `peers` (ask, none), and `without` (cancel, retry) for no commit protocol at all.
 */
export function twoPhaseCommitProgram(
  nodes: readonly NodeSpec[],
  settings: Readonly<Record<string, string>>,
): Program<State, Message, Disk> {
  const participants = nodes.filter((node) => node.role === 'participant').map((node) => node.id);
  const coordinator = nodes.find((node) => node.role === 'coordinator')?.id ?? 'C';
  const conduct = conductOf(settings);
  const recourse = settings.without === 'cancel' || settings.without === 'retry' ? settings.without : null;
  const company = (node: NodeId): Company => ({
    coordinator,
    others: participants.filter((other) => other !== node),
    conduct,
    work: workOf(node),
  });
  return {
    emptyDisk: (node) =>
      node === coordinator
        ? { role: 'coordinator', log: [] }
        : { role: 'participant', value: workOf(node).start, log: [] },
    boot(disk, { node }) {
      if (disk.role === 'coordinator') return bootCoordinator(disk, participants);
      const turn = bootParticipant(disk, company(node));
      // A service waits for nothing.
      return recourse === null ? turn : { state: turn.state, effects: [] };
    },
    step(state, input, { node }) {
      if (state.role === 'coordinator') {
        return recourse === null
          ? stepCoordinator(state, input, participants)
          : stepCaller(state, input, participants, recourse);
      }
      return recourse === null ? stepParticipant(state, input, company(node)) : stepService(state, input, node);
    },
  };
}
