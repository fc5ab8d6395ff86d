/** The lab that is open: its histories, the moment that is shown, what the viewer has chosen and answered. */
import { createStore, useStore } from 'zustand';
import { LabClient } from './engine/lab-client.ts';
import { LabActions } from './lab-actions.ts';
import { tellNews } from './lab-news.ts';
import type { Lab, LabState } from './lab-state.ts';

const store = createStore<LabState>(() => ({ phase: 'loading', failure: null, steps: 0, lab: null }));

/** What can be done with the lab that is open. */
export const lab = new LabActions(store, new LabClient(), {
  onFrame: (callback) => requestAnimationFrame(callback),
  prefersStillness: () => matchMedia('(prefers-reduced-motion: reduce)').matches,
  fold: (picture, record) => ({ ...picture, n: record.entry.n }),
  notify: (news) => tellNews(news),
});

/** Whether there is a lab to show, and why not. */
export function useLabState<T>(select: (state: LabState) => T): T {
  return useStore(store, select);
}

/** Of the lab that is open; only for what the page shows once it is. */
export function useLab<T>(select: (lab: Lab) => T): T {
  return useStore(store, (state) => {
    if (state.lab === null) throw new Error('no lab is open');
    return select(state.lab);
  });
}
