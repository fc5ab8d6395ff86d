import type { Text } from '@vivarium/labs/text';
import { useCallback } from 'react';
import { useLanguage } from '../../i18n/i18n.ts';

/** Says a text of a protocol or a scenario in the language of the page. */
export function useSay(): (text: Text) => string {
  const language = useLanguage();
  return useCallback((text) => text[language], [language]);
}
