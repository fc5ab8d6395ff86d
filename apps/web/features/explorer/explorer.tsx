import { useBlocker } from '@tanstack/react-router';
import type { ChildrenJson, CreatedJson } from '@vivarium/shared/contract/rest';
import type { Capabilities } from '@vivarium/shared/contract/source';
import { parentOf } from '@vivarium/shared/path';
import { Copy, Ellipsis, LayoutPanelLeft } from 'lucide-react';
import { useCallback, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGo, useLocation } from '../../app/location.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { classNames } from '../../components/class-names.ts';
import { copyText } from '../../components/copy-text.ts';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { formatCount, formatInstant } from '../../components/format.ts';
import { Kbd } from '../../components/kbd.tsx';
import { Menu } from '../../components/menu.tsx';
import { EmptyState } from '../../components/states.tsx';
import { toast } from '../../components/toast.ts';
import { useIsNarrow } from '../../components/use-media-query.ts';
import { useLanguage } from '../../i18n/i18n.ts';
import { api } from '../../live/api.ts';
import { controls, usePlayer } from '../../live/use-player.ts';
import { Crumbs } from './crumbs.tsx';
import { readData } from './data/data-kind.ts';
import { DetailPane, type DetailTab } from './detail/detail-pane.tsx';
import { type Draft, isDirty } from './detail/draft.ts';
import { useEditing } from './detail/use-editing.ts';
import { useZnode } from './detail/use-znode.ts';
import { CreateDialog, type NewZnode } from './dialogs/create-dialog.tsx';
import { DeleteDialog } from './dialogs/delete-dialog.tsx';
import { HelpDialog } from './dialogs/help-dialog.tsx';
import styles from './explorer-page.module.css';
import { MapAbsent, MapPane } from './map/map-pane.tsx';
import { useMap } from './map/use-map.ts';
import { faultOf } from './path-fault.ts';
import { PathBox, type PathBoxHandle } from './search/path-box.tsx';
import type { ReadChildren } from './tree/tree-controller.ts';
import { levelOf, type TreeHandle, TreePane } from './tree/tree-pane.tsx';
import { clusterPath, useTree } from './tree/use-tree.ts';
import { useInstant } from './use-instant.ts';
import { useKeys } from './use-keys.ts';
import { useOpenPaths } from './use-open-paths.ts';

type Asking =
  | { readonly kind: 'create'; readonly start: NewZnode }
  | { readonly kind: 'delete'; readonly path: string }
  | { readonly kind: 'help' };

