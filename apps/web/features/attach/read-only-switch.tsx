import { Lock, LockOpen } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { classNames } from '../../components/class-names.ts';
import { Tooltip } from '../../components/tooltip.tsx';
import { useLanguage } from '../../i18n/i18n.ts';
import { usePlayer } from '../../live/use-player.ts';
import styles from './attach.module.css';
import { openAttachDialog } from './attach-dialogs.ts';
import { isLoopbackOnly } from './connect-fault.ts';
import { setReadOnly } from './set-read-only.ts';

/** Whether the attached cluster that is shown may be changed from here, and the way to change that. */
export function ReadOnlySwitch({ compact = false }: { readonly compact?: boolean }) {
  const { t } = useTranslation('attach');
  const language = useLanguage();
  const info = usePlayer((view) => view.info);
  if (info?.attached == null) return null;
  const { readOnly } = info.attached;
  const isLocal = isLoopbackOnly(info.connectString ?? '');
  const reason = t(readOnly ? (isLocal ? 'switch.closedLocal' : 'switch.closedAway') : 'switch.open');
  const Icon = readOnly ? Lock : LockOpen;
  return (
    <Tooltip content={reason}>
      <Button
        variant="quiet"
        className={classNames(styles.switch, !readOnly && styles.open)}
        aria-label={t(readOnly ? 'switch.allow' : 'switch.forbid')}
        onClick={() => {
          if (readOnly) openAttachDialog({ kind: 'allow', cluster: info });
          else void setReadOnly(info.id, true, language);
        }}
      >
        <Icon size={compact ? 18 : 14} strokeWidth={1.6} aria-hidden />
        {!compact && t(readOnly ? 'switch.readOnly' : 'switch.writable')}
      </Button>
    </Tooltip>
  );
}
