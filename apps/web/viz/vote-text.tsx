import type { TracedVote } from '@vivarium/shared/cluster-event';
import { useTranslation } from 'react-i18next';
import { formatZxid } from '../components/format.ts';
import styles from './marks.module.css';

/** A vote in the order in which votes are compared: `(epoch, zxid, sid)`. */
export function voteText(vote: TracedVote): string {
  return `(${vote.peerEpoch.toString(16)}, ${formatZxid(vote.zxid)}, ${vote.leader})`;
}

/** `voteText` in the typeface of identifiers, with the words for it on hover. */
export function VoteText({ vote }: { vote: TracedVote }) {
  const { t } = useTranslation('cluster');
  return (
    <span
      className={styles.vote}
      title={t('voteInWords', { epoch: vote.peerEpoch, zxid: vote.zxid, sid: vote.leader, round: vote.electionEpoch })}
    >
      {voteText(vote)}
    </span>
  );
}
