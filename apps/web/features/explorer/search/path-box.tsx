import { Search } from 'lucide-react';
import { type KeyboardEvent, type Ref, useEffect, useId, useImperativeHandle, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../components/button.tsx';
import { classNames } from '../../../components/class-names.ts';
import { formatCount } from '../../../components/format.ts';
import { Kbd } from '../../../components/kbd.tsx';
import { useLanguage } from '../../../i18n/i18n.ts';
import { faultOf } from '../path-fault.ts';
import type { ReadChildren } from '../tree/tree-controller.ts';
import type { Tree } from '../tree/use-tree.ts';
import { completePath } from './complete-path.ts';
import { findNames, type LevelNames, MAX_MATCHES, nextMatch } from './find-names.ts';
import styles from './path-box.module.css';
import { readLevel } from './read-level.ts';
import { SearchResults } from './search-results.tsx';
import { useSearch, type Where } from './use-search.ts';

/** Typing that goes on is not searched for yet. */
const PAUSE_MS = 120;

export interface PathBoxHandle {
  focus(): void;
}

/**
 * One field for both ways to a znode: a path, or part of a name, looked for among those that are open, or, where the whole tree
 * can be searched, in all of it, which takes patterns and looks into data too.
 */
export function PathBox({
  tree,
  read,
  searched,
  nearest,
  selected,
  sought,
  onSought,
  onGo,
  onLeave,
  handle,
}: {
  readonly tree: Tree;
  readonly read: ReadChildren;
  /** The cluster whose whole tree can be searched; null where it cannot be now. */
  readonly searched: string | null;
  /** The level that is searched whole before others. */
  readonly nearest: string;
  readonly selected: string;
  readonly sought: string;
  readonly onSought: (text: string) => void;
  readonly onGo: (path: string) => void;
  /** Escape: back to the tree. */
  readonly onLeave: () => void;
  readonly handle: Ref<PathBoxHandle>;
}) {
  const { t } = useTranslation('explorer');
  const language = useLanguage();
  const input = useRef<HTMLInputElement>(null);
  const listId = useId();
  const [text, setText] = useState(sought);
  const [focused, setFocused] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const [wanted, setWanted] = useState<Where>('name');
  const [asked, setAsked] = useState('');
  const trimmed = text.trim();
  const isPattern = searched !== null && text.includes('*');
  const isPath = text.startsWith('/') && !isPattern;
  const where = isPattern && wanted === 'name' ? 'pattern' : wanted;
  const isSearching = searched !== null && focused && !isPath && trimmed !== '';
  const search = useSearch(searched ?? '', isSearching && asked !== '' ? asked : null, where);
  const fault = isPath && trimmed !== '/' ? faultOf(trimmed.replace(/\/$/, '')) : null;
  const completions = useCompletions(read, focused && isPath && fault === null ? trimmed : null);
  const { controller } = tree;
  const level = searchedLevel(tree, nearest);
  const names = useLevel(tree, read, level);
  const version = controller.version();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rows change with the version.
  const matches = useMemo(
    () => (sought === '' ? [] : findNames(controller, sought, names.names)),
    [controller, version, sought, names.names],
  );
  useImperativeHandle(handle, () => ({
    focus: () => {
      input.current?.focus();
      input.current?.select();
    },
  }));
  useEffect(() => {
    const timer = setTimeout(() => {
      setAsked(isPath ? '' : trimmed);
      onSought(isPath || where !== 'name' ? '' : trimmed);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [isPath, where, trimmed, onSought]);

  const current = matches.findIndex(({ path }) => path === selected);
  const step = (direction: 1 | -1) => {
    const row = controller.rows.rowOf(selected) ?? 0;
    const match =
      matches[
        current < 0 ? nextMatch(matches, row, direction) : (current + direction + matches.length) % matches.length
      ];
    if (match !== undefined) onGo(match.path);
  };
  const go = (path: string) => {
    setText('');
    onGo(path);
    onLeave();
  };
  /** What was typed stays, so that the next hit is a key away. */
  const goToHit = (path: string) => {
    onGo(path);
    setFocused(false);
    onLeave();
  };
  const hits = isSearching ? (search.result?.hits ?? []) : [];
  const open = focused && isPath && completions.length > 0;
  const choices = open ? completions.length : hits.length;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      setText('');
      onLeave();
    } else if (event.key === 'ArrowDown' && choices > 0) setChosen(Math.min(chosen + 1, choices - 1));
    else if (event.key === 'ArrowUp' && choices > 0) setChosen(Math.max(chosen - 1, -1));
    else if (event.key === 'Tab' && open && !event.shiftKey) {
      const completion = completions[Math.max(chosen, 0)];
      if (completion !== undefined && completion !== trimmed) setText(completion);
      else return;
    } else if (event.key === 'Enter') {
      const completion = completions[chosen];
      const hit = hits[Math.max(chosen, 0)];
      if (isSearching) {
        if (hit !== undefined && !search.isOld) goToHit(hit.path);
      } else if (!isPath) step(event.shiftKey ? -1 : 1);
      else if (completion !== undefined && open) go(completion);
      else if (fault === null) go(trimmed === '/' ? '/' : trimmed.replace(/\/$/, ''));
    } else if (event.key === 'ArrowDown') onLeave();
    else return;
    event.preventDefault();
  };

  const total = controller.rows.branch(level)?.total ?? 0;
  const canReadLevel =
    searched === null && sought !== '' && names.names === null && names.progress === null && !isWhole(tree, level);
  return (
    <search
      className={styles.box}
      onFocus={() => setFocused(true)}
      onBlur={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget)) setFocused(false);
      }}
    >
      <div className={classNames(styles.field, fault !== null && styles.bad)}>
        <Search size={14} strokeWidth={1.5} aria-hidden />
        <input
          ref={input}
          className={classNames(styles.input, (isPath || isPattern) && styles.mono)}
          value={text}
          role="combobox"
          aria-label={t(searched === null ? 'find.label' : 'search.label')}
          aria-expanded={open || isSearching}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={choices > 0 && chosen >= 0 ? `${listId}-${chosen}` : undefined}
          aria-invalid={fault !== null}
          placeholder={t(searched === null ? 'find.placeholder' : 'search.placeholder')}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => {
            setText(event.target.value);
            setChosen(-1);
          }}
          onKeyDown={onKeyDown}
        />
        {sought !== '' && !isPath && searched === null ? (
          <span className={styles.count} role="status">
            {matches.length === 0
              ? t('find.none')
              : t(matches.length >= MAX_MATCHES ? 'find.positionMore' : 'find.position', {
                  at: current < 0 ? '–' : formatCount(current + 1, language),
                  total: formatCount(matches.length, language),
                  count: matches.length,
                })}
          </span>
        ) : (
          text === '' && <Kbd>/</Kbd>
        )}
      </div>
      {fault !== null && (
        <p className={styles.fault} role="alert">
          {t(`path.${fault.key}`, { ...fault })}
        </p>
      )}
      {isSearching && (
        <SearchResults
          id={listId}
          text={asked}
          where={where}
          onWhere={(next) => {
            setWanted(next);
            setChosen(-1);
            input.current?.focus();
          }}
          search={search}
          chosen={chosen}
          onGo={goToHit}
        />
      )}
      {open && (
        <div id={listId} className={styles.list} role="listbox" aria-label={t('find.completions')}>
          {completions.map((path, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the focus and its keys choose.
            <div
              key={path}
              id={`${listId}-${index}`}
              className={classNames(styles.option, index === chosen && styles.chosen)}
              role="option"
              tabIndex={-1}
              aria-selected={index === chosen}
              title={path}
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => go(path)}
            >
              <bdi>{path}</bdi>
            </div>
          ))}
        </div>
      )}
      {canReadLevel && (
        <p className={styles.level}>
          {t('find.openOnly')}
          <Button variant="quiet" className={styles.link} onClick={names.start}>
            {t('find.whole', { path: level, total: formatCount(total, language), count: total })}
          </Button>
        </p>
      )}
      {names.progress !== null && (
        <p className={styles.level} role="status">
          {t('find.reading', {
            done: formatCount(names.progress, language),
            total: formatCount(total, language),
          })}
          <Button variant="quiet" className={styles.link} onClick={names.stop}>
            {t('find.stop')}
          </Button>
        </p>
      )}
    </search>
  );
}

