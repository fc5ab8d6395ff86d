import { useEffect, useRef } from 'react';
import { writeProgress } from './lab-progress.ts';
import { type LabRoute, useLabPlaces } from './lab-route.ts';
import { currentLab, currentLink, lab, onLabChange } from './lab-store.ts';
import { predictions, score } from './question/question-state.ts';

/** Browsers refuse more than about a hundred changes of the address in half a minute. */
const WRITE_AFTER_MS = 400;

/** Opens what the address names, and keeps the address at the moment that is shown. */
export function useLabAddress(): void {
  const { route, go } = useLabPlaces();
  const { scenario, link } = route;
  const latest = useRef({ route, go });
  latest.current = { route, go };

  useEffect(() => {
    if (scenario === null) return;
    const shown = currentLink();
    // Its own doing, or a visit to another page: the lab and its branches are still there.
    if (shown !== null && shown.scenario === scenario && shown.link === link) return;
    void lab.open(scenario, link);
  }, [scenario, link]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const write = () => {
      timer = null;
      const { route, go } = latest.current;
      const shown = currentLink();
      if (shown === null || route.scenario === null) return;
      keepProgress(shown.link);
      const next: LabRoute = { ...route, ...shown };
      if (next.scenario !== route.scenario || next.link !== route.link) go(next);
    };
    let before = currentLab();
    const stop = onLabChange(({ lab: now, phase }) => {
      const isMoved = now !== null && (now.cursor !== before?.cursor || now.branch.id !== before.branch.id);
      const isAnswered = now?.answers !== before?.answers;
      before = now;
      if (phase !== 'ready' || (!isMoved && !isAnswered)) return;
      if (timer !== null) clearTimeout(timer);
      timer = setTimeout(write, WRITE_AFTER_MS);
    });
    return () => {
      stop();
      if (timer !== null) clearTimeout(timer);
    };
  }, []);
}

function keepProgress(link: string | null): void {
  const now = currentLab();
  if (now === null) return;
  const { cursor, branch, info } = now;
  const steps = branch.records.length;
  const finished = cursor === steps && branch.end !== 'limit';
  writeProgress(info.id, { link, cursor, steps, finished, ...score(predictions(now)) });
}
