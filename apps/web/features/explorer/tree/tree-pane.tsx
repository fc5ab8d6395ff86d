import { useVirtualizer } from '@tanstack/react-virtual';
import type { ApiError } from '@vivarium/shared/contract/errors';
import { parentOf } from '@vivarium/shared/path';
import { type KeyboardEvent, type Ref, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../components/button.tsx';
import { formatCount } from '../../../components/format.ts';
import { ErrorState, Skeleton } from '../../../components/states.tsx';
import { useMediaQuery } from '../../../components/use-media-query.ts';
import { useLanguage } from '../../../i18n/i18n.ts';
import { BadgeLegend } from '../badges.tsx';
import { useNow } from '../use-now.ts';
import styles from './tree.module.css';
import { moveOf } from './tree-keys.ts';
import { TreeRow } from './tree-row.tsx';
import type { Tree } from './use-tree.ts';

/** What is typed within this time of one another is one word. */
const TYPING_MS = 700;
/** Passing over a row does not open it: only staying does. */
const FOLLOW_MS = 160;
/** Nothing is said of waiting before this. */
const SLOW_MS = 1_000;

export interface TreeHandle {
  focus(): void;
  /** Scrolls to a path, opening what is above it. */
  reveal(path: string): void;
}

interface Place {
  /** Null while the row's page has not come. */
  readonly path: string | null;
  readonly row: number;
}

/** The znodes as a tree, of which only the rows in view exist. */
export function TreePane({
  tree,
  selected,
  sought,
  followFocus,
  onSelect,
  handle,
}: {
  readonly tree: Tree;
  /** Null while no znode is shown beside the tree. */
  readonly selected: string | null;
  readonly sought: string;
  /** What the keyboard moves to is selected; otherwise only Enter selects. */
  readonly followFocus: boolean;
  readonly onSelect: (path: string) => void;
  readonly handle: Ref<TreeHandle>;
}) {
  const { t } = useTranslation('explorer');
  const language = useLanguage();
  const { controller, changes } = tree;
  const { rows } = controller;
  const scroll = useRef<HTMLDivElement>(null);
  const rowHeight = useMediaQuery('(pointer: coarse)') ? 40 : 22;
  const [place, setPlace] = useState<Place>({ path: selected, row: 0 });
  const active = place.path === null ? place.row : (rows.rowOf(place.path) ?? Math.min(place.row, rows.count - 1));

  const virtualizer = useVirtualizer({
    count: rows.count,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    overscan: 8,
  });
  const items = virtualizer.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows are measured again when their height changes.
  useEffect(() => virtualizer.measure(), [rowHeight, virtualizer]);
  useEffect(() => controller.setVisible(first, last), [controller, first, last]);
  useAnchor(scroll, rowHeight, tree);

  const reveal = useRef<AbortController>(null);
  const revealPath = (path: string) => {
    reveal.current?.abort();
    const abort = new AbortController();
    reveal.current = abort;
    setPlace((before) => ({ path, row: rows.rowOf(path) ?? before.row }));
    const show = (row: number | null) => {
      if (row === null || abort.signal.aborted) return;
      setPlace({ path, row });
      // The list has to know that it is longer before it can scroll there.
      requestAnimationFrame(() => virtualizer.scrollToIndex(row, { align: 'auto' }));
    };
    const known = rows.rowOf(path);
    if (known !== null) show(known);
    // What cannot be revealed has its reason in the detail pane.
    else controller.reveal(path, abort.signal).then(show, () => undefined);
  };
  const revealSelected = useRef(revealPath);
  revealSelected.current = revealPath;
  useEffect(() => {
    if (selected !== null) revealSelected.current(selected);
  }, [selected]);
  useEffect(() => () => reveal.current?.abort(), []);
  useImperativeHandle(handle, () => ({
    focus: () => scroll.current?.focus(),
    reveal: (path) => revealSelected.current(path),
  }));

  const following = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(following.current), []);
  const moveTo = (row: number) => {
    const next = Math.max(0, Math.min(row, rows.count - 1));
    const { path } = rows.rowAt(next);
    setPlace({ path, row: next });
    virtualizer.scrollToIndex(next, { align: 'auto' });
    clearTimeout(following.current);
    if (followFocus && path !== null) following.current = setTimeout(() => onSelect(path), FOLLOW_MS);
  };

  const typed = useRef({ text: '', atMs: 0 });
  const onKeyDown = (event: KeyboardEvent) => {
    const now = performance.now();
    const before = now - typed.current.atMs < TYPING_MS ? typed.current.text : '';
    const move = moveOf(event, before);
    if (move === null) return;
    event.preventDefault();
    // What continues a name is no command of the page.
    event.nativeEvent.stopPropagation();
    const row = rows.rowAt(active);
    const pageRows = Math.max(1, Math.floor((scroll.current?.clientHeight ?? 0) / rowHeight) - 1);
    if (move.kind === 'by') moveTo(active + move.rows);
    else if (move.kind === 'page') moveTo(active + move.direction * pageRows);
    else if (move.kind === 'first') moveTo(0);
    else if (move.kind === 'last') moveTo(rows.count - 1);
    else if (move.kind === 'in') {
      if (row.open !== null) moveTo(active + 1);
      else if ((row.child?.stat?.numChildren ?? 0) > 0) controller.open(row);
    } else if (move.kind === 'out') {
      if (row.open !== null && row.path !== null) controller.close(row.path);
      else if (row.branch.path !== '') moveTo(rows.rowOf(row.branch.path) ?? 0);
    } else if (move.kind === 'choose') {
      if (row.path !== selected && row.path !== null) onSelect(row.path);
      else if (row.open !== null) controller.close(row.open.path);
      else if ((row.child?.stat?.numChildren ?? 0) > 0) controller.open(row);
    } else {
      typed.current = { text: move.text, atMs: now };
      const found = findTyped(tree, active, move.text, before === '');
      if (found !== null) moveTo(found);
    }
  };

  const failure = controller.rootFailure();
  if (failure !== null) {
    return <ErrorState title={t('tree.failed')} error={failure} onRetry={() => controller.reload()} />;
  }
  if (!controller.loaded) return <Skeleton lines={12} />;
  const inView = virtualizer.range;
  const failures = new Map(items.flatMap(({ index }) => failureIn(tree, index, inView?.startIndex ?? 0)));
  return (
    <>
      <div className={styles.tree}>
        <div className={styles.heads} aria-hidden>
          <span>{t('tree.name')}</span>
          <span>{t('tree.children')}</span>
          <span>{t('tree.data')}</span>
        </div>
        <div
          ref={scroll}
          className={styles.scroll}
          role="tree"
          tabIndex={0}
          aria-label={t('tree.label')}
          aria-activedescendant={active >= first && active <= last ? rowId(active) : undefined}
          onKeyDown={onKeyDown}
        >
          <div className={styles.rows} role="presentation" style={{ height: `${virtualizer.getTotalSize()}px` }}>
            {items.map((item) => {
              const row = rows.rowAt(item.index);
              const { path } = row;
              return (
                <TreeRow
                  key={item.index}
                  id={rowId(item.index)}
                  row={row}
                  style={{ height: `${rowHeight}px`, transform: `translateY(${item.start}px)` }}
                  active={item.index === active}
                  selected={path === selected}
                  sought={sought}
                  change={path === null ? null : changes.at(path)}
                  below={path === null ? null : changes.below(path)}
                  failure={failures.get(item.index) ?? null}
                  onToggle={() => {
                    setPlace({ path, row: item.index });
                    if (row.open === null) controller.open(row);
                    else controller.close(row.open.path);
                  }}
                  onSelect={() => {
                    clearTimeout(following.current);
                    setPlace({ path, row: item.index });
                    if (path !== null) onSelect(path);
                  }}
                  onRetry={() => controller.reload()}
                />
              );
            })}
          </div>
        </div>
      </div>
      <footer className={styles.footer}>
        <BadgeLegend />
        <Waiting tree={tree} />
        <LookedAt tree={tree} />
        <span className={styles.range}>
          {t('tree.range', {
            first: formatCount((inView?.startIndex ?? 0) + 1, language),
            last: formatCount((inView?.endIndex ?? 0) + 1, language),
            count: rows.count,
            total: formatCount(rows.count, language),
          })}
        </span>
      </footer>
    </>
  );
}

