import { FileQuestion } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGo, useLocation } from '../../app/location.ts';
import { Button } from '../../components/button.tsx';
import { copyText } from '../../components/copy-text.ts';
import { Select } from '../../components/field.tsx';
import { SegmentedControl } from '../../components/segmented-control.tsx';
import { EmptyState, ErrorState } from '../../components/states.tsx';
import { toast } from '../../components/toast.ts';
import { controls, usePlayer } from '../../live/use-player.ts';
import styles from './cluster-page.module.css';
import type { ClusterView } from './cluster-views.ts';
import { linkToHere } from './copy-link.ts';
import { FaultsPopover } from './faults-popover.tsx';
import { Health } from './health/health.tsx';
import { SaveReport } from './health/save-report.tsx';
import { Inspector } from './inspector/inspector.tsx';
import { LowerTabs } from './lower/lower-tabs.tsx';
import { SpaceTimeView } from './lower/space-time-view.tsx';
import { useFreshAges } from './provenance.tsx';
import { parseSelection } from './selection.ts';
import { ServerList } from './server-list.tsx';
import { LINK_FILTERS, type LinkFilter } from './stage/link-lines.ts';
import { StageArea } from './stage/stage-area.tsx';
import { StageLegend } from './stage-legend.tsx';
import { TableView } from './table-view.tsx';
import { useClusterView } from './use-cluster-view.ts';
import { NARROW, NO_COLUMN, useMedia } from './use-media.ts';
import { WaysButton } from './ways/ways-button.tsx';

/** The ensemble: its drawing with a legend, the tables below it, and an inspector for what is selected. */
export function ClusterPage() {
  const { t } = useTranslation('cluster');
  const { select } = useLocation();
  useEscape(select !== null);
  useReplays();
  useFreshAges();
  const isSheet = useMedia(NO_COLUMN);
  const selection = parseSelection(select);
  const { view } = useClusterView();
  const { isKnown, error } = usePlayer((view) => ({ isKnown: view.info !== null, error: view.error }));
  if (error !== null && !isKnown) return <ErrorState title={t('state.failed')} error={error} />;
  return (
    <div className={styles.page}>
      <ClusterMain />
      {!isSheet && view !== 'health' && (
        <div className={styles.side}>
          <Inspector />
        </div>
      )}
      {isSheet && selection !== null && isKnown && view !== 'health' && <InspectorSheet />}
    </div>
  );
}

/** Lets the escape key take back the selection, where nothing that is open takes it first. */
function useEscape(isSelected: boolean): void {
  const go = useGo();
  useEffect(() => {
    if (!isSelected) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) go({ select: null });
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [isSelected, go]);
}

function ClusterMain() {
  const { t } = useTranslation('cluster');
  const { view, views, first } = useClusterView();
  const go = useGo();
  const [filter, setFilter] = useState<LinkFilter>('auto');
  const isNarrow = useMedia(NARROW);
  return (
    <div className={styles.main}>
      <header className={styles.bar}>
        <h1>{t('title')}</h1>
        <SegmentedControl
          label={t('view.title')}
          value={view}
          segments={views.map((value) => ({ value, label: t(`view.${value}`) }))}
          onChange={(value) => go({ view: value === first ? null : value })}
        />
        <WaysButton />
        <span className={styles.push} />
        {view === 'ring' && !isNarrow && (
          <Select
            label={t('filter.title')}
            hideLabel
            variant="quiet"
            value={filter}
            options={LINK_FILTERS.map((value) => ({ value, label: t(`filter.${value}`) }))}
            onChange={setFilter}
          />
        )}
        <FaultsPopover />
        {view === 'health' && !isNarrow && <SaveReport />}
        {!isNarrow && <CopyLink />}
      </header>
      <ShownView view={view} filter={filter} isNarrow={isNarrow} />
    </div>
  );
}

function ShownView({
  view,
  filter,
  isNarrow,
}: {
  readonly view: ClusterView;
  readonly filter: LinkFilter;
  readonly isNarrow: boolean;
}) {
  const { t } = useTranslation('cluster');
  const { isLoading, isEmpty } = usePlayer((player) => ({
    isLoading: player.info === null,
    isEmpty: Object.keys(player.state.servers).length === 0,
  }));
  if (isLoading) return <StageSkeleton />;
  if (view === 'health') return <Health />;
  if (isEmpty) {
    return (
      <EmptyState title={t('state.empty')} icon={<FileQuestion size={28} strokeWidth={1.25} />}>
        {t('state.emptyHint')}
      </EmptyState>
    );
  }
  if (view === 'table') return <TableView />;
  if (view === 'spacetime') return <SpaceTimeView full />;
  if (isNarrow) {
    return (
      <div className={styles.scroll}>
        <StageArea filter={filter} isNarrow />
        <ServerList />
        <div className={styles.lowerNarrow}>
          <LowerTabs />
        </div>
      </div>
    );
  }
  return (
    <>
      <StageArea filter={filter} />
      <StageLegend />
      <div className={styles.lower}>
        <LowerTabs />
      </div>
    </>
  );
}

/** Copies the address of what is seen, with the instant: another person opens the same picture. */
function CopyLink() {
  const { t } = useTranslation('cluster');
  const instant = usePlayer((view) => (view.mode === 'live' ? null : view.state.n));
  const copy = async () => {
    const isCopied = await copyText(linkToHere(instant));
    toast(isCopied ? 'ok' : 'error', t(isCopied ? 'copyLink.done' : 'copyLink.failed'));
  };
  return <Button onClick={() => void copy()}>{t('copyLink.button')}</Button>;
}

function InspectorSheet() {
  const { t } = useTranslation('cluster');
  const go = useGo();
  return (
    <Dialog.Root open modal={false} onOpenChange={(isOpen) => isOpen || go({ select: null })}>
      <Dialog.Portal>
        <Dialog.Content
          className={styles.sheet}
          aria-describedby={undefined}
          onOpenAutoFocus={(event) => {
            // The sheet itself is read from its beginning, not from its first button.
            event.preventDefault();
            if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus();
          }}
          onInteractOutside={(event) => event.preventDefault()}
        >
          <Dialog.Title className="visually-hidden">{t('inspector')}</Dialog.Title>
          <Inspector />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function StageSkeleton() {
  const { t } = useTranslation('cluster');
  return (
    <div className={styles.skeleton} role="status" aria-label={t('state.loading')}>
      {[1, 2, 3].map((card) => (
        <span key={card} />
      ))}
    </div>
  );
}

/** Elections replay where they are drawn, which is here. */
function useReplays(): void {
  useEffect(() => {
    controls.allowReplay(true);
    return () => controls.allowReplay(false);
  }, []);
}
