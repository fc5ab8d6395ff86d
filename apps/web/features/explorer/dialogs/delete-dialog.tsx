import { type ApiError, errorSentence } from '@vivarium/shared/contract/errors';
import type { ChildrenJson, DeletedJson, ZnodeJson } from '@vivarium/shared/contract/rest';
import { nameOf } from '@vivarium/shared/path';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../components/button.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { Checkbox, TextField } from '../../../components/field.tsx';
import { formatBytes, formatCount } from '../../../components/format.ts';
import { useLanguage } from '../../../i18n/i18n.ts';
import { api } from '../../../live/api.ts';
import { failureOf } from '../failure.ts';
import { clusterPath } from '../tree/use-tree.ts';
import { type BelowCount, countBelow } from './count-below.ts';
import styles from './dialogs.module.css';

/** Asks before a znode is deleted, with what goes with it. */
export function DeleteDialog({
  cluster,
  path,
  onClose,
  onDeleted,
}: {
  readonly cluster: string;
  readonly path: string;
  readonly onClose: () => void;
  readonly onDeleted: (path: string, count: number) => void;
}) {
  const { t } = useTranslation('explorer');
  const language = useLanguage();
  const [znode, setZnode] = useState<ZnodeJson | null>(null);
  const [below, setBelow] = useState<BelowCount | null>(null);
  const [counted, setCounted] = useState(0);
  const [typed, setTyped] = useState('');
  const [anyVersion, setAnyVersion] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiError | null>(null);

  useEffect(() => {
    const abort = new AbortController();
    const look = async () => {
      const read = await api.get<ZnodeJson>(clusterPath(cluster, 'znodes'), { path }, abort.signal);
      setZnode(read);
      if (read.stat.numChildren === 0) return;
      const children = (request: Readonly<Record<string, string | number | boolean>>, signal: AbortSignal) =>
        api.get<ChildrenJson>(clusterPath(cluster, 'znodes/children'), request, signal);
      setBelow(await countBelow((request, signal) => children({ ...request }, signal), path, abort.signal, setCounted));
    };
    look().catch((error: unknown) => {
      if (!abort.signal.aborted) setFailure(failureOf(error));
    });
    return () => abort.abort();
  }, [cluster, path]);

  const recursive = (znode?.stat.numChildren ?? 0) > 0;
  const confirmed = !recursive || typed === nameOf(path);
  const count = below?.count ?? counted;
  const version = znode?.stat.version ?? -1;
  const remove = async () => {
    if (znode === null || !confirmed || busy) return;
    setBusy(true);
    setFailure(null);
    try {
      const query = { path, recursive, ...(!recursive && !anyVersion && { version }) };
      const { deleted } = await api.delete<DeletedJson>(clusterPath(cluster, 'znodes'), query);
      onDeleted(path, deleted);
    } catch (error) {
      setFailure(failureOf(error));
      setBusy(false);
    }
  };

  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open && !busy) onClose();
      }}
      title={t('delete.title', { path })}
      footer={
        <>
          <Button onClick={onClose} disabled={busy}>
            {t('delete.cancel')}
          </Button>
          <Button variant="danger" disabled={znode === null || !confirmed || busy} onClick={() => void remove()}>
            {busy
              ? t('delete.busy')
              : !recursive
                ? t('delete.submit')
                : below?.complete === true
                  ? t('delete.submitAll', { total: formatCount(count + 1, language), count: count + 1 })
                  : t('delete.submitMany')}
          </Button>
        </>
      }
    >
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          void remove();
        }}
      >
        {znode === null && failure === null && <p>{t('delete.looking')}</p>}
        {znode !== null && !recursive && (
          <>
            <p>{t('delete.one', { version, size: formatBytes(znode.stat.dataLength, language) })}</p>
            <Checkbox label={t('delete.anyVersion', { version })} checked={anyVersion} onChange={setAnyVersion} />
          </>
        )}
        {znode !== null && recursive && (
          <>
            <p role="status">
              {below === null
                ? t('delete.counting', { total: formatCount(counted, language), count: counted })
                : t(below.complete ? 'delete.below' : 'delete.belowMore', {
                    total: formatCount(count, language),
                    count,
                  })}
            </p>
            <p className={styles.warning}>{t('delete.noUndo')}</p>
            <TextField
              label={t('delete.type', { name: nameOf(path) })}
              mono
              autoFocus
              value={typed}
              onChange={setTyped}
            />
          </>
        )}
        {failure !== null && (
          <p className={styles.failure} role="alert">
            {errorSentence(failure.code, failure.params, language)}
          </p>
        )}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
