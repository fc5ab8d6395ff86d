import type { UseQueryResult } from '@tanstack/react-query';
import { encodeBase64 } from '@vivarium/shared/base64';
import type { ZnodeJson } from '@vivarium/shared/contract/rest';
import { nameOf } from '@vivarium/shared/path';
import { ArrowLeft, Copy, Download, EllipsisVertical, FileUp, WrapText } from 'lucide-react';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from '../../../components/button.tsx';
import { copyText } from '../../../components/copy-text.ts';
import { formatBytes } from '../../../components/format.ts';
import { Menu } from '../../../components/menu.tsx';
import { saveFile } from '../../../components/save-file.ts';
import { SegmentedControl } from '../../../components/segmented-control.tsx';
import { ErrorState, Skeleton } from '../../../components/states.tsx';
import { readStored, writeStored } from '../../../components/stored.ts';
import { Tabs } from '../../../components/tabs.tsx';
import { toast } from '../../../components/toast.ts';
import { Tooltip } from '../../../components/tooltip.tsx';
import { useLanguage } from '../../../i18n/i18n.ts';
import { HistoryTab } from '../../transactions/history-tab.tsx';
import { Badges } from '../badges.tsx';
import { type ReadData, readData } from '../data/data-kind.ts';
import { layOut } from '../data/json-text.ts';
import { failureOf } from '../failure.ts';
import { SourceLine } from '../source-line.tsx';
import { AclTab } from './acl-tab.tsx';
import { ConflictPanel } from './conflict-panel.tsx';
import { DataTab, EditingNotes, type ShownAs, viewsOf } from './data-tab.tsx';
import styles from './detail.module.css';
import { draftBytes } from './draft.ts';
import { GoneNotice } from './gone-notice.tsx';
import { OwnerLine } from './owner-line.tsx';
import { StatSection } from './stat-section.tsx';
import type { Editing } from './use-editing.ts';

export type DetailTab = 'data' | 'acl' | 'history';

const WRAP = 'vivarium.explorer.wrap';

/** What is shown of a znode, and how it is worked on. */
interface Shown {
  readonly path: string;
  readonly editing: Editing;
  readonly tab: DetailTab;
  readonly onTab: (tab: DetailTab) => void;
  readonly isPast: boolean;
  readonly writable: boolean;
  /** Why nothing can be changed; null where it can. */
  readonly whyNot: string | null;
  /** Rises when the viewer asks to edit. */
  readonly focusCount: number;
  readonly onLeaveEditor: () => void;
  readonly onEdit: () => void;
  /** Of which cluster transactions are kept; null where they are not. */
  readonly history: string | null;
}

/** One znode: its data, ACL and Stat, and what can be done to it. */
export function DetailPane({
  path,
  query,
  editing,
  tab,
  onTab,
  isPast,
  writable,
  whyNot,
  focusCount,
  onLeaveEditor,
  onEdit,
  history,
  onBack,
  onGo,
  onCreate,
}: Shown & {
  readonly query: UseQueryResult<ZnodeJson>;
  /** Leads back to the tree where that is another step; null where both are seen. */
  readonly onBack: (() => void) | null;
  readonly onGo: (path: string) => void;
  readonly onCreate: (path: string, data: string | null) => void;
}) {
  const { t } = useTranslation('explorer');
  const { data: znode, error } = query;
  const failure = error === null ? null : failureOf(error);
  const back = onBack !== null && (
    <IconButton label={t('detail.back')} icon={<ArrowLeft size={16} strokeWidth={1.5} />} onClick={onBack} />
  );
  if (failure?.code === 'noNode') {
    return (
      <>
        <header className={styles.title}>
          {back}
          <PathTitle path={path} />
        </header>
        <GoneNotice
          path={path}
          last={znode ?? null}
          written={editing.dirty && editing.draft !== null ? encodeBase64(draftBytes(editing.draft)) : null}
          isPast={isPast}
          writable={writable}
          history={history}
          onGo={onGo}
          onCreate={onCreate}
        />
      </>
    );
  }
  if (znode === undefined) {
    return (
      <>
        <header className={styles.title}>
          {back}
          <PathTitle path={path} />
        </header>
        {failure === null ? (
          <Skeleton lines={8} />
        ) : (
          <ErrorState title={t('detail.failed', { path })} error={failure} onRetry={() => void query.refetch()} />
        )}
      </>
    );
  }
  return (
    <Znode
      key={path}
      {...{
        path,
        znode,
        editing,
        tab,
        onTab,
        isPast,
        writable,
        whyNot,
        focusCount,
        onLeaveEditor,
        onEdit,
        history,
        back,
      }}
    />
  );
}

