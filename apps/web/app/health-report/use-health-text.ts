import { useTranslation } from 'react-i18next';
import type { HealthText } from './finding-text.ts';

/** The texts of `health` for a view whose own are in another namespace. */
export function useHealthText(): HealthText {
  return useTranslation('health').t;
}
