import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';
import styles from './data-table.module.css';

export interface Column<Row> {
  readonly key: string;
  readonly head: ReactNode;
  /** `end` for figures. */
  readonly align?: 'start' | 'end';
  readonly cell: (row: Row) => ReactNode;
}

/** A plain table of a few hundred rows at most; a row can be chosen where `onSelect` is given. */
export function DataTable<Row>({
  label,
  columns,
  rows,
  rowKey,
  selectedKey,
  onSelect,
  isQuiet,
  flush = false,
  sticky = false,
  className,
}: {
  /** Its caption, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  readonly selectedKey?: string | null | undefined;
  readonly onSelect?: ((row: Row) => void) | undefined;
  /** Rows that matter less. */
  readonly isQuiet?: (row: Row) => boolean;
  /** Without space at the sides: inside a `Panel`. */
  readonly flush?: boolean;
  /** The heads stay while the rows scroll. */
  readonly sticky?: boolean;
  readonly className?: string | undefined;
}) {
  return (
    <table className={classNames(styles.table, flush && styles.flush, sticky && styles.sticky, className)}>
      <caption className="visually-hidden">{label}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.key} scope="col" className={column.align === 'end' ? styles.end : undefined}>
              {column.head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const key = rowKey(row);
          const selected = selectedKey === key;
          return (
            <tr
              key={key}
              className={classNames(
                selected && styles.selected,
                onSelect !== undefined && styles.clickable,
                isQuiet?.(row) === true && styles.quiet,
              )}
              {...(selected && { 'aria-current': 'true' as const })}
              {...(onSelect !== undefined && {
                tabIndex: 0,
                onClick: () => onSelect(row),
                onKeyDown: (event) => {
                  if (event.target !== event.currentTarget || (event.key !== 'Enter' && event.key !== ' ')) return;
                  event.preventDefault();
                  onSelect(row);
                },
              })}
            >
              {columns.map((column) => (
                <td key={column.key} className={column.align === 'end' ? styles.end : undefined}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
