import { useEffect, useRef } from 'react';
import type { PlayerView } from './player.ts';
import { onFrame } from './use-player.ts';

/**
 * Calls at each frame of the browser, for drawings that move without rendering. The state in the view is only good within
 * the call.
 */
export function useFrame(callback: (view: PlayerView) => void): void {
  const latest = useRef(callback);
  useEffect(() => {
    latest.current = callback;
  });
  useEffect(() => onFrame((view) => latest.current(view)), []);
}