/** The tree of a cluster beside one of its znodes. */
export function Explorer({ cluster, capabilities }: { readonly cluster: string; readonly capabilities: Capabilities }) {
  const { t } = useTranslation('explorer');
  const language = useLanguage();
  const location = useLocation();
  const go = useGo();
  const narrow = useIsNarrow();
  const instant = useInstant();
  const isPast = instant !== null;
  const isAttached = usePlayer((view) => view.info?.attached != null);
  const fault = location.path === null ? null : faultOf(location.path);
  const path = location.path !== null && fault === null ? location.path : '/';
  const map = useMap(capabilities.search);
  const showsLeft = !narrow || location.path === null;
  const showsMap = map.shown && showsLeft;
  const showsTree = showsLeft && !(map.shown && !map.beside);
  const showsDetail = !narrow || location.path !== null;

  const tree = useTree(cluster, instant);
  const query = useZnode(cluster, path, instant);
  useOpenPaths(tree, path, isPast);
  const [draft, setDraft] = useState<Draft | null>(null);
  const dirty = isDirty(draft);
  const whyNot = isPast
    ? t('edit.past')
    : capabilities.writeZnodes
      ? null
      : t(isAttached ? 'edit.attachedReadOnly' : 'edit.readOnly');
  const writable = whyNot === null;
  const znode = query.data ?? null;
  const { refetch } = query;
  const reload = useCallback(() => refetch(), [refetch]);
  const current = isPast || query.isPlaceholderData ? null : znode;
  const kept = useEditing({ cluster, znode: current, draft, setDraft, reload });
  // In the past the znode is shown as it was; what was written waits for the present.
  const editing = isPast ? { ...kept, draft: null, dirty: false, theirs: null, refused: false } : kept;

  const [sought, setSought] = useState('');
  const [asking, setAsking] = useState<Asking | null>(null);
  const [focus, setFocus] = useState<{ readonly path: string; readonly count: number }>({ path, count: 0 });
  // Whoever comes back to a znode has not asked to edit it again: keys go to the tree.
  if (focus.path !== path) setFocus({ path, count: 0 });
  const treeHandle = useRef<TreeHandle>(null);
  const boxHandle = useRef<PathBoxHandle>(null);
  const more = useRef<HTMLButtonElement>(null);

  const select = useCallback((next: string) => go({ path: next }), [go]);
  const onTab = useCallback((tab: DetailTab) => go({ tab: tab === 'data' ? null : tab }), [go]);
  const leave = useLeaving(dirty, () => setDraft(null));

  const edit = () => {
    if (!writable) toast('notice', whyNot);
    else if (znode !== null && readData(znode.data).text === null) toast('notice', t('edit.binary'));
    else setFocus((before) => ({ path, count: before.count + 1 }));
  };
  const create = (start: NewZnode = { path: path === '/' ? '/' : `${path}/`, data: null }) => {
    if (!writable) toast('notice', whyNot);
    else setAsking({ kind: 'create', start });
  };
  const remove = () => {
    if (!writable) toast('notice', whyNot);
    else if (isKept(path)) toast('notice', t('delete.kept', { path }));
    else setAsking({ kind: 'delete', path });
  };
  const reloadAll = () => {
    tree.controller.reload();
    void refetch();
  };
  const copyPath = async () => {
    const copied = await copyText(path);
    toast(copied ? 'ok' : 'error', copied ? t('page.pathCopied', { path }) : t('data.copyFailed'));
  };
  const openMenu = () => {
    more.current?.focus();
    more.current?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
  };
  const active = asking === null && leave.asking === false;
  useKeys(active, {
    '/': () => boxHandle.current?.focus(),
    '?': () => setAsking({ kind: 'help' }),
    e: edit,
    n: () => create(),
    Delete: remove,
    r: reloadAll,
    ...(capabilities.transactions && { h: () => onTab('history') }),
    '.': openMenu,
  });

  if (isPast && !capabilities.readPast) {
    return (
      <div className={styles.page}>
        <EmptyState
          title={t('page.noPast')}
          actions={
            <Button variant="primary" onClick={controls.goLive}>
              {t('page.goLive')}
            </Button>
          }
        >
          {t('page.noPastText')}
        </EmptyState>
      </div>
    );
  }
  const read: ReadChildren = (request, signal) =>
    api.get<ChildrenJson>(clusterPath(cluster, 'znodes/children'), { ...request, at: instant ?? undefined }, signal);
  return (
    <div className={styles.page}>
      <div className={styles.bar}>
        <h1>{t('page.title')}</h1>
        <Crumbs path={path} onGo={select} />
        <IconButton
          label={t('page.copyPath')}
          icon={<Copy size={15} strokeWidth={1.5} />}
          onClick={() => void copyPath()}
        />
        <OwnSession />
        {(capabilities.search || isAttached) && (
          <Button onClick={map.toggle} aria-pressed={map.shown} aria-label={t('map.toggle')}>
            {narrow ? <LayoutPanelLeft size={16} strokeWidth={1.5} /> : t('map.button')}
          </Button>
        )}
        <Button onClick={() => create()} aria-disabled={!writable}>
          {t('page.new')} {!narrow && <Kbd>n</Kbd>}
        </Button>
        <Menu
          align="end"
          label={t('page.moreLabel')}
          trigger={
            <Button ref={more} aria-label={t('page.moreLabel')}>
              {narrow ? (
                <Ellipsis size={16} strokeWidth={1.5} />
              ) : (
                <>
                  {t('page.more')} <Kbd>.</Kbd>
                </>
              )}
            </Button>
          }
          entries={[
            {
              kind: 'item',
              key: 'new',
              label: t('page.newBelow'),
              shortcut: 'n',
              disabled: !writable,
              onSelect: () => create(),
            },
            { kind: 'item', key: 'edit', label: t('page.edit'), shortcut: 'e', disabled: !writable, onSelect: edit },
            {
              kind: 'item',
              key: 'delete',
              label: t('page.delete'),
              shortcut: 'Del',
              danger: true,
              disabled: !writable || isKept(path),
              ...(whyNot !== null && { note: whyNot }),
              onSelect: remove,
            },
            { kind: 'separator', key: 'separator' },
            ...(capabilities.transactions
              ? [
                  {
                    kind: 'item' as const,
                    key: 'history',
                    label: t('page.whoChanged'),
                    shortcut: 'h',
                    onSelect: () => onTab('history'),
                  },
                ]
              : []),
            { kind: 'item', key: 'copy', label: t('page.copyPath'), onSelect: () => void copyPath() },
            { kind: 'item', key: 'reload', label: t('page.reload'), shortcut: 'r', onSelect: reloadAll },
            {
              kind: 'item',
              key: 'help',
              label: t('page.keys'),
              shortcut: '?',
              onSelect: () => setAsking({ kind: 'help' }),
            },
          ]}
        />
      </div>
      {isPast && <PastLine n={instant} draftWaits={dirty} />}
      <div className={classNames(styles.panes, showsMap && showsTree && styles.withMap)}>
        {showsTree && (
          <section className={styles.pane} aria-label={t('tree.pane')}>
            <PathBox
              tree={tree}
              read={read}
              searched={capabilities.search && !isPast ? cluster : null}
              nearest={levelOf(tree, path)}
              selected={path}
              sought={sought}
              onSought={setSought}
              onGo={select}
              onLeave={() => treeHandle.current?.focus()}
              handle={boxHandle}
            />
            <TreePane
              key={cluster}
              tree={tree}
              selected={narrow && location.path === null ? null : path}
              sought={sought}
              followFocus={!dirty && !narrow}
              onSelect={select}
              handle={treeHandle}
            />
          </section>
        )}
        {showsMap && (
          <div className={styles.pane}>
            {isPast || !capabilities.search ? (
              <MapAbsent why={isPast ? 'past' : 'noMirror'} />
            ) : (
              <MapPane
                cluster={cluster}
                root={map.root}
                by={map.by}
                selected={path}
                onGo={select}
                onRoot={map.setRoot}
                onBy={map.setBy}
              />
            )}
          </div>
        )}
        {showsDetail && (
          <section className={narrow ? `${styles.pane} ${styles.scrolls}` : styles.pane} aria-label={t('detail.pane')}>
            {fault !== null && (
              <p className={styles.fault} role="alert">
                {t('page.badPath', { path: location.path })} {t(`path.${fault.key}`, { ...fault })}
              </p>
            )}
            <DetailPane
              path={path}
              query={query}
              editing={editing}
              tab={tabOf(location.tab, capabilities.transactions)}
              history={capabilities.transactions ? cluster : null}
              onTab={onTab}
              isPast={isPast}
              writable={writable}
              whyNot={whyNot}
              focusCount={focus.count}
              onLeaveEditor={() => treeHandle.current?.focus()}
              onEdit={edit}
              onBack={narrow ? () => go({ path: null }) : null}
              onGo={select}
              onCreate={(at, data) => create({ path: at, data })}
            />
          </section>
        )}
      </div>
      {asking?.kind === 'create' && (
        <CreateDialog
          cluster={cluster}
          start={asking.start}
          onClose={() => setAsking(null)}
          onCreated={(created: CreatedJson) => {
            setAsking(null);
            if (draft?.base.path === created.path) setDraft(null);
            toast(
              'ok',
              created.session === null
                ? t('create.done', { path: created.path })
                : t('create.doneEphemeral', { path: created.path, session: created.session }),
            );
            tree.controller.refresh();
            void refetch();
            select(created.path);
            treeHandle.current?.reveal(created.path);
          }}
        />
      )}
      {asking?.kind === 'delete' && (
        <DeleteDialog
          cluster={cluster}
          path={asking.path}
          onClose={() => setAsking(null)}
          onDeleted={(gone, count) => {
            setAsking(null);
            setDraft(null);
            toast('ok', t('delete.done', { path: gone, total: formatCount(count, language), count }));
            tree.controller.refresh();
            select(parentOf(gone));
          }}
        />
      )}
      {asking?.kind === 'help' && <HelpDialog onClose={() => setAsking(null)} />}
      <ConfirmDialog
        open={leave.asking}
        onOpenChange={(open) => {
          if (!open) leave.stay();
        }}
        title={t('leave.title')}
        description={t('leave.text', { path: draft?.base.path ?? path })}
        confirmLabel={t('leave.discard')}
        danger
        onConfirm={leave.go}
      />
    </div>
  );
}

