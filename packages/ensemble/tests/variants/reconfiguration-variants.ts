/** Wrong ideas of who decides while the ensemble changes. */
import type { Variant } from './variant.ts';

const PROPOSALS = 'core/zab/proposals.ts';
const WHO_DECIDES =
  'return before ? this.membership.isCommittedQuorum(proposal.acks) : this.membership.isQuorum(proposal.acks);';

export const RECONFIGURATION_VARIANTS: readonly Variant[] = [
  {
    name: 'old-quorum-alone',
    jira: 'ZOOKEEPER-107',
    breaks: 'a reconfiguration is committed by a quorum of the servers before it',
    patches: [
      { file: PROPOSALS, find: WHO_DECIDES, replace: 'return this.membership.isCommittedQuorum(proposal.acks);' },
    ],
    invariants: ['LeaderLogCompleteness'],
    lastSeed: null,
  },
  {
    name: 'new-quorum-alone',
    jira: 'ZOOKEEPER-107',
    breaks: 'a reconfiguration is committed by a quorum of the servers behind it',
    patches: [
      {
        file: PROPOSALS,
        find: WHO_DECIDES,
        replace: `
          const { quorum, proposedQuorum } = this.membership;
          return (before ? quorum : (proposedQuorum ?? quorum)).isQuorum(proposal.acks);`,
      },
    ],
    invariants: ['LeaderLogCompleteness'],
    lastSeed: null,
  },
];
