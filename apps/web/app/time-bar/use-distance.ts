import { useTranslation } from 'react-i18next';
import { formatDuration, languageTags } from '../../components/format.ts';
import { useLanguage } from '../../i18n/i18n.ts';
import { usePlayer } from '../../live/use-player.ts';

/** Below a minute a tenth of a second is told, above it whole seconds: more would only flicker. */
function readable(ms: number): number {
  const step = ms < 1_000 ? 1 : ms < 60_000 ? 100 : 1_000;
  return Math.round(ms / step) * step;
}

/** How far the shown instant is from the newest one, in words; empty while nothing is known. */
export function useDistance(): string {
  const { t } = useTranslation('frame');
  const language = useLanguage();
  const { isKnown, connection, behindMs, day, hasLive } = usePlayer((view) => ({
    isKnown: view.info !== null,
    behindMs: view.mode === 'live' ? null : readable(Math.max(0, view.liveMs - view.headMs)),
    day: Math.floor(view.headWallMs / 86_400_000),
    connection: view.connection,
    hasLive: view.info?.capabilities.live ?? true,
  }));
  if (!isKnown) return '';
  if (behindMs !== null) {
    const behind = formatDuration(behindMs, language);
    return hasLive ? t('timeBar.behindLive', { behind }) : t('timeBar.beforeEnd', { behind });
  }
  if (connection !== 'connected') return t(`feed.${connection}`);
  const date = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : languageTags.zh, {
    day: 'numeric',
    month: 'long',
    timeZone: 'UTC',
  }).format(day * 86_400_000);
  return t(hasLive ? 'timeBar.liveOn' : 'timeBar.endOn', { date });
}
