/** The histories that have been made, as a tree; two of them can be compared. */
import { CircleAlert } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../components/button.tsx';
import type { Branch } from '../branch.ts';
import { lab, useLab } from '../lab-store.ts';
import { useSay } from '../use-say.ts';
import { branchTree, type TreeRow } from './branch-tree.ts';
import { CompareView } from './compare-view.tsx';
import styles from './views.module.css';

export function BranchesView() {
  const { t } = useTranslation('labsViews');
  const branches = useLab((state) => state.branches);
  const shown = useLab((state) => state.branch);
  const [compared, setCompared] = useState<number | null>(null);
  const other = branches.find(({ id }) => id === compared && id !== shown.id);
  if (other !== undefined) {
    return <CompareView key={`${shown.id}:${other.id}`} one={other} other={shown} onClose={() => setCompared(null)} />;
  }
  return (
    <div className={styles.scroller}>
      <ul className={styles.tree} aria-label={t('branches.label')}>
        {branchTree(branches).map((row) => (
          <BranchRow key={row.branch.id} row={row} isShown={row.branch.id === shown.id} onCompare={setCompared} />
        ))}
      </ul>
      {branches.length === 1 && <p className={styles.hint}>{t('branches.hint')}</p>}
    </div>
  );
}

function BranchRow(props: {
  readonly row: TreeRow;
  readonly isShown: boolean;
  readonly onCompare: (id: number) => void;
}) {
  const { t } = useTranslation('labsViews');
  const protocol = useLab((state) => state.protocol);
  const say = useSay();
  const { row, isShown, onCompare } = props;
  const { branch, depth, broken } = row;
  const name = useBranchName()(branch);
  const title = (id: string) => {
    const invariant = protocol.invariants.find((one) => one.id === id);
    return invariant === undefined ? id : say(invariant.title);
  };
  const isSeen = branch.seen >= branch.records.length;
  return (
    <li
      className={styles.branch}
      data-shown={isShown || undefined}
      style={{ paddingLeft: 16 + Math.min(depth, 8) * 18 }}
    >
      <button
        type="button"
        className={styles.branchName}
        aria-current={isShown || undefined}
        onClick={() => lab.showBranch(branch.id)}
      >
        {depth > 0 && (
          <svg width="12" height="16" viewBox="0 0 12 16" aria-hidden="true">
            <path d="M2 0C2 8 4 9 11 9" fill="none" stroke="var(--line-3)" strokeWidth="1.25" />
          </svg>
        )}
        <span className={styles.branchText}>{name}</span>
        {branch.parent !== null && <span className={styles.dim}>{t('branches.forked', { n: branch.forkedAt })}</span>}
      </button>
      <span className={styles.branchFacts}>
        <span className={styles.dim}>
          {isSeen
            ? t(`branches.end.${branch.end}`, { n: branch.records.length })
            : t('branches.seen', { n: branch.seen, all: branch.records.length })}
        </span>
        {broken.map(({ invariant, brokenAt }) => (
          <span key={invariant} className={styles.broken}>
            <CircleAlert size={12} strokeWidth={1.75} aria-hidden />
            {t('branches.broken', { invariant: title(invariant), n: brokenAt ?? 0 })}
          </span>
        ))}
      </span>
      {isShown ? (
        <span className={styles.shown}>{t('branches.shown')}</span>
      ) : (
        <Button aria-label={t('branches.compareWith', { name })} onClick={() => onCompare(branch.id)}>
          {t('branches.compare')}
        </Button>
      )}
    </li>
  );
}

/** What a branch is called: by what was done where it begins. */
export function useBranchName(): (branch: Branch) => string {
  const { t } = useTranslation('labsViews');
  const say = useSay();
  return ({ parent, forkedAt, records }) => {
    const record = records[forkedAt];
    return parent === null || record === undefined ? t('branches.first') : say(record.sentence);
  };
}
