import type { ComponentProps, ReactNode } from 'react';
import styles from './button.module.css';
import { classNames } from './class-names.ts';
import { Tooltip } from './tooltip.tsx';

/** `danger` is for the button that confirms what cannot be taken back. */
export type ButtonVariant = 'default' | 'quiet' | 'primary' | 'danger';

export interface ButtonProps extends ComponentProps<'button'> {
  readonly variant?: ButtonVariant;
}

export function Button({ variant = 'default', className, type = 'button', ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      className={classNames(styles.button, variant !== 'default' && styles[variant], className)}
    />
  );
}

export interface IconButtonProps extends Omit<ButtonProps, 'aria-label' | 'children'> {
  /** What it does: its name for screen readers and its tooltip. */
  readonly label: string;
  /** Beside the name in the tooltip. */
  readonly shortcut?: string | undefined;
  readonly icon: ReactNode;
}

/** A square button with a picture, whose name shows on hover and focus. */
export function IconButton({ label, shortcut, icon, variant = 'quiet', className, ...rest }: IconButtonProps) {
  return (
    <Tooltip content={label} shortcut={shortcut}>
      <Button {...rest} variant={variant} aria-label={label} className={classNames(styles.icon, className)}>
        {icon}
      </Button>
    </Tooltip>
  );
}
