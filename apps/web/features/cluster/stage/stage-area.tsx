import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useSize } from '../../../components/use-size.ts';
import { usePlayer } from '../../../live/use-player.ts';
import { shownElection } from './election-view.ts';
import type { LinkFilter } from './link-lines.ts';
import { markLayout, ringLayout } from './ring-layout.ts';
import { Stage } from './stage.tsx';
import styles from './stage-area.module.css';
import { Tally } from './tally.tsx';

/** Room for the stage, and the stage in it: the ring of cards, or of role marks with the tally below on a narrow screen. */
export function StageArea({ filter, isNarrow = false }: { readonly filter: LinkFilter; readonly isNarrow?: boolean }) {
  const { t } = useTranslation('cluster');
  const [ref, size] = useSize();
  const sids = usePlayer((view) => Object.keys(view.state.servers).join());
  const layout = useMemo(() => {
    if (size === null || size.width === 0) return null;
    const list = sids.split(',').map(Number);
    return isNarrow ? markLayout(list, size.width, size.height) : ringLayout(list, size.width, size.height);
  }, [sids, size, isNarrow]);
  return (
    <>
      <section ref={ref} className={isNarrow ? styles.narrow : styles.area} aria-label={t('stage.title')}>
        {layout !== null && <Stage layout={layout} filter={filter} withTally={!isNarrow} />}
      </section>
      {isNarrow && <TallySection />}
    </>
  );
}

function TallySection() {
  const { state, headMs, speed } = usePlayer((view) => ({
    state: view.state,
    headMs: view.headMs,
    speed: view.mode === 'live' ? 1 : view.speed,
  }));
  const shown = shownElection(state, headMs, speed);
  return shown === null ? null : <Tally election={shown.election} state={state} variant="section" />;
}
