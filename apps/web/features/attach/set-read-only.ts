import { errorSentence } from '@vivarium/shared/contract/errors';
import type { Language } from '../../components/format.ts';
import { toast } from '../../components/toast.ts';
import { ApiFailure, api } from '../../live/api.ts';

/** Closes a cluster for changes, or opens it; what speaks against it is said in the corner. */
export async function setReadOnly(cluster: string, readOnly: boolean, language: Language): Promise<void> {
  try {
    await api.put(`api/clusters/${encodeURIComponent(cluster)}/read-only`, { readOnly });
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    toast('error', errorSentence(error.error.code, error.error.params, language));
  }
}
