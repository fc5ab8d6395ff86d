/** The list of all lessons, as the engine tells it a protocol at a time. */
import { create } from 'zustand';
import type { ChapterInfo, LabFailure } from '../engine/lab-messages.ts';
import { askEngine } from '../lab-store.ts';

interface Catalog {
  readonly phase: 'loading' | 'ready' | 'failed';
  readonly failure: LabFailure | null;
  readonly chapters: readonly ChapterInfo[];
  /** How many protocols could not be loaded. */
  readonly missing: number;
}

const useStore = create<Catalog>(() => ({ phase: 'loading', failure: null, chapters: [], missing: 0 }));
let isAsked = false;

/** The list; asked for once. */
export function useCatalog(): Catalog {
  if (!isAsked) void loadCatalog();
  return useStore();
}

/** Asks for the list, again after it failed. */
export async function loadCatalog(): Promise<void> {
  isAsked = true;
  await Promise.resolve();
  useStore.setState({ phase: 'loading', failure: null, chapters: [], missing: 0 });
  const failure = await askEngine({ kind: 'catalog' }, (answer) => {
    if (answer.kind === 'chapter') useStore.setState(({ chapters }) => ({ chapters: [...chapters, answer.chapter] }));
    if (answer.kind === 'chapterFailed') useStore.setState(({ missing }) => ({ missing: missing + 1 }));
  });
  useStore.setState({ phase: failure === null ? 'ready' : 'failed', failure });
}
