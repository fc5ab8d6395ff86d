import { useQueryClient } from '@tanstack/react-query';
import type { AttachRequest } from '@vivarium/shared/contract/attach';
import { type ApiError, errorSentence } from '@vivarium/shared/contract/errors';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGo } from '../../app/location.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Checkbox, TextField } from '../../components/field.tsx';
import { useLanguage } from '../../i18n/i18n.ts';
import { ApiFailure, api } from '../../live/api.ts';
import styles from './attach.module.css';
import { connectFault, isLoopbackOnly } from './connect-fault.ts';

/** Errors that are about the field with the servers. */
const ABOUT_CONNECT: ReadonlySet<string> = new Set([
  'connectNoServer',
  'connectBadServer',
  'connectBadPort',
  'connectBadChroot',
  'connectTooMany',
  'hostNotPermitted',
  'hostUnknown',
  'alreadyAttached',
]);

/** Asks where a cluster is, attaches it, and goes there. */
export function AddClusterDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation('attach');
  const language = useLanguage();
  const go = useGo();
  const queries = useQueryClient();
  const [connect, setConnect] = useState('');
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<boolean | null>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [left, setLeft] = useState(false);
  const fault = connectFault(connect);
  const isLocal = isLoopbackOnly(connect);
  const readOnly = chosen ?? !isLocal;
  const isAboutConnect = failure !== null && ABOUT_CONNECT.has(failure.code);
  const told = failure === null ? null : errorSentence(failure.code, failure.params, language);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setLeft(true);
    if (busy || connect.trim() === '' || fault !== null) return;
    setBusy(true);
    setFailure(null);
    const request: AttachRequest = {
      connect: connect.trim(),
      readOnly,
      ...(name.trim() === '' ? {} : { name: name.trim() }),
    };
    try {
      const { id } = await api.post<{ readonly id: string }>('api/clusters', request);
      await queries.invalidateQueries({ queryKey: ['sources'] });
      onClose();
      go({ cluster: id, page: 'cluster' });
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      setFailure(error.error);
      setBusy(false);
    }
  };

  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open && !busy) onClose();
      }}
      title={t('add.title')}
      description={t('add.description')}
      footer={
        <>
          <Button onClick={onClose} disabled={busy}>
            {t('cancel')}
          </Button>
          <Button type="submit" form="add-cluster" variant="primary" disabled={busy || connect.trim() === ''}>
            {busy ? t('add.busy') : t('add.submit')}
          </Button>
        </>
      }
    >
      <form id="add-cluster" className={styles.form} onSubmit={(event) => void submit(event)}>
        <TextField
          label={t('add.connect')}
          hint={t('add.connectHint')}
          error={
            isAboutConnect
              ? told
              : left && fault !== null
                ? t(`add.fault.${fault.fault}`, { part: fault.part })
                : undefined
          }
          value={connect}
          onChange={(value) => {
            setConnect(value);
            setFailure(null);
          }}
          onBlur={() => setLeft(true)}
          placeholder="zk1:2181,zk2:2181,zk3:2181"
          maxLength={4096}
          mono
          autoFocus
        />
        <TextField label={t('add.name')} hint={t('add.nameHint')} value={name} onChange={setName} maxLength={80} />
        <div className={styles.choice}>
          <Checkbox label={t('add.readOnly')} checked={readOnly} onChange={setChosen} />
          <span className={styles.note}>
            {t(readOnly ? (isLocal ? 'add.readOnlyLocal' : 'add.readOnlyAway') : 'add.writable')}
          </span>
        </div>
        <p className={styles.note}>{t('add.credentials')}</p>
        {failure !== null && !isAboutConnect && (
          <p className={styles.failure} role="alert">
            {told}
          </p>
        )}
      </form>
    </Dialog>
  );
}
