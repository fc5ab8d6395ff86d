import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { ChevronDown, Plus, Search, Trash2 } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from '../../components/button.tsx';
import { classNames } from '../../components/class-names.ts';
import { Kbd } from '../../components/kbd.tsx';
import { Menu, type MenuEntry } from '../../components/menu.tsx';
import { openAttachDialog } from '../../features/attach/attach-dialogs.ts';
import { ReadOnlySwitch } from '../../features/attach/read-only-switch.tsx';
import { useLanguage } from '../../i18n/i18n.ts';
import { usePlayer } from '../../live/use-player.ts';
import { useGo, useLocation } from '../location.ts';
import { BrandMark } from './brand.tsx';
import { HealthView } from './health-view.tsx';
import { LanguageMenu, MoreMenu, ThemeMenu } from './look-menus.tsx';
import { PlaceLink } from './place-link.tsx';
import { Readings } from './readings.tsx';
import { shortcutKey } from './shortcut.ts';
import { sourceName } from './source-name.ts';
import styles from './top-bar.module.css';

const LabSummary = lazy(async () => ({
  default: (await import('../../features/labs/labs-in-application.tsx')).LabSummaryInApplication,
}));

interface TopBarProps {
  readonly sources: readonly ClusterInfo[];
  readonly onPalette: () => void;
}

/** The bar above every page of a wide window. */
export function TopBar({ sources, onPalette }: TopBarProps) {
  const { t } = useTranslation('frame');
  const isLabs = useLocation().page === 'labs';
  return (
    <header className={styles.bar}>
      <PlaceLink className={styles.brand} to={{ page: 'cluster' }} aria-label="Vivarium">
        <BrandMark />
        <span>Vivarium</span>
      </PlaceLink>
      {isLabs ? (
        <Suspense fallback={<div className={styles.filler} />}>
          <LabSummary narrow={false} />
        </Suspense>
      ) : (
        <>
          <Switcher sources={sources} />
          <div className={styles.health}>
            <HealthView />
          </div>
          <Readings />
        </>
      )}
      <div className={styles.tools}>
        {!isLabs && <ReadOnlySwitch />}
        <Button variant="quiet" onClick={onPalette} aria-keyshortcuts="Control+K Meta+K">
          <Search size={15} strokeWidth={1.5} aria-hidden />
          <span className="visually-hidden">{t('palette.open')}</span>
          <Kbd>{shortcutKey('K')}</Kbd>
        </Button>
        <LanguageMenu />
        <ThemeMenu />
      </div>
    </header>
  );
}

/** The bar of a phone: what does not fit is in one menu. */
export function NarrowTopBar({ sources, onPalette }: TopBarProps) {
  const { t } = useTranslation('frame');
  const isLabs = useLocation().page === 'labs';
  return (
    <header className={classNames(styles.bar, styles.narrow)}>
      <BrandMark />
      {isLabs ? (
        <Suspense fallback={<div className={styles.filler} />}>
          <LabSummary narrow />
        </Suspense>
      ) : (
        <Switcher sources={sources} />
      )}
      <div className={styles.tools}>
        {!isLabs && <ReadOnlySwitch compact />}
        <IconButton label={t('palette.open')} icon={<Search size={18} strokeWidth={1.5} />} onClick={onPalette} />
        <MoreMenu />
      </div>
    </header>
  );
}

/** Health and readings of a phone, under its bar; the explorer has room for the health alone. */
export function NarrowSummary() {
  const { t } = useTranslation('frame');
  const { page } = useLocation();
  return (
    <section className={styles.summary} aria-label={t('frame.health')}>
      <HealthView wrap />
      {page === 'cluster' && <Readings compact />}
    </section>
  );
}

function Switcher({ sources }: { readonly sources: readonly ClusterInfo[] }) {
  const { t } = useTranslation('frame');
  const { t: attach } = useTranslation('attach');
  const language = useLanguage();
  const { cluster } = useLocation();
  const go = useGo();
  const current = sources.find((source) => source.id === cluster);
  const entries: readonly MenuEntry[] = [
    ...sources.map((source) => ({
      kind: 'item' as const,
      key: source.id,
      label: sourceName(t, language, source),
      note: t(`sourceKind.${source.kind}`),
      checked: source.id === cluster,
      onSelect: () => go({ cluster: source.id }),
    })),
    { kind: 'separator', key: 'between' },
    {
      kind: 'item',
      key: 'add',
      label: attach('add.action'),
      icon: <Plus size={14} strokeWidth={1.5} aria-hidden />,
      onSelect: () => openAttachDialog({ kind: 'add' }),
    },
    ...(current?.kind === 'attached'
      ? [
          {
            kind: 'item' as const,
            key: 'remove',
            label: attach('remove.action', { name: current.name }),
            icon: <Trash2 size={14} strokeWidth={1.5} aria-hidden />,
            onSelect: () => openAttachDialog({ kind: 'remove', cluster: current }),
          },
        ]
      : []),
  ];
  return (
    <Menu
      label={t('frame.sources')}
      entries={entries}
      trigger={
        <button type="button" className={styles.switcher}>
          <span className="visually-hidden">{t('frame.source')}</span>
          <b>{current === undefined ? cluster : sourceName(t, language, current)}</b>
          <ClusterAbout kind={current?.kind} />
          <ChevronDown className={styles.chevron} size={14} strokeWidth={1.5} aria-hidden />
        </button>
      }
    />
  );
}

/** What the cluster consists of. */
function ClusterAbout({ kind }: { readonly kind: ClusterInfo['kind'] | undefined }) {
  const { t } = useTranslation('frame');
  const { voters, observers } = usePlayer(({ state }) => {
    const servers = Object.values(state.servers);
    const watching = servers.filter((server) => server.member?.role === 'observer').length;
    return { voters: servers.length - watching, observers: watching };
  });
  if (kind === undefined) return null;
  const parts = [t(`sourceKind.${kind}`)];
  if (voters > 0) parts.push(t('frame.voters', { count: voters }));
  if (observers > 0) parts.push(t('frame.observers', { count: observers }));
  return <span className={styles.about}>{parts.join(t('common.comma'))}</span>;
}
