/** Two histories side by side: what they have in common, where they part, and what differs in the end. */
import type { StepRecord } from '@vivarium/labs/history';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../components/button.tsx';
import { classNames } from '../../../components/class-names.ts';
import { type Branch, commonSteps } from '../branch.ts';
import { lab, useLab } from '../lab-store.ts';
import { useSay } from '../use-say.ts';
import { useBranchName } from './branches-view.tsx';
import { type ComparedRow, compareRows, stateRows } from './state-rows.ts';
import { useLabWords } from './use-words.ts';
import styles from './views.module.css';

/** So many steps behind the fork are set side by side. */
const MAX_STEPS = 400;

export function CompareView(props: { readonly one: Branch; readonly other: Branch; readonly onClose: () => void }) {
  const { one, other, onClose } = props;
  const { t } = useTranslation('labsViews');
  const say = useSay();
  const { rows: words, subject } = useLabWords();
  const nodes = useLab((state) => state.info.nodes);
  const nameOf = useBranchName();
  const [left, right] = [nameOf(one), nameOf(other)];
  const { common, first, last } = useMemo(() => {
    const same = commonSteps(one, other);
    const rowsAt = (branch: Branch, n: number) => stateRows(branch.pictureAt(n), nodes, words);
    const differences = (n: number): readonly ComparedRow[] =>
      compareRows(rowsAt(one, Math.min(n, one.seen)), rowsAt(other, Math.min(n, other.seen)), words.none).filter(
        ({ isChanged }) => isChanged,
      );
    const end = Math.min(Math.max(one.seen, other.seen), same + MAX_STEPS);
    let n = same + 1;
    while (n < end && differences(n).length === 0) n++;
    return { common: same, first: differences(n).length === 0 ? null : n, last: differences(Number.POSITIVE_INFINITY) };
  }, [one, other, nodes, words]);
  const until = Math.min(Math.max(one.seen, other.seen), common + MAX_STEPS);
  const steps = Array.from({ length: Math.max(0, until - common) }, (_, i) => common + 1 + i);
  const cell = (branch: Branch, n: number) => {
    const record: StepRecord | undefined = n <= branch.seen ? branch.records[n - 1] : undefined;
    return record === undefined ? (
      <td key={branch.id} className={styles.dim}>
        {n === branch.seen + 1 ? t(n > branch.records.length ? 'compare.over' : 'compare.unseen') : ''}
      </td>
    ) : (
      <td key={branch.id}>
        <button
          type="button"
          className={styles.plain}
          onClick={() => {
            lab.showBranch(branch.id);
            lab.seek(n);
          }}
        >
          {say(record.sentence)}
        </button>
      </td>
    );
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled with the keyboard.
    <section className={styles.scroller} tabIndex={0} aria-label={t('compare.label')}>
      <div className={styles.compareHead}>
        <p>{t('compare.common', { count: common })}</p>
        <Button onClick={onClose}>{t('compare.close')}</Button>
      </div>
      <table className={classNames(styles.table, styles.sideBySide)}>
        <caption className="visually-hidden">{t('compare.steps')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('compare.step')}</th>
            <th scope="col">{left}</th>
            <th scope="col">{right}</th>
          </tr>
        </thead>
        <tbody>
          {steps.map((n) => (
            <tr key={n} data-first={n === first || undefined}>
              <th scope="row">
                {n}
                {n === first && <span className={styles.firstNote}>{t('compare.first')}</span>}
              </th>
              {cell(one, n)}
              {cell(other, n)}
            </tr>
          ))}
        </tbody>
      </table>
      <h3 className={styles.compareTitle}>{t('compare.end')}</h3>
      {last.length === 0 ? (
        <p className={styles.hint}>{t('compare.equal')}</p>
      ) : (
        <table className={classNames(styles.table, styles.sideBySide)}>
          <caption className="visually-hidden">{t('compare.end')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('table.node')}</th>
              <th scope="col">{t('table.what')}</th>
              <th scope="col">{t('compare.at', { name: left, n: one.seen })}</th>
              <th scope="col">{t('compare.at', { name: right, n: other.seen })}</th>
            </tr>
          </thead>
          <tbody>
            {last.map((row) => (
              <tr key={row.key}>
                <th scope="row">{row.node}</th>
                <th scope="row">{subject(row.subject)}</th>
                <td className={styles.value}>{row.now}</td>
                <td className={styles.value}>{row.before}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