/** The level to search whole: the nearest one, or else the largest open one, of those that have not come whole. */
function searchedLevel(tree: Tree, nearest: string): string {
  if (!isWhole(tree, nearest)) return nearest;
  let largest = nearest;
  let total = 0;
  for (const branch of tree.controller.rows.branches()) {
    if (branch.total <= total || isWhole(tree, branch.path)) continue;
    largest = branch.path;
    total = branch.total;
  }
  return largest;
}

/** Whether all names of a level have come. */
function isWhole({ controller: { rows } }: Tree, level: string): boolean {
  const branch = rows.branch(level);
  if (branch === null) return true;
  let come = 0;
  for (const page of branch.pages.values()) come += page.children.length;
  return come >= branch.total;
}

function useCompletions(read: ReadChildren, text: string | null): readonly string[] {
  const [found, setFound] = useState<readonly string[]>([]);
  const reader = useRef(read);
  useEffect(() => {
    reader.current = read;
  });
  useEffect(() => {
    if (text === null) {
      setFound([]);
      return;
    }
    const abort = new AbortController();
    const timer = setTimeout(() => {
      // A parent that is not there has nothing to offer.
      completePath(reader.current, text, abort.signal).then(setFound, () => {
        if (!abort.signal.aborted) setFound([]);
      });
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text]);
  return found;
}

interface LevelSearch {
  readonly names: LevelNames | null;
  /** Names read so far; null while none are being read. */
  readonly progress: number | null;
  readonly start: () => void;
  readonly stop: () => void;
}

/** All names of a level, read when asked for, until another level is looked at. */
function useLevel(tree: Tree, read: ReadChildren, level: string): LevelSearch {
  const [names, setNames] = useState<LevelNames | null>(null);
  const [progress, setProgress] = useState<number | null>(null);
  const abort = useRef<AbortController>(null);
  const stop = () => {
    abort.current?.abort();
    setProgress(null);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: another level or tree ends the search.
  useEffect(
    () => () => {
      abort.current?.abort();
      setProgress(null);
      setNames(null);
    },
    [level, tree],
  );
  const start = () => {
    const controller = new AbortController();
    abort.current = controller;
    setProgress(0);
    readLevel(read, level, controller.signal, setProgress).then(
      (all) => {
        setNames({ path: level, names: all });
        setProgress(null);
      },
      () => {
        if (!controller.signal.aborted) setProgress(null);
      },
    );
  };
  return { names, progress, start, stop };
}
