/** What every node knows now and knew a step ago, as a table: also what a screen reader has in place of the drawings. */
import { useTranslation } from 'react-i18next';
import { useLab } from '../lab-store.ts';
import { compareRows, stateRows } from './state-rows.ts';
import { useLabWords } from './use-words.ts';
import styles from './views.module.css';

export function StateTable() {
  const { t } = useTranslation('labsViews');
  const { rows: words, subject } = useLabWords();
  const branch = useLab((lab) => lab.branch);
  const cursor = useLab((lab) => lab.cursor);
  const nodes = useLab((lab) => lab.info.nodes);
  const rowsAt = (n: number) => stateRows(branch.pictureAt(n), nodes, words);
  // The step before first: the folds go forward.
  const before = rowsAt(Math.max(0, cursor - 1));
  const rows = compareRows(rowsAt(cursor), before, words.none);
  const hash = branch.records[cursor - 1]?.hash;
  const count = Map.groupBy(rows, ({ node }) => node);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled with the keyboard.
    <section className={styles.scroller} tabIndex={0} aria-label={t('table.label', { n: cursor })}>
      <table className={styles.table}>
        <caption className="visually-hidden">{t('table.label', { n: cursor })}</caption>
        <thead>
          <tr>
            <th scope="col">{t('table.node')}</th>
            <th scope="col">{t('table.what')}</th>
            <th scope="col">{t('table.now')}</th>
            <th scope="col">{t('table.before')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={row.key} data-changed={row.isChanged || undefined}>
              {rows[i - 1]?.node !== row.node && (
                <th scope="rowgroup" rowSpan={count.get(row.node)?.length ?? 1} className={styles.node}>
                  {row.node}
                </th>
              )}
              <th scope="row">{subject(row.subject)}</th>
              <td className={styles.value}>
                {row.now}
                {row.isChanged && <span className="visually-hidden"> {t('table.changed')}</span>}
              </td>
              <td className={styles.was}>{row.isChanged ? row.before : <Same word={t('table.same')} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {hash !== undefined && (
        <p className={styles.hint}>
          {t('table.hash')} <code>{hash}</code>
        </p>
      )}
    </section>
  );
}

/** A dot for the eye where a word would be noise. */
function Same({ word }: { readonly word: string }) {
  return (
    <>
      <span aria-hidden="true">·</span>
      <span className="visually-hidden">{word}</span>
    </>
  );
}
