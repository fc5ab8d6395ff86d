import { useEffect } from 'react';
import { firstStep } from './lab-state.ts';
import { lab, useLab } from './lab-store.ts';

/** Elements that need the keys for themselves. */
const OWN_KEYS =
  'input, textarea, select, [contenteditable], [role=menu], [role=dialog], [role=tablist], [role=radiogroup], [role=listbox], [role=tree], [role=grid], [role=application]';

/** The keys of the page: a step with the arrows, the ends with Home and End, and play with the space bar. */
export function useLabKeys(): void {
  const playing = useLab((state) => state.playing);
  const first = useLab(firstStep);
  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      const target = event.target instanceof Element ? event.target : null;
      if (target?.closest(OWN_KEYS) != null) return;
      // A button is pressed with the space bar.
      if (event.key === ' ' && target?.closest('button, a, summary, [role=button]') != null) return;
      switch (event.key) {
        case 'ArrowLeft':
          lab.step(-1);
          break;
        case 'ArrowRight':
          lab.step(1);
          break;
        case 'Home':
          lab.seek(first);
          break;
        case 'End':
          lab.seek(Number.POSITIVE_INFINITY);
          break;
        case ' ':
          if (playing) lab.pause();
          else lab.play();
          break;
        default:
          return;
      }
      event.preventDefault();
    };
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, [playing, first]);
}
