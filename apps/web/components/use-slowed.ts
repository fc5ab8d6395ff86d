import { useEffect, useRef, useState } from 'react';

/** The value, which changes every so many ms at most. */
export function useSlowed<T>(value: T, everyMs: number): T {
  const [shown, setShown] = useState(value);
  const shownAtMs = useRef(0);
  useEffect(() => {
    const show = () => {
      shownAtMs.current = performance.now();
      setShown(value);
    };
    const waitMs = shownAtMs.current + everyMs - performance.now();
    if (waitMs <= 0) return show();
    const timer = setTimeout(show, waitMs);
    return () => clearTimeout(timer);
  }, [value, everyMs]);
  return shown;
}