function PathTitle({ path }: { readonly path: string }) {
  return (
    <Tooltip content={path} side="bottom">
      <h2 className={styles.path}>
        {/* The end tells more than the beginning: the beginning gives way. */}
        <bdi>{path}</bdi>
      </h2>
    </Tooltip>
  );
}

function Znode({
  path,
  znode,
  editing,
  tab,
  onTab,
  isPast,
  writable,
  whyNot,
  focusCount,
  onLeaveEditor,
  onEdit,
  history,
  back,
}: Shown & { readonly znode: ZnodeJson; readonly back: ReactNode }) {
  const { t } = useTranslation('explorer');
  const language = useLanguage();
  const { draft, dirty, theirs } = editing;
  // While it is edited, what is shown is what the draft began with.
  const data = useMemo(() => readData((draft?.base ?? znode).data), [draft?.base, znode]);
  const views = useMemo(() => viewsOf(data), [data]);
  const [chosen, setChosen] = useState<ShownAs | null>(null);
  const preferred: ShownAs = views.includes('laidOut') && isPacked(data) ? 'laidOut' : (views[0] ?? 'stored');
  const view = chosen !== null && views.includes(chosen) ? chosen : preferred;
  const [wrap, setWrap] = useState(() => readStored(WRAP) !== 'off');
  const [comparing, setComparing] = useState(false);
  const [begun, setBegun] = useState(znode.stat);
  const file = useRef<HTMLInputElement>(null);
  const edited = focusCount > 0 || draft !== null;
  const editedView = edited && data.text !== null && view === 'laidOut' ? 'stored' : view;

  useEffect(() => {
    if (focusCount > 0) {
      setChosen('stored');
      onTab('data');
    }
  }, [focusCount, onTab]);
  // What was saved here is what the viewer knows.
  const wasDirty = useRef(dirty);
  useEffect(() => {
    if (wasDirty.current && !dirty) setBegun(znode.stat);
    wasDirty.current = dirty;
  }, [dirty, znode.stat]);
  useEffect(() => {
    if (theirs === null) setComparing(false);
  }, [theirs]);

  const copy = async () => {
    const text = draft?.content.kind === 'text' ? draft.content.text : (data.text ?? '');
    const copied = await copyText(text);
    toast(copied ? 'ok' : 'error', copied ? t('data.copied') : t('data.copyFailed'));
  };

  const whyNoEdit = whyNot ?? (data.text === null ? t('edit.binary') : null);
  const notStored = view === 'laidOut' && draft === null;
  return (
    <>
      <header className={styles.title}>
        {back}
        <PathTitle path={path} />
        <Badges name={nameOf(path)} stat={znode.stat} />
        {dirty ? (
          <span className={styles.editing}>
            <span className={styles.based}>{t('edit.based', { version: draft?.base.stat.version ?? 0 })}</span>
            <Button onClick={editing.revert} disabled={editing.busy}>
              {t('edit.revert')}
            </Button>
            <Tooltip content={t('edit.saveTip')} shortcut={SAVE_KEYS}>
              <Button
                variant="primary"
                onClick={editing.save}
                disabled={editing.busy || editing.excess > 0 || !writable}
                aria-expanded={editing.refused}
              >
                {t('edit.save')}
              </Button>
            </Tooltip>
          </span>
        ) : (
          <span className={styles.editing}>
            <Tooltip content={whyNoEdit ?? t('detail.editTip')} shortcut={whyNoEdit === null ? 'e' : undefined}>
              <Button onClick={onEdit} aria-disabled={whyNoEdit !== null}>
                {t('detail.edit')}
              </Button>
            </Tooltip>
          </span>
        )}
      </header>
      {znode.stat.ephemeralOwner !== '0x0' && <OwnerLine owner={znode.stat.ephemeralOwner} />}
      {theirs !== null && !editing.refused && !comparing && (
        <div className={styles.banner} role="status">
          <p>{t('conflict.banner', { version: theirs.stat.version })}</p>
          <Button onClick={() => setComparing(true)}>{t('conflict.compare')}</Button>
        </div>
      )}
      <div className={styles.body}>
        <Tabs<DetailTab>
          className={styles.tabs}
          label={t('detail.tabs')}
          value={tab}
          onChange={onTab}
          end={
            tab === 'data' && (
              <>
                <span className={styles.about}>
                  {t(`data.kinds.${data.kind}`)}
                  {data.bytes !== null && data.bytes.length > 0 && (
                    <span title={t('data.bytes', { count: data.bytes.length })}>
                      {formatBytes(data.bytes.length, language)}
                    </span>
                  )}
                </span>
                {views.length > 1 && draft === null && (
                  <SegmentedControl
                    label={t('data.view')}
                    value={editedView}
                    onChange={setChosen}
                    segments={views.map((value) => ({ value, label: t(`data.views.${value}`) }))}
                  />
                )}
                <Menu
                  align="end"
                  label={t('data.more')}
                  trigger={
                    <IconButton label={t('data.more')} icon={<EllipsisVertical size={15} strokeWidth={1.5} />} />
                  }
                  entries={[
                    {
                      kind: 'item',
                      key: 'copy',
                      label: t('data.copy'),
                      icon: <Copy size={14} strokeWidth={1.5} />,
                      disabled: data.text === null || data.text === '',
                      onSelect: () => void copy(),
                    },
                    {
                      kind: 'item',
                      key: 'download',
                      label: t('data.download'),
                      icon: <Download size={14} strokeWidth={1.5} />,
                      disabled: data.bytes === null || data.bytes.length === 0,
                      onSelect: () => saveFile(nameOf(path) || 'root', data.bytes ?? new Uint8Array()),
                    },
                    {
                      kind: 'item',
                      key: 'replace',
                      label: t('data.replace'),
                      ...(whyNot !== null && { note: whyNot }),
                      icon: <FileUp size={14} strokeWidth={1.5} />,
                      disabled: !writable,
                      onSelect: () => file.current?.click(),
                    },
                    ...(draft?.content.kind === 'text' && data.kind === 'json'
                      ? [
                          {
                            kind: 'item' as const,
                            key: 'layOut',
                            label: t('data.layOut'),
                            note: t('data.layOutNote'),
                            onSelect: () => {
                              if (draft.content.kind === 'text') editing.change(layOut(draft.content.text));
                            },
                          },
                        ]
                      : []),
                    {
                      kind: 'item',
                      key: 'wrap',
                      label: t('data.wrap'),
                      icon: <WrapText size={14} strokeWidth={1.5} />,
                      checked: wrap,
                      onSelect: () => {
                        writeStored(WRAP, wrap ? 'off' : 'on');
                        setWrap(!wrap);
                      },
                    },
                  ]}
                />
              </>
            )
          }
          tabs={[
            {
              value: 'data',
              label: t('detail.data'),
              content: (
                <div className={styles.data}>
                  {draft?.content.kind === 'text' && <EditingNotes editing={editing} kind={data.kind} />}
                  {notStored && <p className={styles.hint}>{t('data.laidOutHint')}</p>}
                  <DataTab
                    data={data}
                    editing={editing}
                    view={editedView}
                    wrap={wrap}
                    writable={writable}
                    focusCount={focusCount}
                    onLeave={onLeaveEditor}
                    onStartText={onEdit}
                  />
                </div>
              ),
            },
            {
              value: 'acl',
              label: t('detail.acl'),
              count: String(znode.acl.length),
              content: <AclTab acl={znode.acl} version={znode.stat.aversion} />,
            },
            ...(history === null
              ? []
              : [
                  {
                    value: 'history' as const,
                    label: t('detail.history'),
                    content: <HistoryTab cluster={history} path={path} />,
                  },
                ]),
          ]}
        />
        {theirs !== null && draft !== null && (editing.refused || comparing) && (
          <ConflictPanel
            draft={draft}
            theirs={theirs}
            refused={editing.refused}
            busy={editing.busy}
            onDiscard={editing.revert}
            onMerge={editing.rebase}
            onSaveMerged={editing.saveMerged}
            onOverwrite={editing.overwrite}
            onLater={() => {
              setComparing(false);
              editing.closeRefusal();
            }}
          />
        )}
      </div>
      <StatSection stat={znode.stat} read={draft?.base.stat ?? begun} isPast={isPast} />
      {znode.from !== undefined && <SourceLine from={znode.from} />}
      <input
        ref={file}
        type="file"
        hidden
        aria-label={t('data.replace')}
        onChange={(event) => {
          const [first] = event.target.files ?? [];
          if (first !== undefined) editing.replace(first);
          event.target.value = '';
        }}
      />
    </>
  );
}

const SAVE_KEYS = /Mac|iP/.test(navigator.userAgent) ? '⌘ S' : 'Ctrl S';

/** JSON without lines of its own. */
function isPacked({ text }: ReadData): boolean {
  return text !== null && text.length > 60 && !text.trim().includes('\n');
}
