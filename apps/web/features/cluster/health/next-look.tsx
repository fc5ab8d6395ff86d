import type { NextLook } from '@vivarium/shared/contract/health';
import { useTranslation } from 'react-i18next';
import { PlaceLink } from '../../../app/frame/place-link.tsx';
import { useLocation } from '../../../app/location.ts';
import { formatInstant, formatTimeOfDay } from '../../../components/format.ts';
import { useLanguage } from '../../../i18n/i18n.ts';
import { controls, currentView } from '../../../live/use-player.ts';
import { formatSelection } from '../selection.ts';
import type { WordAsker } from './findings.tsx';

/** A place where to look next, as a link in one line. */
export function NextLookLink({ look, onWord }: { readonly look: NextLook; readonly onWord: WordAsker }) {
  const { t } = useTranslation('health');
  const language = useLanguage();
  const { cluster } = useLocation();
  switch (look.kind) {
    case 'server':
      return (
        <PlaceLink
          to={{ cluster, page: 'cluster', view: 'ring', select: formatSelection({ kind: 'server', sid: look.sid }) }}
        >
          {t('next.server', { sid: look.sid })}
        </PlaceLink>
      );
    case 'znode':
      return (
        <PlaceLink to={{ cluster, page: 'explorer', path: look.path }} title={look.path}>
          {t('next.znode')}
        </PlaceLink>
      );
    case 'transactions': {
      const { path, session, fromMs } = look;
      const from = fromMs === null ? null : String(Math.floor(fromMs));
      const name = path !== null ? 'transactionsOfPath' : from !== null ? 'transactions' : 'transactionsAll';
      return <PlaceLink to={{ cluster, page: 'transactions', path, session, from }}>{t(`next.${name}`)}</PlaceLink>;
    }
    case 'instant':
      return (
        <button type="button" title={formatInstant(look.wallMs, language)} onClick={() => seekTo(look.wallMs)}>
          {t('next.instant', { time: formatTimeOfDay(look.wallMs).slice(0, 5) })}
        </button>
      );
    case 'words':
      return (
        <button type="button" onClick={() => onWord(look)}>
          {t('next.words', { word: look.word, sid: look.sid })}
        </button>
      );
  }
}

/** Goes to an instant of the wall clock; the time bar counts on the cluster's own clock. */
function seekTo(wallMs: number): void {
  const { liveMs, liveWallMs } = currentView();
  controls.seek(liveMs - (liveWallMs - wallMs));
}
