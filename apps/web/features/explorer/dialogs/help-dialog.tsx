import { useTranslation } from 'react-i18next';
import { Dialog } from '../../../components/dialog.tsx';
import { Kbd } from '../../../components/kbd.tsx';
import styles from './dialogs.module.css';

const KEYS = [
  { keys: ['↑', '↓'], name: 'move' },
  { keys: ['→', '←'], name: 'openClose' },
  { keys: ['Home', 'End'], name: 'ends' },
  { keys: ['PgUp', 'PgDn'], name: 'page' },
  { keys: ['a…z'], name: 'type' },
  { keys: ['Enter'], name: 'open' },
  { keys: ['/'], name: 'find' },
  { keys: ['e'], name: 'edit' },
  { keys: ['Ctrl S', '⌘ S'], name: 'save' },
  { keys: ['Esc'], name: 'leave' },
  { keys: ['n'], name: 'new' },
  { keys: ['Del'], name: 'delete' },
  { keys: ['h'], name: 'history' },
  { keys: ['.'], name: 'more' },
  { keys: ['r'], name: 'reload' },
  { keys: ['?'], name: 'help' },
] as const;

/** The keys of the page. */
export function HelpDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation('explorer');
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={t('help.title')}
    >
      <dl className={styles.keys}>
        {KEYS.map(({ keys, name }) => (
          <div key={name}>
            <dt>
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd>{t(`help.${name}`)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
