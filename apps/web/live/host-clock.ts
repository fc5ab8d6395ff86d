/** The wall clock of the host, by which ages are counted: that of the browser may be minutes apart. */
import { useEffect, useState } from 'react';

/** How far the host's clock is ahead of the browser's, as far as is known. */
let aheadMs: number | null = null;

/** What the host has just said is its time. It was so a little earlier: what makes it the latest is nearest to the truth. */
export function noteHostTime(wallMs: number): void {
  const now = wallMs - Date.now();
  aheadMs = aheadMs === null ? now : Math.max(aheadMs, now);
}

/** The host's clock, renewed every so many ms. */
export function useHostNow(everyMs: number): number {
  const [now, setNow] = useState(hostNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(hostNow()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

function hostNow(): number {
  return Date.now() + (aheadMs ?? 0);
}