/** Why the page of a row did not come, where the row is the first of the page that is seen: said once is enough. */
function failureIn({ controller }: Tree, index: number, first: number): [number, ApiError][] {
  const row = controller.rows.rowAt(index);
  if (row.child !== null || index < first) return [];
  const failure = controller.failureAt(row);
  if (failure === null) return [];
  const before = index > first ? controller.rows.rowAt(index - 1) : null;
  const isRepeated = before?.child === null && before.branch === row.branch && controller.failureAt(before) !== null;
  return isRepeated ? [] : [[index, failure]];
}

/** How long a server has been taking, once that is long, and the way to stop waiting. */
function Waiting({ tree }: { readonly tree: Tree }) {
  const { t } = useTranslation('explorer');
  const since = tree.controller.waitingSinceMs();
  useNow(500, since !== null);
  const waitedMs = since === null ? 0 : performance.now() - since;
  if (waitedMs < SLOW_MS) return null;
  return (
    <span className={styles.waiting} role="status">
      {t('tree.waiting', { seconds: Math.floor(waitedMs / 1000) })}
      <Button variant="quiet" className={styles.inline} onClick={() => tree.controller.cancel()}>
        {t('tree.cancel')}
      </Button>
    </span>
  );
}

/** Which open znodes change too fast to be told of, or cannot be watched, and are looked at now and then. */
function LookedAt({ tree }: { readonly tree: Tree }) {
  const { t } = useTranslation('explorer');
  const paths = tree.controller.lookedAt();
  const [first] = paths;
  if (first === undefined) return null;
  const [path, everyMs] = first;
  const seconds = Math.round(everyMs / 1000);
  return (
    <span className={styles.lookedAt} title={t('tree.lookedAtTitle', { paths: [...paths.keys()].join('\n') })}>
      {t('tree.lookedAt', { path, seconds, count: paths.size, others: paths.size - 1 })}
    </span>
  );
}

