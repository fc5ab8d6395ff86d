import i18next from 'i18next';
import { toast } from '../../components/toast.ts';
import type { LabFailure } from './engine/lab-messages.ts';
import { failureText } from './lab-failure.ts';

export type LabNews =
  | { readonly kind: 'branchDropped' }
  | { readonly kind: 'nothingShorter' }
  | { readonly kind: 'failed'; readonly failure: LabFailure };

/** Tells the viewer what happened behind the scenes, in the corner. */
export function tellNews(news: LabNews): void {
  const t = i18next.getFixedT(null, 'labs');
  if (news.kind === 'branchDropped') toast('notice', t('branches.dropped'));
  else if (news.kind === 'nothingShorter') toast('notice', t('goals.nothingShorter'));
  else toast('error', failureText(t, news.failure));
}
