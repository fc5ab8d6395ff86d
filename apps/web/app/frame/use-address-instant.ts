import { useEffect, useRef } from 'react';
import { controls, usePlayer } from '../../live/use-player.ts';
import { useGo, useLocation } from '../location.ts';

/** The address follows a head that stands still for so long: browsers limit how often it may change. */
const SETTLED_MS = 300;
/** An instant that has to be fetched may take so long; then the address says what is shown. */
const FETCH_MS = 5_000;

/** Keeps the instant in the address while the time stands, and goes to the one that an address brings. */
export function useAddressInstant(): void {
  const { cluster, at } = useLocation();
  const go = useGo();
  const { shown, isReady, isPaused, n } = usePlayer((view) => ({
    shown: view.cluster,
    isReady: view.info !== null && view.error === null,
    isPaused: view.mode === 'paused',
    n: view.mode === 'paused' ? view.state.n : 0,
  }));
  const written = useRef<{ cluster: string; at: number | null }>({ cluster: '', at: null });
  const seeking = useRef<{ at: number; untilMs: number } | null>(null);

  useEffect(() => {
    if (!isReady || shown !== cluster) return;
    const last = written.current;
    const isNew = last.cluster !== cluster;
    if (!isNew && last.at === at) return;
    written.current = { cluster, at };
    if (at !== null) {
      seeking.current = { at, untilMs: performance.now() + FETCH_MS };
      controls.seekToEvent(at);
    } else if (!isNew) {
      controls.goLive();
    }
  }, [isReady, shown, cluster, at]);

  useEffect(() => {
    if (!isReady || shown !== cluster) return;
    const timer = setTimeout(() => {
      const wanted = seeking.current;
      const isUnderWay = wanted !== null && !isPaused && performance.now() < wanted.untilMs;
      if (isUnderWay) return;
      seeking.current = null;
      const next = isPaused ? n : null;
      if (written.current.at === next) return;
      written.current = { cluster, at: next };
      go({ at: next });
    }, SETTLED_MS);
    return () => clearTimeout(timer);
  }, [isReady, shown, cluster, isPaused, n, go]);
}
