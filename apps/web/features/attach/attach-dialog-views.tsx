import { useQueryClient } from '@tanstack/react-query';
import { errorSentence } from '@vivarium/shared/contract/errors';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { useTranslation } from 'react-i18next';
import { useGo, useLocation } from '../../app/location.ts';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { toast } from '../../components/toast.ts';
import { useLanguage } from '../../i18n/i18n.ts';
import { ApiFailure, api } from '../../live/api.ts';
import { AddClusterDialog } from './add-cluster-dialog.tsx';
import { type AttachDialog, closeAttachDialog } from './attach-dialogs.ts';
import { setReadOnly } from './set-read-only.ts';

/** The open dialog. */
export function AttachDialogView({
  dialog,
  sources,
}: {
  readonly dialog: AttachDialog;
  readonly sources: readonly ClusterInfo[];
}) {
  switch (dialog.kind) {
    case 'add':
      return <AddClusterDialog onClose={closeAttachDialog} />;
    case 'remove':
      return <RemoveDialog cluster={dialog.cluster} sources={sources} />;
    case 'allow':
      return <AllowDialog cluster={dialog.cluster} />;
  }
}

function RemoveDialog({
  cluster,
  sources,
}: {
  readonly cluster: ClusterInfo;
  readonly sources: readonly ClusterInfo[];
}) {
  const { t } = useTranslation('attach');
  const language = useLanguage();
  const go = useGo();
  const shown = useLocation().cluster;
  const queries = useQueryClient();
  const remove = async () => {
    try {
      // Away before it is gone, so that nothing asks for it any more.
      const next = sources.find(({ id }) => id !== cluster.id);
      if (shown === cluster.id) go({ cluster: next?.id ?? '', page: 'cluster' });
      await api.delete(`api/clusters/${encodeURIComponent(cluster.id)}`);
      await queries.invalidateQueries({ queryKey: ['sources'] });
      toast('ok', t('remove.done', { name: cluster.name }));
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      toast('error', errorSentence(error.error.code, error.error.params, language));
    }
  };
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && closeAttachDialog()}
      title={t('remove.title', { name: cluster.name })}
      description={t('remove.description')}
      confirmLabel={t('remove.submit')}
      onConfirm={remove}
    />
  );
}

function AllowDialog({ cluster }: { readonly cluster: ClusterInfo }) {
  const { t } = useTranslation('attach');
  const language = useLanguage();
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && closeAttachDialog()}
      title={t('allow.title', { name: cluster.name })}
      description={t('allow.description', { hosts: cluster.connectString ?? cluster.name })}
      confirmLabel={t('allow.submit')}
      danger
      onConfirm={() => setReadOnly(cluster.id, false, language)}
    />
  );
}
