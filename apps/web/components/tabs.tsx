import { Tabs as Primitive } from 'radix-ui';
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';
import styles from './tabs.module.css';

export interface Tab<T extends string> {
  readonly value: T;
  readonly label: ReactNode;
  /** Behind the label, quieter. */
  readonly count?: ReactNode;
  readonly content: ReactNode;
}

/** Tabs with their panels; only the chosen panel is mounted. Fills the height that it is given. */
export function Tabs<T extends string>({
  label,
  value,
  tabs,
  onChange,
  end,
  className,
}: {
  /** For screen readers. */
  readonly label: string;
  readonly value: T;
  readonly tabs: readonly Tab<T>[];
  readonly onChange: (value: T) => void;
  /** At the right end of the bar. */
  readonly end?: ReactNode;
  readonly className?: string | undefined;
}) {
  return (
    <Primitive.Root
      className={classNames(styles.tabs, className)}
      value={value}
      onValueChange={(next: string) => {
        const chosen = tabs.find((tab) => tab.value === next);
        if (chosen !== undefined) onChange(chosen.value);
      }}
    >
      <div className={styles.bar}>
        <Primitive.List className={styles.list} aria-label={label}>
          {tabs.map((tab) => (
            <Primitive.Trigger key={tab.value} className={styles.tab} value={tab.value}>
              {tab.label}
              {tab.count !== undefined && <span className={styles.count}>{tab.count}</span>}
            </Primitive.Trigger>
          ))}
        </Primitive.List>
        {end !== undefined && <div className={styles.end}>{end}</div>}
      </div>
      {tabs.map((tab) => (
        <Primitive.Content key={tab.value} className={styles.panel} value={tab.value}>
          {tab.content}
        </Primitive.Content>
      ))}
    </Primitive.Root>
  );
}
