import { useEffect, useRef, useState } from 'react';
import { usePlayer } from '../../live/use-player.ts';

/** While time runs in the past, the tree is read again this often at most. */
const EVERY_MS = 500;

/** The number of the event that znodes are read at; null for live. */
export function useInstant(): number | null {
  // An election that is replayed by itself is for the drawings: nobody asked for the past of the tree.
  const at = usePlayer((view) => (view.mode === 'live' || view.replay !== null ? null : view.state.n));
  const [shown, setShown] = useState(at);
  const shownAtMs = useRef(0);
  useEffect(() => {
    const show = () => {
      shownAtMs.current = performance.now();
      setShown(at);
    };
    const waitMs = at === null ? 0 : shownAtMs.current + EVERY_MS - performance.now();
    if (waitMs <= 0) return show();
    const timer = setTimeout(show, waitMs);
    return () => clearTimeout(timer);
  }, [at]);
  // Back in the present nothing waits.
  return at === null ? null : (shown ?? at);
}
