import type { TFunction } from 'i18next';
import type { LabFailure } from './engine/lab-messages.ts';

/** What went wrong, as a sentence. */
export function failureText(t: TFunction<'labs'>, { code, params }: LabFailure): string {
  const { reason = '', why = '' } = params;
  switch (code) {
    case 'engine':
    case 'defect':
    case 'settings':
      return [t(`failure.${code}`), reason].filter((part) => part !== '').join(' ');
    case 'refused':
      return t('failure.refused', { ...params, why: t(`refusal.${String(why)}`) });
    default:
      return t(`failure.${code}`, params);
  }
}
