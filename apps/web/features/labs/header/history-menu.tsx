import { Ellipsis } from 'lucide-react';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../components/button.tsx';
import { Menu } from '../../../components/menu.tsx';
import { saveFile } from '../../../components/save-file.ts';
import { lab, useLab } from '../lab-store.ts';
import { loadHistory } from '../load-history.ts';
import styles from './lab-header.module.css';

/** The history as a file, and back. */
export function HistoryMenu() {
  const { t } = useTranslation('labs');
  const file = useRef<HTMLInputElement>(null);
  const scenario = useLab(({ info }) => info.id);
  const save = async () => {
    const text = await lab.exportHistory();
    if (text !== null) saveFile(`${scenario}.json`, new TextEncoder().encode(text));
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
          const chosen = event.target.files?.[0];
          if (chosen !== undefined) void loadHistory(chosen);
          event.target.value = '';
        }}
      />
    </>
  );
}
