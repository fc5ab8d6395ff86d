/** The space–time diagram of the history that is shown, at the place where it is shown. */
import { LocateFixed, ZoomIn, ZoomOut } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../../../components/button.tsx';
import { type Range, zoomRange } from '../../../viz/space-time-scale.ts';
import { lab, useLab } from '../lab-store.ts';
import { useSay } from '../use-say.ts';
import { LabSpaceTime } from './space-time.tsx';
import { clampSteps, rangeAround } from './space-time-plot.ts';
import { useLabWords } from './use-words.ts';
import styles from './views.module.css';

const ZOOM_STEP = 1.6;
const ICON = { size: 15, strokeWidth: 1.5 };
/** What a click on a button zooms from, where the width is not known: a screen's. */
const USUAL_WIDTH_PX = 940;

export function SpaceTimeTab() {
  const { t } = useTranslation('labsViews');
  const say = useSay();
  const { factLabel } = useLabWords();
  const branch = useLab((state) => state.branch);
  const nodes = useLab((state) => state.info.nodes);
  const protocol = useLab((state) => state.protocol);
  const cursor = useLab((state) => state.cursor);
  const u = useLab((state) => state.u);
  const selected = useLab(({ selected: of }) => (of?.kind === 'message' ? of.id : null));
  const [chosen, setChosen] = useState<{ readonly range: Range; readonly at: number } | null>(null);
  // A range that was chosen stays until now has left it.
  const range = chosen !== null && (chosen.at === cursor || isIn(chosen.range, u)) ? chosen.range : null;
  const change = (next: Range | null) => setChosen(next === null ? null : { range: next, at: cursor });
  const zoom = (factor: number) => change(zoomRange(range ?? rangeAround(u, USUAL_WIDTH_PX), factor, u, clampSteps));
  return (
    <div className={styles.spaceTime} data-picture="space-time">
      <LabSpaceTime
        nodes={nodes}
        protocol={protocol}
        start={branch.pictureAt(0)}
        records={branch.records}
        cursor={cursor}
        u={u}
        picture={branch.pictureAt(Math.floor(u + 1e-9))}
        selected={selected}
        say={say}
        factLabel={factLabel}
        onSeek={(n) => lab.seek(n)}
        onSelect={(id) => lab.select({ kind: 'message', id })}
        range={range}
        onRange={change}
      />
      <div className={styles.zoom} data-picture-skip="">
        <IconButton
          label={t('spaceTime.zoomIn')}
          shortcut="+"
          icon={<ZoomIn {...ICON} />}
          onClick={() => zoom(1 / ZOOM_STEP)}
        />
        <IconButton
          label={t('spaceTime.zoomOut')}
          shortcut="−"
          icon={<ZoomOut {...ICON} />}
          onClick={() => zoom(ZOOM_STEP)}
        />
        <IconButton
          label={t('spaceTime.reset')}
          shortcut="0"
          icon={<LocateFixed {...ICON} />}
          disabled={range === null}
          onClick={() => change(null)}
        />
      </div>
    </div>
  );
}

function isIn({ from, to }: Range, at: number): boolean {
  return at >= from && at <= to;
}
