/** Three-phase commit as a program of a stepped world. Skeen, Nonblocking Commit Protocols (SIGMOD 1981), with its timeouts. */
import type { NodeId, Program } from '@vivarium/simulation/stepped/program';
import type { NodeSpec } from '../protocol.ts';
import { workOf } from '../two-phase-commit/machine.ts';
import { bootCoordinator, stepCoordinator } from './coordinator.ts';
import type { Disk, Message, State } from './machine.ts';
import { bootParticipant, type Company, stepParticipant } from './participant.ts';

/** The program of all nodes. */
export function threePhaseCommitProgram(nodes: readonly NodeSpec[]): Program<State, Message, Disk> {
  const participants = nodes.filter((node) => node.role === 'participant').map((node) => node.id);
  const coordinator = nodes.find((node) => node.role === 'coordinator')?.id ?? 'C';
  const company = (node: NodeId): Company => ({
    coordinator,
    others: participants.filter((other) => other !== node),
  });
  return {
    emptyDisk: (node) =>
      node === coordinator
        ? { role: 'coordinator', log: [] }
        : { role: 'participant', value: workOf(node).start, log: [] },
    boot: (disk, { node }) =>
      disk.role === 'coordinator' ? bootCoordinator(disk, participants) : bootParticipant(disk, company(node)),
    step: (state, input, { node }) =>
      state.role === 'coordinator'
        ? stepCoordinator(state, input, participants)
        : stepParticipant(state, input, company(node)),
  };
}
