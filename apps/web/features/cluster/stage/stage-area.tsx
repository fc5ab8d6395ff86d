import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { usePlayer } from '../../../live/use-player.ts';
import { roleOf } from '../../../viz/roles.ts';
import { useSize } from '../use-size.ts';
import type { LinkFilter } from './link-lines.ts';
import { markLayout, ringLayout } from './ring-layout.ts';
import { Stage, shownElection } from './stage.tsx';
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
  const { shown, servers } = usePlayer((view) => ({
    shown: shownElection(view.state, view.headMs, view.mode === 'live' ? 1 : view.speed)?.election ?? null,
    servers: view.state.servers,
  }));
  if (shown === null) return null;
  const role = (sid: number) => {
    const server = servers[sid];
    return server === undefined ? 'unknown' : roleOf(server);
  };
  return <Tally election={shown} roleOf={role} variant="section" />;
}
