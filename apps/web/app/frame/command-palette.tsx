import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { Command } from 'cmdk';
import {
  Clock,
  Database,
  FolderTree,
  Languages,
  Lock,
  LockOpen,
  Palette as PaletteIcon,
  Pause,
  Play,
  Plus,
  Radio,
  Server,
  Trash2,
  Zap,
} from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../components/dialog.tsx';
import { formatTimeOfDay } from '../../components/format.ts';
import { openAttachDialog } from '../../features/attach/attach-dialogs.ts';
import { setReadOnly } from '../../features/attach/set-read-only.ts';
import { actOnServer, serverActions } from '../../features/cluster/actions.ts';
import { formatSelection } from '../../features/cluster/selection.ts';
import { setLanguage, useLanguage } from '../../i18n/i18n.ts';
import { controls, currentView, usePlayer } from '../../live/use-player.ts';
import { useGo, useLocation } from '../location.ts';
import { setTheme, themeChoices } from '../theme.ts';
import styles from './command-palette.module.css';
import { pageEntries } from './pages.tsx';
import { sourceName } from './source-name.ts';

const MAX_MARKS_OFFERED = 12;
const ICON = { size: 15, strokeWidth: 1.5 } as const;

interface Entry {
  readonly key: string;
  readonly icon: ReactNode;
  readonly label: string;
  readonly note?: string;
  /** More words that find it. */
  readonly words?: readonly string[];
  readonly run: () => void;
}

/** One field to go anywhere and do anything: what is typed is looked for in the names of all of it. */
export function CommandPalette({
  sources,
  onClose,
}: {
  readonly sources: readonly ClusterInfo[];
  readonly onClose: () => void;
}) {
  const { t } = useTranslation('frame');
  const [text, setText] = useState('');
  const groups = useGroups(sources, text);
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t('palette.title')}>
      <Command className={styles.command} label={t('palette.title')} loop>
        <Command.Input
          className={styles.input}
          value={text}
          onValueChange={setText}
          placeholder={t('palette.placeholder')}
          autoFocus
        />
        <Command.List className={styles.list} label={t('palette.results')}>
          <Command.Empty className={styles.empty}>{t('palette.empty')}</Command.Empty>
          {groups.map(
            ({ key, heading, entries }) =>
              entries.length > 0 && (
                <Command.Group key={key} heading={heading}>
                  {entries.map((entry) => (
                    <Command.Item
                      key={entry.key}
                      className={styles.item}
                      value={entry.key}
                      keywords={[entry.label, ...(entry.words ?? [])]}
                      onSelect={() => {
                        onClose();
                        entry.run();
                      }}
                    >
                      {entry.icon}
                      {entry.label}
                      {entry.note !== undefined && <span className={styles.note}>{entry.note}</span>}
                    </Command.Item>
                  ))}
                </Command.Group>
              ),
          )}
        </Command.List>
      </Command>
    </Dialog>
  );
}

interface Group {
  readonly key: string;
  readonly heading: string;
  readonly entries: readonly Entry[];
}

function useGroups(sources: readonly ClusterInfo[], text: string): readonly Group[] {
  const { t } = useTranslation('frame');
  const language = useLanguage();
  const go = useGo();
  const { cluster } = useLocation();
  return [
    {
      key: 'go',
      heading: t('palette.go'),
      entries: [
        ...pathEntries(
          text,
          (path) => t('palette.openPath', { path }),
          (path) => go({ page: 'explorer', path }),
        ),
        ...pageEntries.map((entry) => ({
          key: `page ${entry.page}`,
          icon: <entry.Icon {...ICON} />,
          label: t(entry.name),
          run: () => go({ page: entry.page, lab: null }),
        })),
        ...sources
          .filter((source) => source.id !== cluster)
          .map((source) => ({
            key: `source ${source.id}`,
            icon: <Database {...ICON} />,
            label: sourceName(t, language, source),
            note: t(`sourceKind.${source.kind}`),
            run: () => go({ cluster: source.id }),
          })),
      ],
    },
    ...useServerGroups(),
    { key: 'clusters', heading: t('frame.sources'), entries: useClusterEntries(sources) },
    { key: 'time', heading: t('palette.time'), entries: useTimeEntries() },
    { key: 'page', heading: t('palette.page'), entries: useLookEntries() },
  ];
}

/** What begins with a slash is the path of a znode; cmdk is to find it whatever else matches. */
function pathEntries(text: string, label: (path: string) => string, open: (path: string) => void): readonly Entry[] {
  const path = text.trim();
  if (!path.startsWith('/')) return [];
  return [
    {
      key: `path ${path}`,
      icon: <FolderTree {...ICON} />,
      label: label(path),
      words: [path],
      run: () => open(path),
    },
  ];
}

