import type { Possibility } from '@vivarium/labs/history';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { useLab } from '../lab-store.ts';
import { useSay } from '../use-say.ts';

/** Names what can be done: by the protocol's own words where it has some, else by the action's. */
export function useActionText(): (possibility: Possibility) => string {
  const { t } = useTranslation('labsStage');
  const say = useSay();
  return useCallback(
    ({ action, text }) => {
      if (action.do === 'fire') return t('action.fire', { timer: text === null ? action.timer : say(text) });
      return text === null ? t(`action.${action.do}`) : say(text);
    },
    [t, say],
  );
}

/** Says which assumption of the protocol something breaks; null where it breaks none. */
export function useBreaksText(): (breaks: string | null) => string | null {
  const { t } = useTranslation('labsStage');
  const say = useSay();
  const assumptions = useLab(({ protocol }) => protocol.assumptions);
  return useCallback(
    (breaks) => {
      if (breaks === null) return null;
      const assumption = assumptions[breaks];
      return t('breaks', { assumption: assumption === undefined ? breaks : say(assumption) });
    },
    [t, say, assumptions],
  );
}
