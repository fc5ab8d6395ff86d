/** The lab that is open: its histories, the moment that is shown, what the viewer has chosen and answered. */
import { createStore, useStore } from 'zustand';
import { LabClient, LabFault } from './engine/lab-client.ts';
import type { LabAnswer, LabFailure, LabRequest } from './engine/lab-messages.ts';
import { LabActions } from './lab-actions.ts';
import { linkFor } from './lab-link.ts';
import { tellNews } from './lab-news.ts';
import type { Lab, LabState } from './lab-state.ts';

const store = createStore<LabState>(() => ({ phase: 'loading', failure: null, steps: 0, lab: null }));

const engine = new LabClient();

/** Asks the engine for what is no lab. What failed, or null. */
export async function askEngine(request: LabRequest, onPart: (answer: LabAnswer) => void): Promise<LabFailure | null> {
  try {
    await engine.ask(request, onPart);
    return null;
  } catch (error) {
    if (error instanceof LabFault) return error.failure;
    throw error;
  }
}

/** What can be done with the lab that is open. */
export const lab = new LabActions(store, engine, {
  onFrame: (callback) => requestAnimationFrame(callback),
  prefersStillness: () => matchMedia('(prefers-reduced-motion: reduce)').matches,
  notify: (news) => tellNews(news),
});

/** The lab that is open, for what is no component; null where none is. */
export function currentLab(): Lab | null {
  return store.getState().lab;
}

/** Where the viewer is now, or would be at another step; null while no lab is open. */
export function currentLink(cursor?: number): { readonly scenario: string; readonly link: string | null } | null {
  const { lab } = store.getState();
  return lab === null ? null : { scenario: lab.info.id, link: linkFor(lab, cursor ?? lab.cursor) };
}

/** Calls after each change of the state. */
export const onLabChange = store.subscribe;

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
