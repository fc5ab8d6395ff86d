import { useSyncExternalStore } from 'react';

/** Up to this width a phone's layout is shown. */
export const NARROW = '(max-width: 720px)';
/** Below this width the inspector is a sheet, not a column. */
export const NO_COLUMN = '(max-width: 1099px)';

/** Whether a media query matches, as it changes. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = matchMedia(query);
      media.addEventListener('change', listener);
      return () => media.removeEventListener('change', listener);
    },
    () => matchMedia(query).matches,
  );
}