function tabOf(tab: string | null, hasHistory: boolean): DetailTab {
  if (tab === 'history') return hasHistory ? 'history' : 'data';
  return tab === 'acl' ? 'acl' : 'data';
}

/** Znodes that ZooKeeper itself keeps. */
function isKept(path: string): boolean {
  return path === '/' || path === '/zookeeper' || path === '/zookeeper/quota' || path === '/zookeeper/config';
}

/** Asks before changes that are not saved are left behind: for another znode, page or cluster, or for good. */
function useLeaving(dirty: boolean, discard: () => void) {
  const blocker = useBlocker({
    disabled: !dirty,
    enableBeforeUnload: () => dirty,
    withResolver: true,
    shouldBlockFn: ({ current, next }) =>
      dirty && (current.pathname !== next.pathname || pathOf(current.search) !== pathOf(next.search)),
  });
  return {
    asking: blocker.status === 'blocked',
    stay: () => blocker.reset?.(),
    go: () => {
      discard();
      blocker.proceed?.();
    },
  };
}

function pathOf(search: unknown): unknown {
  return (search as { readonly path?: unknown }).path;
}

/** The session that ephemerals of this page belong to, once there is one. */
function OwnSession() {
  const { t } = useTranslation('explorer');
  const own = usePlayer((view) => view.viewerSession);
  if (own.session === null) return <span className={styles.source}>{t('page.noSession')}</span>;
  return (
    <span className={styles.source} title={t('page.sessionTitle')}>
      {t(`page.sessions.${own.state}`, { session: own.session, server: own.server ?? '—' })}
    </span>
  );
}

/** Says that what is seen is past, and when that was. */
function PastLine({ n, draftWaits }: { readonly n: number; readonly draftWaits: boolean }) {
  const { t } = useTranslation('explorer');
  const language = useLanguage();
  const wallMs = usePlayer((view) => view.headWallMs);
  return (
    <div className={styles.past} role="status">
      <p>
        {t('page.past', { n: formatCount(n, language), time: formatInstant(wallMs, language) })}{' '}
        {draftWaits && t('page.draftWaits')}
      </p>
      <Button onClick={controls.goLive}>{t('page.goLive')}</Button>
    </div>
  );
}
