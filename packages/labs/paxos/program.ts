/**
 * Basic Paxos (the synod, one value) as a program for a stepped world: Lamport, "Paxos Made Simple" (2001), section 2, and the
 * mistakes that are often made with it, on purpose.
 */
import type { NodeId, Program } from '@vivarium/simulation/stepped/program';
import type { NodeSpec } from '../protocol.ts';
import { stepAcceptor } from './acceptor.ts';
import { stepLearner } from './learner.ts';
import type { PaxosMessage } from './messages.ts';
import type { Cast, PaxosDisk, PaxosState, Rules } from './parties.ts';
import { stepProposer } from './proposer.ts';

/** Lamport's rules; a beaten proposer waits to be told. */
export const LAMPORT: Rules = { variant: 'lamport', retry: 'hand', silenceMs: null, numbers: 'own' };

/** Who plays which part. */
export function castOf(nodes: readonly NodeSpec[], rules: Rules, settings: Readonly<Record<string, string>>): Cast {
  const playing = (role: string): readonly NodeId[] => nodes.filter((node) => node.role === role).map(({ id }) => id);
  return {
    ...rules,
    proposers: playing('proposer'),
    acceptors: playing('acceptor'),
    learners: playing('learner'),
    settings,
  };
}

/** The program of all parties. What a node is, the cast says; what it knows after a crash, its disk. */
export function paxosProgram(cast: Cast): Program<PaxosState, PaxosMessage, PaxosDisk> {
  return {
    emptyDisk(node): PaxosDisk {
      if (cast.acceptors.includes(node)) return { role: 'acceptor', promised: 0, accepted: null, votes: [] };
      if (cast.learners.includes(node)) return { role: 'learner', learned: null };
      return { role: 'proposer', n: 0, wants: null, learned: null };
    },
    boot(disk) {
      return { state: bootState(cast, disk), effects: [] };
    },
    step(state, input, context) {
      if (state.role === 'proposer') return stepProposer(state, input, context);
      return state.role === 'acceptor' ? stepAcceptor(state, input) : stepLearner(state, input, context);
    },
  };
}

function bootState(cast: Cast, disk: PaxosDisk): PaxosState {
  if (disk.role === 'acceptor') return { role: 'acceptor', cast, disk };
  if (disk.role === 'learner') return { role: 'learner', cast, disk, heard: [] };
  return {
    role: 'proposer',
    cast,
    disk,
    phase: disk.learned === null ? 'idle' : 'done',
    promises: [],
    value: null,
    acceptedBy: [],
    against: [],
    seen: 0,
    defeats: 0,
  };
}
