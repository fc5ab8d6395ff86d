/** Whom a leader takes as a learner (Java `LearnerHandler` takes anybody; ARCHITECTURE.md says why this differs). */
import type { LearnerInfo } from '@vivarium/wire/quorum-packet';
import type { ServerConfig } from '../io.ts';
import type { Membership } from '../membership/membership.ts';
import type { LearnerHandler } from './learner-handler.ts';

/** More learners than this are not taken: each costs a queue. */
export const MAX_LEARNERS = 512;
/** Servers that follow without being named by a configuration. */
const MAX_LISTENERS = 16;
/** Epochs are Java ints. */
const LAST_EPOCH = 0x7fffffff;
/**
 * How far beyond this server's a promised epoch may be. Each election that fails takes one; whoever claims more would with
 * two introductions use up all the epochs that there are.
 */
const MAX_EPOCHS_AHEAD = 1_000;

/** What a leader knows when a learner introduces itself. */
export interface AdmissionRules {
  readonly config: ServerConfig;
  readonly membership: Membership;
  readonly acceptedEpoch: number;
  /** The learners that there are, the new one among them. */
  readonly handlers: Iterable<LearnerHandler>;
}

/** What makes a learner's introduction one that no server of this ensemble sends; null: nothing. */
export function admissionFault(handler: LearnerHandler, info: LearnerInfo, rules: AdmissionRules): string | null {
  const { sid } = info;
  if (!handler.observer) {
    const fault = followerFault(sid, rules);
    if (fault !== null) return fault;
  }
  // Minus one is that of an Apache server whose disk was wiped.
  const lastPlausible = Math.min(LAST_EPOCH - 1, rules.acceptedEpoch + MAX_EPOCHS_AHEAD);
  if (handler.acceptedEpoch < -1 || handler.acceptedEpoch > lastPlausible) {
    return `server ${sid} has accepted epoch ${handler.acceptedEpoch}`;
  }
  return info.configVersion > rules.membership.lastSeen.version ? `server ${sid} has a newer configuration` : null;
}

/** Whether an observer is taken: who is not listed needs leave, since an observer is sent all data. */
export function mayObserve(sid: number, membership: Membership, { unlistedObservers }: ServerConfig): boolean {
  if (membership.isMember(sid)) return true;
  return unlistedObservers === 'all' || unlistedObservers.includes(sid);
}

/**
 * Voters of the configuration in force and of a proposed one follow. Where the configuration may change, others may as
 * well, since a reconfiguration succeeds only if a quorum of what it makes is synchronised already: whom it will name
 * has to be there before. Such a server counts for nothing (`Membership.isQuorum`), cannot make the leader resign, and
 * no request of its clients is taken (`receiveFromSynchronised`; a server that has just been taken out may still tell which
 * of them it has heard: simulation, seed 20259): it listens, no more, until a configuration names it. Apache's servers come
 * the same way: they have learnt the configuration from the voters' notifications, and are followers that nobody lists.
 */
function followerFault(sid: number, { config, membership, handlers }: AdmissionRules): string | null {
  const isListener = membership.isDynamic && !membership.isVoter(sid);
  if (sid === config.sid || (!isListener && !membership.isVoter(sid))) {
    return `server ${sid} is no voter of this ensemble`;
  }
  const others = [...handlers].filter((each) => !each.observer && each.step !== 'connected');
  const listeners = new Set(others.map((each) => each.sid).filter((each) => !membership.isMember(each)));
  return isListener && listeners.add(sid).size > MAX_LISTENERS ? 'too many servers want to join' : null;
}
