import { useQueryClient } from '@tanstack/react-query';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { classNames } from '../../components/class-names.ts';
import { useIsNarrow } from '../../components/use-media-query.ts';
import { useAttachDialog } from '../../features/attach/attach-dialogs.ts';
import { useLanguage } from '../../i18n/i18n.ts';
import { onClustersChanged } from '../../live/use-player.ts';
import { useLocation } from '../location.ts';
import { NarrowTimeBar, TimeBar } from '../time-bar/time-bar.tsx';
import styles from './frame.module.css';
import { Notices } from './notices.tsx';
import { PageView } from './page-view.tsx';
import { pageEntries } from './pages.tsx';
import { PlaceLink } from './place-link.tsx';
import { Rail } from './rail.tsx';
import { isShortcut } from './shortcut.ts';
import { sourceName } from './source-name.ts';
import { useSources } from './sources.ts';
import { NarrowSummary, NarrowTopBar, TopBar } from './top-bar.tsx';
import { useAddressInstant } from './use-address-instant.ts';
import { useShownCluster } from './use-shown-cluster.ts';

const CommandPalette = lazy(async () => ({ default: (await import('./command-palette.tsx')).CommandPalette }));

const NONE: readonly ClusterInfo[] = [];
const AttachDialogView = lazy(async () => ({
  default: (await import('../../features/attach/attach-dialog-views.tsx')).AttachDialogView,
}));

/** What surrounds every page: bars above and below, the pages at the left, the page itself. */
export function Frame() {
  const { t } = useTranslation('frame');
  const narrow = useIsNarrow();
  const { data, error } = useSources();
  const sources = data ?? NONE;
  const main = useRef<HTMLElement>(null);
  const [isPaletteOpen, setPaletteOpen] = usePalette();
  // The labs have a time of their own, and no cluster.
  const isLabs = useLocation().page === 'labs';
  useShownCluster(sources);
  useAddressInstant();
  useTitle(sources);
  useClustersChanged();
  const attachDialog = useAttachDialog();

  const bar = { sources, onPalette: () => setPaletteOpen(true) };
  const page = (
    <main ref={main} id="main" className={styles.main} tabIndex={-1}>
      <PageView sources={sources} sourcesError={error} areKnown={data !== undefined} />
    </main>
  );
  return (
    <>
      <Button className={styles.skip} onClick={() => main.current?.focus()}>
        {t('frame.skip')}
      </Button>
      {narrow ? (
        <div className={styles.narrowFrame}>
          <NarrowTopBar {...bar} />
          {!isLabs && <Notices />}
          {!isLabs && <NarrowSummary />}
          {page}
          {!isLabs && <NarrowTimeBar />}
          <PageTabs />
        </div>
      ) : (
        <div className={classNames(styles.frame, isLabs && styles.untimed)}>
          <div className={styles.top}>
            <TopBar {...bar} />
          </div>
          <div className={styles.notices}>{!isLabs && <Notices />}</div>
          <div className={styles.rail}>
            <Rail sources={sources} />
          </div>
          {page}
          {!isLabs && (
            <div className={styles.time}>
              <TimeBar />
            </div>
          )}
        </div>
      )}
      {attachDialog !== null && (
        <Suspense>
          <AttachDialogView dialog={attachDialog} sources={sources} />
        </Suspense>
      )}
      {isPaletteOpen && (
        <Suspense>
          <CommandPalette sources={sources} onClose={() => setPaletteOpen(false)} />
        </Suspense>
      )}
    </>
  );
}

/** The pages of a phone, at its bottom. */
function PageTabs() {
  const { t } = useTranslation('frame');
  const { page, cluster } = useLocation();
  return (
    <nav className={styles.tabs} aria-label={t('frame.pages')}>
      {pageEntries.map((entry) => (
        <PlaceLink
          key={entry.page}
          className={styles.tab}
          to={{ page: entry.page, lab: null }}
          {...(page === entry.page && (cluster !== '' || page === 'labs') && { 'aria-current': 'page' as const })}
        >
          <entry.Icon size={18} strokeWidth={1.4} />
          {t(entry.name)}
        </PlaceLink>
      ))}
    </nav>
  );
}

/** Whether the command palette is open; its shortcut opens and closes it from anywhere. */
function usePalette(): readonly [boolean, (open: boolean) => void] {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      if (!isShortcut(event, 'k')) return;
      event.preventDefault();
      setOpen((before) => !before);
    };
    // Before an editor takes the key.
    window.addEventListener('keydown', listener, { capture: true });
    return () => window.removeEventListener('keydown', listener, { capture: true });
  }, []);
  return [open, setOpen];
}

/** Somebody has added or removed a cluster: the list is asked for anew. */
function useClustersChanged(): void {
  const queries = useQueryClient();
  useEffect(() => onClustersChanged(() => void queries.invalidateQueries({ queryKey: ['sources'] })), [queries]);
}

function useTitle(sources: readonly ClusterInfo[]): void {
  const { t } = useTranslation('frame');
  const language = useLanguage();
  const { cluster, page } = useLocation();
  const source = sources.find(({ id }) => id === cluster);
  const name = source === undefined ? cluster : sourceName(t, language, source);
  const title = [t(`pages.${page}`), name, 'Vivarium'].filter((part) => part !== '').join(' · ');
  useEffect(() => {
    document.title = title;
  }, [title]);
}
