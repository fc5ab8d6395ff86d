import type { ServerView } from '@vivarium/shared/cluster-state';
import type { ServerAction } from '@vivarium/shared/contract/rest';
import { CirclePause, CirclePlay, EllipsisVertical, Link2, Power, RotateCw, Skull, Unplug, Zap } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from '../../../app/location.ts';
import { Button } from '../../../components/button.tsx';
import { Menu, type MenuEntry } from '../../../components/menu.tsx';
import { useLanguage } from '../../../i18n/i18n.ts';
import { controls, usePlayer } from '../../../live/use-player.ts';
import { actOnServer, serverActions } from '../actions.ts';
import styles from './server-card.module.css';

const ICON = { size: 14, strokeWidth: 1.5, 'aria-hidden': true } as const;

const ICONS: Readonly<Record<ServerAction, ReactNode>> = {
  kill: <Skull {...ICON} />,
  stop: <Power {...ICON} />,
  start: <Zap {...ICON} />,
  restart: <RotateCw {...ICON} />,
  pause: <CirclePause {...ICON} />,
  resume: <CirclePlay {...ICON} />,
  isolate: <Unplug {...ICON} />,
  heal: <Link2 {...ICON} />,
};

/** What can be done to a server now. In the past it says so and offers the way back. */
export function ServerMenu({ server }: { readonly server: ServerView }) {
  const { t } = useTranslation('cluster');
  const language = useLanguage();
  const { cluster } = useLocation();
  const { capabilities, isLive, links } = usePlayer((view) => ({
    capabilities: view.info?.capabilities ?? null,
    isLive: view.mode === 'live',
    links: view.latest.links,
  }));
  const actions = capabilities === null ? [] : serverActions(server, links, capabilities);
  if (actions.length === 0) return null;
  const entries: MenuEntry[] = actions.map((action) => ({
    kind: 'item',
    key: action,
    label: t(`action.${action}`),
    note: t(`actionNote.${action}`),
    icon: ICONS[action],
    danger: action === 'kill',
    disabled: !isLive,
    onSelect: () => void actOnServer(cluster, server.sid, action, language),
  }));
  if (!isLive) {
    entries.unshift(
      { kind: 'item', key: 'live', label: t('past.goLive'), note: t('past.note'), onSelect: () => controls.goLive() },
      { kind: 'separator', key: 'line' },
    );
  }
  const label = t('card.menu', { sid: server.sid });
  return (
    <Menu
      align="end"
      label={label}
      trigger={
        // Without a tooltip: it would open again whenever the menu gives the focus back.
        <Button variant="quiet" className={styles.menuButton} aria-label={label}>
          <EllipsisVertical {...ICON} />
        </Button>
      }
      entries={entries}
    />
  );
}
