import { lazy, Suspense, useDeferredValue, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../components/button.tsx';
import { formatBytes, formatCount } from '../../../components/format.ts';
import { EmptyState, Skeleton } from '../../../components/states.tsx';
import { useLanguage } from '../../../i18n/i18n.ts';
import { lineEnd, type ReadData } from '../data/data-kind.ts';
import { isJson, layOut } from '../data/json-text.ts';
import styles from './detail.module.css';
import { dataLimit, draftBytes } from './draft.ts';
import { HexView } from './hex-view.tsx';
import type { Editing } from './use-editing.ts';

const CodeEditor = lazy(async () => ({ default: (await import('./code-editor.tsx')).CodeEditor }));

/** How text is shown; `laidOut` is a view that cannot be edited, since it is not what is stored. */
export type ShownAs = 'stored' | 'laidOut' | 'hex';

/** What can be shown of data, in the order of the choices. */
export function viewsOf(data: ReadData): ShownAs[] {
  if (data.bytes === null || data.bytes.length === 0) return ['stored'];
  if (data.text === null) return ['hex'];
  const views: ShownAs[] = ['stored', 'hex'];
  if (data.kind === 'json' && layOut(data.text) !== data.text.trimEnd()) views.splice(1, 0, 'laidOut');
  return views;
}

/** The data of a znode, as text, as laid-out JSON or as bytes; edited in place where it is text. */
export function DataTab({
  data,
  editing,
  view,
  wrap,
  writable,
  focusCount,
  onLeave,
  onStartText,
}: {
  readonly data: ReadData;
  readonly editing: Editing;
  readonly view: ShownAs;
  readonly wrap: boolean;
  readonly writable: boolean;
  readonly focusCount: number;
  readonly onLeave: () => void;
  /** Begins to write data where there is none. */
  readonly onStartText: () => void;
}) {
  const { t } = useTranslation('explorer');
  const { draft } = editing;
  const file = draft?.content.kind === 'file' ? draft.content : null;
  const text = draft?.content.kind === 'text' ? draft.content.text : data.text;
  const laidOut = useMemo(() => (view === 'laidOut' && data.text !== null ? layOut(data.text) : ''), [view, data.text]);
  if (file !== null) return <FileToSave name={file.name} bytes={file.bytes} editing={editing} />;
  if (draft === null && text === '' && focusCount === 0) {
    return (
      <EmptyState
        title={data.bytes === null ? t('data.noneTitle') : t('data.emptyTitle')}
        actions={writable && <Button onClick={onStartText}>{t('data.write')}</Button>}
      >
        {data.bytes === null ? t('data.noneText') : t('data.emptyText')}
      </EmptyState>
    );
  }
  if (draft === null && (view === 'hex' || text === null)) {
    return data.bytes === null ? null : <HexView bytes={data.bytes} />;
  }
  const readOnly = !writable || (draft === null && view === 'laidOut');
  const shown = draft === null && view === 'laidOut' ? laidOut : (text ?? '');
  return (
    <Suspense fallback={<Skeleton lines={6} />}>
      <CodeEditor
        key={lineEnd(data.text ?? '')}
        text={shown}
        language={data.kind === 'json' || (draft !== null && looksLikeJson(shown)) ? 'json' : 'text'}
        lineEnd={view === 'laidOut' && draft === null ? '\n' : lineEnd(data.text ?? '')}
        readOnly={readOnly}
        wrap={wrap}
        base={draft === null ? null : data.text}
        label={readOnly ? t('data.readOnlyLabel') : t('data.editorLabel')}
        hint={t('data.placeholder')}
        bigIntegerHint={t('data.bigInteger')}
        wasHint={t('data.was')}
        focusCount={focusCount}
        onChange={editing.change}
        onSave={editing.save}
        onLeave={onLeave}
      />
    </Suspense>
  );
}

function looksLikeJson(text: string): boolean {
  return /^\s*[{[]/.test(text);
}

function FileToSave({ name, bytes, editing }: { name: string; bytes: Uint8Array; editing: Editing }) {
  const { t } = useTranslation('explorer');
  const language = useLanguage();
  return (
    <div className={styles.file}>
      <p>{t('data.fileToSave', { name, size: formatBytes(bytes.length, language) })}</p>
      <EditingNotes editing={editing} kind="binary" />
      <HexView bytes={bytes} />
    </div>
  );
}

/** What is wrong or worth knowing about a draft before it is saved. */
export function EditingNotes({ editing, kind }: { readonly editing: Editing; readonly kind: ReadData['kind'] }) {
  const { t } = useTranslation('explorer');
  const language = useLanguage();
  const draft = useDeferredValue(editing.draft);
  const broken = useMemo(
    () => kind === 'json' && draft?.content.kind === 'text' && !isJson(draft.content.text),
    [kind, draft],
  );
  if (editing.excess > 0) {
    return (
      <p className={styles.wrong} role="alert">
        {t('edit.tooLarge', {
          bytes: formatCount(draft === null ? 0 : draftBytes(draft).length, language),
          excess: formatCount(editing.excess, language),
          limit: formatCount(dataLimit(editing.draft?.base.path ?? '/'), language),
        })}
      </p>
    );
  }
  if (!broken) return null;
  return <p className={styles.care}>{t('edit.notJson')}</p>;
}
