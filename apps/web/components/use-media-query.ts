import { useCallback, useSyncExternalStore } from 'react';

/** Whether the window matches the media query now. */
export function useMediaQuery(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = matchMedia(query);
      list.addEventListener('change', listener);
      return () => list.removeEventListener('change', listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

/** Whether the window is as narrow as a phone: one column, and a bar of pages at the bottom. */
export function useIsNarrow(): boolean {
  return useMediaQuery('(max-width: 720px)');
}
