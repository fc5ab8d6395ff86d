/** All protocols of the labs, each loaded when it is asked for: the core of a server is much larger than the rest. */
import type { Scenario } from './history.ts';
import type { ProtocolId } from './protocol.ts';

/** The scenarios of a protocol, in the order of the lessons. */
export interface Chapter {
  readonly scenarios: readonly Scenario[];
}

/** In the order in which they are taught. */
export const chapters: readonly { readonly id: ProtocolId; readonly load: () => Promise<Chapter> }[] = [
  { id: '2pc', load: () => import('./two-phase-commit/chapter.ts') },
  { id: '3pc', load: () => import('./three-phase-commit/chapter.ts') },
  { id: 'paxos', load: () => import('./paxos/chapter.ts') },
  { id: 'zab', load: () => import('./zab/chapter.ts') },
  { id: 'generals', load: () => import('./generals/chapter.ts') },
  { id: 'cap', load: () => import('./cap/chapter.ts') },
];
