import i18next from 'i18next';
import { toast } from '../../components/toast.ts';
import { lab } from './lab-store.ts';

/** A history of a few actions is some kB; what is much larger is no history. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** Opens the history that a file holds: it is run again, and compared. */
export async function loadHistory(file: File): Promise<void> {
  if (file.size > MAX_FILE_BYTES) toast('error', i18next.t('labs:history.tooLarge'));
  else await lab.importHistory(await file.text());
}
