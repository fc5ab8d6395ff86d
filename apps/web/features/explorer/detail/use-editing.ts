import { encodeBase64 } from '@vivarium/shared/base64';
import { type ApiErrorCode, errorSentence } from '@vivarium/shared/contract/errors';
import type { SetRequest, ZnodeJson } from '@vivarium/shared/contract/rest';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { toast } from '../../../components/toast.ts';
import { useLanguage } from '../../../i18n/i18n.ts';
import { api } from '../../../live/api.ts';
import { encodeText, fromBase64, sameBytes } from '../data/data-kind.ts';
import { failureOf } from '../failure.ts';
import { clusterPath } from '../tree/use-tree.ts';
import { type Draft, dataLimit, draftBytes, isDirty } from './draft.ts';

export interface Editing {
  readonly draft: Draft | null;
  readonly dirty: boolean;
  readonly busy: boolean;
  /** Bytes over the limit; 0 where the draft fits. */
  readonly excess: number;
  /** The znode as it is, where it is not the one any more that the draft began with. */
  readonly theirs: ZnodeJson | null;
  /** Saving met another change. */
  readonly refused: boolean;
  readonly change: (text: string) => void;
  readonly replace: (file: File) => void;
  readonly save: () => void;
  readonly revert: () => void;
  readonly rebase: (text: string) => void;
  readonly saveMerged: (text: string) => void;
  readonly overwrite: () => void;
  readonly closeRefusal: () => void;
}

/** Editing the data of a znode: what was changed, and saving it over the version that was read. */
export function useEditing({
  cluster,
  znode,
  draft,
  setDraft,
  reload,
}: {
  readonly cluster: string;
  /** Null while it has not come, or is not to be edited. */
  readonly znode: ZnodeJson | null;
  readonly draft: Draft | null;
  readonly setDraft: (draft: Draft | null) => void;
  /** Reads the znode again. */
  readonly reload: () => Promise<unknown>;
}): Editing {
  const { t } = useTranslation('explorer');
  const language = useLanguage();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState(false);
  const dirty = isDirty(draft);
  const moved = dirty && znode !== null && isOther(draft.base, znode);

  // Somebody else wrote what was written here, or nothing of this is left: there is nothing to decide.
  useEffect(() => {
    if (!moved || draft === null || znode === null || znode.data === null) return;
    if (sameBytes(draftBytes(draft), fromBase64(znode.data))) setDraft(null);
  }, [moved, draft, znode, setDraft]);
  useEffect(() => {
    if (!dirty) setRefused(false);
  }, [dirty]);

  const put = async (bytes: Uint8Array, base: ZnodeJson) => {
    if (bytes.length > dataLimit(base.path) || busy) return;
    setBusy(true);
    try {
      const body: SetRequest = { path: base.path, data: encodeBase64(bytes), version: base.stat.version };
      await api.put(clusterPath(cluster, 'znodes'), body);
      await reload();
      setDraft(null);
      setRefused(false);
      toast('ok', t('edit.saved', { path: base.path, version: base.stat.version + 1 }));
    } catch (error) {
      const { code, params } = failureOf(error);
      if (code === 'badVersion') {
        await reload();
        setRefused(true);
      } else toast('error', `${t('edit.failed')} ${errorSentence(code satisfies ApiErrorCode, params, language)}`);
    } finally {
      setBusy(false);
    }
  };

  const replace = async (file: File) => {
    const base = draft?.base ?? znode;
    if (base === null) return;
    const bytes = new Uint8Array(await file.arrayBuffer());
    setDraft({ base, content: { kind: 'file', name: file.name, bytes } });
  };

  return {
    draft,
    dirty,
    busy,
    excess: draft === null ? 0 : Math.max(0, draftBytes(draft).length - dataLimit(draft.base.path)),
    theirs: moved ? znode : null,
    refused: refused && moved,
    change: (text) => {
      const base = draft?.base ?? znode;
      if (base !== null) setDraft({ base, content: { kind: 'text', text } });
    },
    replace: (file) => void replace(file),
    save: () => {
      if (dirty) void put(draftBytes(draft), draft.base);
    },
    revert: () => setDraft(null),
    rebase: (text) => {
      if (znode === null) return;
      setDraft({ base: znode, content: { kind: 'text', text } });
      setRefused(false);
    },
    saveMerged: (text) => {
      if (znode !== null) void put(encodeText(text), znode);
    },
    overwrite: () => {
      if (draft !== null && znode !== null) void put(draftBytes(draft), znode);
    },
    closeRefusal: () => setRefused(false),
  };
}

/** Another version, or another znode that was created in the same place. */
function isOther(base: ZnodeJson, znode: ZnodeJson): boolean {
  return znode.stat.version !== base.stat.version || znode.stat.czxid !== base.stat.czxid;
}
