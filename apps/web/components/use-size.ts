import { type RefCallback, useCallback, useState } from 'react';

/** The size of an element in whole pixels, as it changes; null until it is known. */
export function useSize(): readonly [
  RefCallback<HTMLElement>,
  { readonly width: number; readonly height: number } | null,
] {
  const [size, setSize] = useState<{ readonly width: number; readonly height: number } | null>(null);
  const ref = useCallback((element: HTMLElement | null) => {
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      const [width, height] = [Math.floor(element.clientWidth), Math.floor(element.clientHeight)];
      setSize((last) => (last?.width === width && last.height === height ? last : { width, height }));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, size];
}
