import type { ElectionView } from '@vivarium/shared/cluster-state';
import { useMemo } from 'react';
import { voteText } from '../../../viz/vote-text.tsx';
import { type Arrow, arrowHead, placeLabels, selfVoteArrow, voteArrow } from './geometry.ts';
import type { Box, RingLayout } from './ring-layout.ts';
import styles from './stage.module.css';

/** The width of a character of a vote's text, in pixels. */
const CHARACTER_PX = 6.65;

/** The votes as they are cast: an arrow from each voter to its candidate, a loop for a vote for oneself. */
export function VoteLayer({
  election,
  layout,
  obstacles,
  isFading,
}: {
  readonly election: ElectionView;
  readonly layout: RingLayout;
  /** What labels and loops must not cover, besides the cards. */
  readonly obstacles: readonly Box[];
  /** The election is over: what is left of it goes. */
  readonly isFading: boolean;
}) {
  const arrows = useMemo(() => voteArrows(election, layout, obstacles), [election, layout, obstacles]);
  const labels = useMemo(
    () =>
      placeLabels(
        arrows.map(({ voter, text, arrow }) => ({
          key: String(voter),
          width: text.length * CHARACTER_PX,
          anchors: arrow.anchors,
          avoid: arrows.flatMap((other) => (other.voter === voter ? [] : other.arrow.points)),
        })),
        [...layout.cards.values(), ...obstacles],
        layout.width,
        layout.height,
      ),
    [arrows, layout, obstacles],
  );
  return (
    <g className={styles.votes} data-fading={isFading || undefined} aria-hidden>
      {arrows.map(({ voter, arrow }) => (
        <g key={voter}>
          <path className={styles.arrow} d={arrow.d} />
          <path className={styles.arrowHead} d={arrowHead(arrow.tip, arrow.angle, 8.5)} />
        </g>
      ))}
      {arrows.map(({ voter, text }) => {
        const box = labels.get(String(voter));
        return box === undefined ? null : (
          <text key={voter} className={styles.voteLabel} x={box.x + box.width / 2} y={box.y + 12}>
            {text}
          </text>
        );
      })}
    </g>
  );
}

interface CastVote {
  readonly voter: number;
  readonly text: string;
  readonly arrow: Arrow;
}

function voteArrows(election: ElectionView, layout: RingLayout, obstacles: readonly Box[]): readonly CastVote[] {
  const candidateOf = (voter: number) => election.votes[voter]?.leader;
  return Object.entries(election.votes).flatMap(([name, vote]) => {
    const voter = Number(name);
    const [from, to] = [layout.cards.get(voter), layout.cards.get(vote.leader)];
    if (from === undefined || to === undefined) return [];
    // Two that vote for each other would draw one over the other.
    const isReturned = vote.leader !== voter && candidateOf(vote.leader) === voter && voter > vote.leader;
    const arrow =
      vote.leader === voter
        ? selfVoteArrow(from, layout, [...obstacles, ...layout.cards.values()])
        : voteArrow(from, to, layout, isReturned);
    return [{ voter, text: voteText(vote), arrow }];
  });
}
