import { useSlowed } from '../../components/use-slowed.ts';
import { usePlayer } from '../../live/use-player.ts';

/** While time runs in the past, the tree is read again this often at most. */
const EVERY_MS = 500;

/** The number of the event that znodes are read at; null for live. */
export function useInstant(): number | null {
  // An election that is replayed by itself is for the drawings: nobody asked for the past of the tree.
  const at = usePlayer((view) => (view.mode === 'live' || view.replay !== null ? null : view.state.n));
  const shown = useSlowed(at, EVERY_MS);
  // Back in the present nothing waits.
  return at === null ? null : (shown ?? at);
}
