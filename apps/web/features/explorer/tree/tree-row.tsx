import type { ApiError } from '@vivarium/shared/contract/errors';
import { errorSentence } from '@vivarium/shared/contract/errors';
import { ChevronDown, ChevronRight } from 'lucide-react';
import { type CSSProperties, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../components/button.tsx';
import { classNames } from '../../../components/class-names.ts';
import { formatBytes, formatCount, formatRelative } from '../../../components/format.ts';
import { useLanguage } from '../../../i18n/i18n.ts';
import { Badges } from '../badges.tsx';
import type { ChangesBelow, RecentChange } from '../recent-changes.ts';
import styles from './tree.module.css';
import type { Row } from './tree-rows.ts';

const INDENT_PX = 15;

export interface TreeRowProps {
  readonly id: string;
  readonly row: Row;
  readonly style: CSSProperties;
  readonly active: boolean;
  readonly selected: boolean;
  /** What of its name is looked for; empty for nothing. */
  readonly sought: string;
  readonly change: RecentChange | null;
  readonly below: ChangesBelow | null;
  readonly failure: ApiError | null;
  readonly onToggle: () => void;
  readonly onSelect: () => void;
  readonly onRetry: () => void;
}

/** One znode of the tree, or the place that one will take. */
export function TreeRow({ id, row, style, active, selected, sought, ...props }: TreeRowProps) {
  const { t } = useTranslation('explorer');
  const language = useLanguage();
  const { branch, index, child, open } = row;
  const level = branch.level;
  const indent = { paddingLeft: `${(level - 1) * INDENT_PX}px` };
  const position = { 'aria-level': level, 'aria-posinset': index + 1, 'aria-setsize': branch.total };
  if (child === null) {
    const { failure } = props;
    return (
      <div
        id={id}
        className={classNames(styles.row, active && styles.active)}
        style={style}
        role="treeitem"
        tabIndex={-1}
        aria-selected={false}
        aria-busy={failure === null}
        {...(failure === null && { 'aria-label': t('tree.loadingRow') })}
        {...position}
      >
        <span className={classNames(styles.first, styles.whole)} style={indent}>
          <span className={styles.twist} />
          {failure === null ? (
            <span className={styles.placeholder} style={{ width: `${60 + ((index * 37) % 70)}px` }} />
          ) : (
            <span className={styles.failure}>
              <span className={styles.noteText}>{errorSentence(failure.code, failure.params, language)}</span>
              <Button variant="quiet" className={styles.inline} onClick={props.onRetry}>
                {t('tree.retry')}
              </Button>
            </span>
          )}
        </span>
      </div>
    );
  }
  const { name, stat } = child;
  const children = open?.stat != null ? open.total : (stat?.numChildren ?? 0);
  const expandable = open !== null || children > 0;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the focus, and its keys do what a click does.
    <div
      id={id}
      className={classNames(styles.row, active && styles.active, selected && styles.selected)}
      style={style}
      role="treeitem"
      tabIndex={-1}
      aria-selected={selected}
      {...(expandable && { 'aria-expanded': open !== null })}
      {...position}
      title={row.path ?? undefined}
      onClick={props.onSelect}
      onDoubleClick={props.onToggle}
    >
      {props.change !== null && <Fading key={props.change.atMs} className={styles.flash} atMs={props.change.atMs} />}
      <span className={styles.first} style={indent}>
        <button
          type="button"
          className={styles.twist}
          tabIndex={-1}
          aria-hidden
          disabled={!expandable}
          onClick={(event) => {
            event.stopPropagation();
            props.onToggle();
          }}
          onDoubleClick={(event) => event.stopPropagation()}
        >
          {expandable && (open === null ? <ChevronRight size={14} /> : <ChevronDown size={14} />)}
        </button>
        <span className={styles.name}>{sought === '' ? name : <Marked text={name} sought={sought} />}</span>
        <Badges name={name} stat={stat} />
        <ChangeNote change={props.change} below={open === null ? props.below : null} />
      </span>
      <span className={styles.figure}>{children > 0 && formatCount(children, language)}</span>
      <span className={styles.figure}>
        {stat !== null && stat.dataLength > 0 && formatBytes(stat.dataLength, language)}
      </span>
    </div>
  );
}

/** A name with what is looked for underlined. */
function Marked({ text, sought }: { readonly text: string; readonly sought: string }) {
  const at = text.toLowerCase().indexOf(sought.toLowerCase());
  if (at < 0) return text;
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + sought.length)}</mark>
      {text.slice(at + sought.length)}
    </>
  );
}

/** Something that fades from an instant on, also where it is drawn later: rows come and go as they are scrolled. */
function Fading({ className, atMs }: { readonly className: string | undefined; readonly atMs: number }) {
  const [sinceMs] = useState(() => performance.now() - atMs);
  return <span className={className} style={{ animationDelay: `${-sinceMs}ms` }} aria-hidden />;
}

function ChangeNote({ change, below }: { readonly change: RecentChange | null; readonly below: ChangesBelow | null }) {
  const { t } = useTranslation('explorer');
  const language = useLanguage();
  if (change === null && below === null) return null;
  const now = performance.now();
  const atMs = change?.atMs ?? below?.atMs ?? now;
  const ago = formatRelative(atMs, now, language);
  return (
    <span className={styles.note}>
      <Fading key={atMs} className={styles.dot} atMs={atMs} />
      <span className={styles.noteText}>
        {change === null
          ? t('changes.below', { count: below?.count ?? 0 })
          : t(`changes.${change.change}`, { ago, name: change.child ?? '' })}
      </span>
    </span>
  );
}
