import type { LinkView } from '@vivarium/shared/cluster-state';
import type { LinkFault } from '@vivarium/shared/link-fault';
import { useTranslation } from 'react-i18next';
import { useLocation } from '../../../app/location.ts';
import { Button } from '../../../components/button.tsx';
import { Menu, type MenuEntry } from '../../../components/menu.tsx';
import { useLanguage } from '../../../i18n/i18n.ts';
import { usePlayer } from '../../../live/use-player.ts';
import { setLinkFault } from '../actions.ts';
import styles from './stage.module.css';

const DELAYS_MS = [5, 50, 200, 1_000] as const;
const DROPS_PERCENT = [1, 10, 50] as const;

/** What can be done to the selected direction of a link, beside it. */
export function LinkToolbar({
  from,
  to,
  link,
}: {
  readonly from: number;
  readonly to: number;
  readonly link: LinkView | null;
}) {
  const { t } = useTranslation('cluster');
  const language = useLanguage();
  const { cluster } = useLocation();
  const canAct = usePlayer((view) => view.mode === 'live' && view.info?.capabilities.faults === true);
  if (!canAct) return null;
  const fault = link?.fault ?? null;
  const set = (next: LinkFault | null) => void setLinkFault(cluster, from, to, next, language);
  const choice = (key: string, label: string, next: LinkFault): MenuEntry => ({
    kind: 'item',
    key,
    label,
    onSelect: () => set(next),
  });
  return (
    <div className={styles.toolbar} role="toolbar" aria-label={t('link.name', { from, to })}>
      <span className={styles.toolbarName}>{`${from} → ${to}`}</span>
      <Button variant="quiet" disabled={fault?.kind === 'cut'} onClick={() => set({ kind: 'cut' })}>
        {t('link.cut')}
      </Button>
      <Menu
        trigger={<Button variant="quiet">{t('link.slow')}</Button>}
        entries={DELAYS_MS.map((delayMs) =>
          choice(String(delayMs), t('fault.slow', { ms: delayMs }), { kind: 'slow', delayMs }),
        )}
      />
      <Menu
        trigger={<Button variant="quiet">{t('link.drop')}</Button>}
        entries={DROPS_PERCENT.map((percent) =>
          choice(String(percent), t('fault.drop', { percent }), { kind: 'drop', percent }),
        )}
      />
      {fault !== null && (
        <Button variant="quiet" onClick={() => set(null)}>
          {t('link.heal')}
        </Button>
      )}
    </div>
  );
}
