import type { RefObject } from 'react';
import type { PlayerView } from '../../../live/player.ts';
import { currentView, usePlayer } from '../../../live/use-player.ts';

/** A crowded drawing is renewed so often: nobody sees it move, and it is dear to paint. */
const CROWDED_MS = 250;

/** What is shown now; while the drawing is crowded and time passes, a new view comes only a few times a second. */
export function useCalmView(isCrowded: RefObject<boolean>): PlayerView {
  usePlayer((view) => {
    if (!isCrowded.current || view.mode === 'paused') return [view];
    const shownMs = view.headMs / (view.mode === 'live' ? 1 : view.speed);
    return [view.info, view.mode, view.speed, Math.floor(shownMs / CROWDED_MS)];
  });
  return currentView();
}
