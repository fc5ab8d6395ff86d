import { Check, CircleAlert, Info, X } from 'lucide-react';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from './button.tsx';
import { classNames } from './class-names.ts';
import { currentToasts, dismissToast, subscribeToasts, type ToastMessage } from './toast.ts';
import styles from './toasts.module.css';

const SHOWN_MS = 5_000;

const icons = { ok: Check, error: CircleAlert, notice: Info };

/** Where toasts appear; once in the application. */
export function Toasts() {
  const { t } = useTranslation('frame');
  const messages = useSyncExternalStore(subscribeToasts, currentToasts);
  return (
    <section className={styles.toasts} aria-label={t('common.notifications')} aria-live="polite">
      {messages.map((message) => (
        <Toast key={message.id} message={message} />
      ))}
    </section>
  );
}

function Toast({ message }: { readonly message: ToastMessage }) {
  const { t } = useTranslation('frame');
  const [held, setHeld] = useState(false);
  const { id, kind, text } = message;
  useEffect(() => {
    if (kind === 'error' || held) return;
    const timer = setTimeout(() => dismissToast(id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [id, kind, held]);
  const Icon = icons[kind];
  return (
    <div
      className={classNames(styles.toast, styles[kind])}
      role={kind === 'error' ? 'alert' : 'status'}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
    >
      <Icon className={styles.icon} size={15} strokeWidth={1.75} aria-hidden />
      <span className={styles.text}>{text}</span>
      <IconButton
        label={t('common.dismiss')}
        icon={<X size={14} strokeWidth={1.5} />}
        onClick={() => dismissToast(id)}
      />
    </div>
  );
}
