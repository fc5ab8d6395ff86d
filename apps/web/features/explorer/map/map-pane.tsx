import { parentOf } from '@vivarium/shared/path';
import { CornerLeftUp, Table2 } from 'lucide-react';
import { type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGo } from '../../../app/location.ts';
import { Button, IconButton } from '../../../components/button.tsx';
import { classNames } from '../../../components/class-names.ts';
import { SegmentedControl } from '../../../components/segmented-control.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../../components/states.tsx';
import { useLanguage } from '../../../i18n/i18n.ts';
import { figureText } from './cell-text.ts';
import { layOut, MEASURES, type Measure, shadedBy } from './icicle.ts';
import styles from './map.module.css';
import { MapDrawing } from './map-drawing.tsx';
import { MapTable } from './map-table.tsx';
import { useSubtree } from './use-subtree.ts';

/** Wider than this there is room for one level more. */
const WIDE_PX = 360;

/** The map of a subtree: what is large, what has many znodes, what is written to often. */
export function MapPane({
  cluster,
  root,
  by,
  selected,
  onGo,
  onRoot,
  onBy,
}: {
  readonly cluster: string;
  /** The znode that the map is of. */
  readonly root: string;
  readonly by: Measure;
  readonly selected: string;
  readonly onGo: (path: string) => void;
  readonly onRoot: (path: string) => void;
  readonly onBy: (by: Measure) => void;
}) {
  const { t } = useTranslation('explorer');
  const language = useLanguage();
  const [asTable, setAsTable] = useState(false);
  const space = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(space);
  const depth = width > WIDE_PX ? 3 : 2;
  const { map, failure, retry } = useSubtree(cluster, root, by, depth);
  const cells = useMemo(() => (map === null || height === 0 ? [] : layOut(map, by, height)), [map, by, height]);
  const shade = shadedBy(by);
  const darkest =
    map === null ? null : map.children.reduce((most, child) => (child[shade] > most[shade] ? child : most), NONE);
  const isGone = failure?.error.code === 'noNode';
  return (
    <section className={styles.pane} aria-label={t('map.pane')}>
      <header className={styles.head}>
        <h2 className={styles.title} title={root}>
          {t('map.of')} <b>{root}</b>
        </h2>
        <IconButton
          label={t('map.up')}
          icon={<CornerLeftUp size={15} strokeWidth={1.5} />}
          disabled={root === '/'}
          onClick={() => onRoot(parentOf(root))}
        />
        <IconButton
          label={t('map.asTable')}
          icon={<Table2 size={15} strokeWidth={1.5} />}
          aria-pressed={asTable}
          onClick={() => setAsTable(!asTable)}
        />
      </header>
      <div className={styles.by}>
        <SegmentedControl
          label={t('map.byLabel')}
          value={by}
          segments={MEASURES.map((value) => ({ value, label: t(`map.by.${value}`) }))}
          onChange={onBy}
        />
      </div>
      <div ref={space} className={classNames(styles.space, asTable && styles.scrolls)}>
        {map === null ? (
          failure === null ? (
            <Skeleton lines={10} />
          ) : (
            <ErrorState
              title={t(isGone ? 'map.gone' : 'map.failed')}
              error={failure.error}
              onRetry={isGone ? () => onRoot('/') : retry}
            />
          )
        ) : asTable ? (
          <MapTable map={map} by={by} selected={selected} onGo={onGo} />
        ) : map[by] === 0 || map.znodes === 1 ? (
          <EmptyState title={t(map.znodes === 1 ? 'map.leaf' : `map.none.${by}`)}>{t('map.noneText')}</EmptyState>
        ) : (
          <MapDrawing
            cells={cells}
            by={by}
            selected={selected}
            onGo={onGo}
            onRoot={(path) => onRoot(path ?? (root === '/' ? root : parentOf(root)))}
          />
        )}
      </div>
      <footer className={styles.foot}>
        <span>{t('map.height', { measure: t(`map.by.${by}`) })}</span>
        {darkest !== null && (
          <span className={styles.scale}>
            {t('map.shade', { measure: t(`map.by.${shade}`) })} {figureText(0, shade, language)}
            <span className={styles.shades} aria-hidden>
              {[0, 1, 2, 3, 4].map((level) => (
                <i key={level} style={{ background: `var(--heat-${level})` }} />
              ))}
            </span>
            {figureText(darkest[shade], shade, language)}
          </span>
        )}
      </footer>
    </section>
  );
}

const NONE = { znodes: 0, bytes: 0, writes: 0 };

/** In the place of the map where there is none: of what it would be made, or that it is of the present only. */
export function MapAbsent({ why }: { readonly why: 'noMirror' | 'past' }) {
  const { t } = useTranslation('explorer');
  const go = useGo();
  return (
    <section className={styles.pane} aria-label={t('map.pane')}>
      <EmptyState
        title={t(`map.absent.${why}`)}
        actions={why === 'noMirror' && <Button onClick={() => go({ page: 'cluster' })}>{t('map.absent.ways')}</Button>}
      >
        {t(`map.absent.${why}Text`)}
      </EmptyState>
    </section>
  );
}

/** How large an element is, followed as it changes. */
function useSize(of: RefObject<HTMLElement | null>): { readonly width: number; readonly height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const element = of.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    return () => observer.disconnect();
  }, [of]);
  return size;
}
