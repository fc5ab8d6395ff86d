import { Ellipsis } from 'lucide-react';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../components/button.tsx';
import { Menu } from '../../../components/menu.tsx';
import { saveFile } from '../../../components/save-file.ts';
import { toast } from '../../../components/toast.ts';
import { lab, useLab } from '../lab-store.ts';
import styles from './lab-header.module.css';

/** A history of a few actions is some kB; what is much larger is no history. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** The history as a file, and back. */
export function HistoryMenu() {
  const { t } = useTranslation('labs');
  const file = useRef<HTMLInputElement>(null);
  const scenario = useLab(({ info }) => info.id);
  const save = async () => {
    const text = await lab.exportHistory();
    if (text !== null) saveFile(`${scenario}.json`, new TextEncoder().encode(text));
  };
  const load = async (chosen: File | undefined) => {
    if (chosen === undefined) return;
    if (chosen.size > MAX_FILE_BYTES) toast('error', t('history.tooLarge'));
    else await lab.importHistory(await chosen.text());
  };
  return (
    <>
      <Menu
        align="end"
        label={t('history.title')}
        entries={[
          {
            kind: 'item',
            key: 'save',
            label: t('history.save'),
            note: t('history.saveNote'),
            onSelect: () => void save(),
          },
          {
            kind: 'item',
            key: 'load',
            label: t('history.load'),
            note: t('history.loadNote'),
            onSelect: () => file.current?.click(),
          },
        ]}
        trigger={
          <Button variant="quiet" aria-label={t('history.title')}>
            <Ellipsis size={16} strokeWidth={1.5} aria-hidden />
          </Button>
        }
      />
      <input
        ref={file}
        className={styles.file}
        type="file"
        accept="application/json,.json"
        aria-hidden
        tabIndex={-1}
        onChange={(event) => {
          void load(event.target.files?.[0]);
          event.target.value = '';
        }}
      />
    </>
  );
}
