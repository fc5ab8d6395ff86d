/** Texts of the namespace `inspect`, which the inspector, the tabs below the drawing and the space–time diagram share. */
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';

export type TextParams = Readonly<Record<string, string | number>>;

/** The text of a key in the reader's language. */
export type Translate = (key: string, params?: TextParams) => string;

/** The texts of `inspect` in the chosen language. */
export function useText(): Translate {
  const { t } = useTranslation('inspect');
  return useCallback<Translate>((key, params) => t(key, { ...params }), [t]);
}

/** Names in a row as the language joins them: `1, 2 and 3`. */
export function listText(t: Translate, items: readonly (string | number)[]): string {
  const last = items.at(-1);
  if (last === undefined) return t('none');
  if (items.length === 1) return String(last);
  return t('list', { rest: items.slice(0, -1).join(t('listComma')), last });
}
