import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';
import styles from './panel.module.css';

/** A section of an inspector, parted from the next by a hairline. */
export function Panel({
  title,
  aside,
  className,
  children,
}: {
  readonly title?: ReactNode;
  /** At the right of the title, quieter: a unit, a count. */
  readonly aside?: ReactNode;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}) {
  return (
    <section className={classNames(styles.panel, className)}>
      {title !== undefined && (
        <header className={styles.header}>
          <h3 className={styles.title}>{title}</h3>
          {aside !== undefined && <span className={styles.aside}>{aside}</span>}
        </header>
      )}
      {children}
    </section>
  );
}

export interface KeyValueEntry {
  readonly key: string;
  readonly label: ReactNode;
  readonly value: ReactNode;
}

/** Names and their values, one pair a line. */
export function KeyValue({
  entries,
  className,
}: {
  readonly entries: readonly KeyValueEntry[];
  readonly className?: string | undefined;
}) {
  return (
    <dl className={classNames(styles.list, className)}>
      {entries.map(({ key, label, value }) => (
        <div key={key} style={{ display: 'contents' }}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
