import i18next from 'i18next';
import { toast } from '../../components/toast.ts';
import type { LabNews } from './lab-actions.ts';
import { failureKey } from './lab-failure.ts';

/** Tells the viewer what happened behind the scenes, in the corner. */
export function tellNews(news: LabNews): void {
  if (news.kind === 'branchDropped') toast('notice', i18next.t('labs:branches.dropped'));
  else toast('error', i18next.t(`labs:${failureKey(news.failure)}`, news.failure.params));
}
