import { useTranslation } from 'react-i18next';
import type { Headline } from '../../../app/health-report/headline.ts';
import { formatTimeOfDay } from '../../../components/format.ts';

/** Small numbers are written as words where the language has them. */
const MAX_WORD = 9;

/** The headline as a sentence. */
export function useHeadline(): (headline: Headline) => string {
  const { t } = useTranslation('health');
  const number = (count: number) => (count >= 1 && count <= MAX_WORD ? t(`number.${count}`) : String(count));
  return ({ wrong, coming, firstMs, isUnknown }) => {
    if (isUnknown) return t('headline.unknown');
    if (wrong === 0 && coming === 0) return t('headline.nothing');
    if (wrong === 0) return t('headline.onlyComing', { count: coming, number: number(coming) });
    const what = capital(t('headline.wrong', { count: wrong, number: number(wrong) }));
    const since =
      firstMs === null
        ? what
        : t(wrong === 1 ? 'headline.since' : 'headline.firstSince', { what, time: formatTimeOfDay(firstMs) });
    if (coming === 0) return since;
    return t('headline.both', {
      wrong: since,
      coming: t('headline.coming', { count: coming, number: number(coming) }),
    });
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