function rowId(row: number): string {
  return `znode-row-${row}`;
}

/** The next row whose name begins so, from the row itself or behind it, going round; null where none that has come does. */
function findTyped({ controller: { rows } }: Tree, from: number, text: string, behind: boolean): number | null {
  const span = Math.min(rows.count, MAX_TYPED_ROWS);
  for (let step = behind ? 1 : 0; step < span; step++) {
    const row = (from + step) % rows.count;
    if (rows.rowAt(row).child?.name.toLowerCase().startsWith(text) === true) return row;
  }
  return null;
}

const MAX_TYPED_ROWS = 20_000;

/** Keeps what is in view where it is when rows come or go above it. */
function useAnchor(scroll: React.RefObject<HTMLDivElement | null>, rowHeight: number, tree: Tree): void {
  const anchor = useRef<Place | null>(null);
  const { rows } = tree.controller;
  useLayoutEffect(() => {
    const element = scroll.current;
    if (element === null) return;
    const before = anchor.current;
    const now = before?.path == null ? null : rows.rowOf(before.path);
    if (before !== null && now !== null && now !== before.row && element.scrollTop > 0) {
      element.scrollTop += (now - before.row) * rowHeight;
    }
    const top = Math.min(Math.ceil(element.scrollTop / rowHeight), rows.count - 1);
    anchor.current = { path: rows.rowAt(top).path, row: top };
  });
}

/** The path of the level that a path is part of: itself where its children are shown, otherwise its parent. */
export function levelOf(tree: Tree, path: string): string {
  return tree.controller.rows.branch(path) !== null || path === '/' ? path : parentOf(path);
}
