import { Check } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactElement, ReactNode } from 'react';
import { classNames } from './class-names.ts';
import { Kbd } from './kbd.tsx';
import styles from './popup.module.css';

export type MenuEntry =
  | {
      readonly kind: 'item';
      readonly key: string;
      readonly label: ReactNode;
      /** Under the label, smaller: what it does, or why it is disabled. */
      readonly note?: ReactNode;
      readonly icon?: ReactNode;
      readonly shortcut?: string;
      readonly danger?: boolean;
      readonly disabled?: boolean;
      /** Given: the item can be on or off. */
      readonly checked?: boolean;
      readonly onSelect: () => void;
    }
  | { readonly kind: 'label'; readonly key: string; readonly label: ReactNode }
  | { readonly kind: 'separator'; readonly key: string };

export interface MenuProps {
  readonly trigger: ReactElement;
  /** For screen readers, where the trigger's name does not say it. */
  readonly label?: string | undefined;
  readonly align?: 'start' | 'center' | 'end';
  readonly side?: 'top' | 'bottom' | 'left' | 'right';
}

/** A button (`trigger`) that opens a list of deeds. */
export function Menu({ entries, ...props }: MenuProps & { readonly entries: readonly MenuEntry[] }) {
  return (
    <MenuFrame {...props}>
      <MenuRows entries={entries} />
    </MenuFrame>
  );
}

/** A menu whose deeds are worked out when it opens: by a component of its own that gives `MenuRows`. */
export function MenuFrame({
  trigger,
  label,
  align = 'start',
  side = 'bottom',
  children,
}: MenuProps & { readonly children: ReactElement }) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          className={classNames(styles.popup, styles.menu)}
          {...(label !== undefined && { 'aria-label': label })}
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** The deeds of a menu, in their order. */
export function MenuRows({ entries }: { readonly entries: readonly MenuEntry[] }) {
  return entries.map((entry) => <MenuRow key={entry.key} entry={entry} />);
}

function MenuRow({ entry }: { readonly entry: MenuEntry }) {
  if (entry.kind === 'separator') return <DropdownMenu.Separator className={styles.separator} />;
  if (entry.kind === 'label') return <DropdownMenu.Label className={styles.label}>{entry.label}</DropdownMenu.Label>;
  const { label, note, icon, shortcut, danger, disabled, checked, onSelect } = entry;
  const className = classNames(styles.item, danger === true && styles.danger);
  const content = (
    <>
      {(icon !== undefined || checked !== undefined) && (
        <span className={styles.icon}>{checked === true ? <Check size={14} aria-hidden /> : icon}</span>
      )}
      <span className={styles.text}>
        {label}
        {note !== undefined && <span className={styles.note}>{note}</span>}
      </span>
      {shortcut !== undefined && <Kbd>{shortcut}</Kbd>}
    </>
  );
  if (checked !== undefined) {
    return (
      <DropdownMenu.CheckboxItem
        className={className}
        checked={checked}
        disabled={disabled ?? false}
        onSelect={onSelect}
      >
        {content}
      </DropdownMenu.CheckboxItem>
    );
  }
  return (
    <DropdownMenu.Item className={className} disabled={disabled ?? false} onSelect={onSelect}>
      {content}
    </DropdownMenu.Item>
  );
}