function useServerGroups(): readonly Group[] {
  const { t } = useTranslation('frame');
  const language = useLanguage();
  const go = useGo();
  const { latest, info } = usePlayer((view) => ({ latest: view.latest, info: view.info }));
  const servers = Object.values(latest.servers);
  return [
    {
      key: 'servers',
      heading: t('palette.servers'),
      entries: servers.map(({ sid }) => ({
        key: `server ${sid}`,
        icon: <Server {...ICON} />,
        label: t('palette.showServer', { sid }),
        run: () => go({ page: 'cluster', select: formatSelection({ kind: 'server', sid }) }),
      })),
    },
    {
      key: 'actions',
      heading: t('palette.actions'),
      entries: servers.flatMap((server) => {
        const actions = info === null ? [] : serverActions(server, latest.links, info.capabilities);
        return actions.map((action) => ({
          key: `${action} ${server.sid}`,
          icon: <Zap {...ICON} />,
          label: t(`palette.action.${action}`, { sid: server.sid }),
          run: () => void actOnServer(currentView().cluster, server.sid, action, language),
        }));
      }),
    },
  ];
}

/** What can be done to the list of clusters, and to one that somebody else runs. */
function useClusterEntries(sources: readonly ClusterInfo[]): readonly Entry[] {
  const { t: attach } = useTranslation('attach');
  const language = useLanguage();
  const { cluster } = useLocation();
  const info = usePlayer((view) => view.info);
  const entries: Entry[] = [
    {
      key: 'attach add',
      icon: <Plus {...ICON} />,
      label: attach('add.action'),
      words: ['attach', 'connect', '接入', '添加'],
      run: () => openAttachDialog({ kind: 'add' }),
    },
  ];
  const shown = sources.find(({ id }) => id === cluster);
  if (shown?.kind !== 'attached' || info?.attached == null) return entries;
  const { readOnly } = info.attached;
  entries.push(
    {
      key: 'attach switch',
      icon: readOnly ? <LockOpen {...ICON} /> : <Lock {...ICON} />,
      label: attach(readOnly ? 'switch.allow' : 'switch.forbid'),
      run: () =>
        readOnly ? openAttachDialog({ kind: 'allow', cluster: info }) : void setReadOnly(info.id, true, language),
    },
    {
      key: 'attach remove',
      icon: <Trash2 {...ICON} />,
      label: attach('remove.action', { name: shown.name }),
      run: () => openAttachDialog({ kind: 'remove', cluster: shown }),
    },
  );
  return entries;
}

function useTimeEntries(): readonly Entry[] {
  const { t } = useTranslation('frame');
  const { mode, autoReplay, marks } = usePlayer((view) => ({
    mode: view.mode,
    autoReplay: view.autoReplay,
    marks: view.latest.marks,
  }));
  const entries: Entry[] = [];
  if (mode !== 'live') {
    entries.push({ key: 'live', icon: <Radio {...ICON} />, label: t('timeBar.goLive'), run: () => controls.goLive() });
  }
  entries.push(
    mode === 'paused'
      ? { key: 'play', icon: <Play {...ICON} />, label: t('timeBar.play'), run: () => controls.play() }
      : { key: 'pause', icon: <Pause {...ICON} />, label: t('timeBar.pause'), run: () => controls.pause() },
    {
      key: 'autoReplay',
      icon: <Clock {...ICON} />,
      label: t(autoReplay ? 'palette.autoReplayOff' : 'palette.autoReplayOn'),
      run: () => controls.setAutoReplay(!autoReplay),
    },
    ...marks
      .slice(-MAX_MARKS_OFFERED)
      .reverse()
      .map((mark) => ({
        key: `mark ${mark.n}`,
        icon: <Clock {...ICON} />,
        label: t(`mark.${mark.kind}`, { sid: mark.sid }),
        note: formatTimeOfDay(mark.wallMs, 3),
        run: () => controls.seekToEvent(mark.n),
      })),
  );
  return entries;
}

function useLookEntries(): readonly Entry[] {
  const { t } = useTranslation('frame');
  const language = useLanguage();
  const other = language === 'zh' ? 'en' : 'zh';
  return [
    {
      key: 'language',
      icon: <Languages {...ICON} />,
      // In the language that it leads to.
      label: other === 'zh' ? '简体中文' : 'English',
      words: ['language', 'chinese', 'english', '语言', '中文', '英文'],
      run: () => void setLanguage(other),
    },
    ...themeChoices.map((choice) => ({
      key: `theme ${choice}`,
      icon: <PaletteIcon {...ICON} />,
      label: t('palette.theme', { theme: t(`theme.${choice}`) }),
      words: ['theme'],
      run: () => setTheme(choice),
    })),
  ];
}
