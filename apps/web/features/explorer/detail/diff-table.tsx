import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../../../components/class-names.ts';
import { type ConflictLine, type ConflictRow, MAX_ROWS } from './conflict-rows.ts';
import styles from './diff-table.module.css';

/** Two texts line beside line, what differs marked. */
export function DiffTable({
  label,
  rows,
  leftHead,
  rightHead,
}: {
  /** For screen readers. */
  readonly label: string;
  readonly rows: readonly ConflictRow[];
  readonly leftHead: ReactNode;
  readonly rightHead: ReactNode;
}) {
  const { t } = useTranslation('explorer');
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard.
    <section className={styles.scroll} tabIndex={0} aria-label={label}>
      <table className={styles.sides}>
        <thead>
          <tr>
            <th scope="col">{leftHead}</th>
            <th scope="col">{rightHead}</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MAX_ROWS).map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line has no identity but its place.
            <tr key={index}>
              {row.kind === 'gap' ? (
                <td colSpan={2} className={styles.gap}>
                  {t('conflict.gap', { count: row.lines })}
                </td>
              ) : (
                <>
                  <Line line={row.mine} side={styles.mine} />
                  <Line line={row.theirs} side={styles.theirs} />
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > MAX_ROWS && <p className={styles.gap}>{t('conflict.more', { count: rows.length - MAX_ROWS })}</p>}
    </section>
  );
}

function Line({ line, side }: { readonly line: ConflictLine | null; readonly side: string | undefined }) {
  if (line === null) return <td className={styles.absent} />;
  const { text, changed, span } = line;
  return (
    <td className={classNames(changed ? side : styles.same)}>
      {span === null ? (
        text
      ) : (
        <>
          {text.slice(0, span.from)}
          <em>{text.slice(span.from, span.to)}</em>
          {text.slice(span.to)}
        </>
      )}
    </td>
  );
}
