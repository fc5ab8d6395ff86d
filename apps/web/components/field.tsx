import { ChevronDown } from 'lucide-react';
import { type ComponentProps, type ReactNode, useEffect, useId, useState } from 'react';
import { classNames } from './class-names.ts';
import styles from './field.module.css';

interface FieldProps {
  readonly label: string;
  /** The label is for screen readers only. */
  readonly hideLabel?: boolean;
  /** Under the control: what is asked. */
  readonly hint?: ReactNode;
  /** Why what was entered is not accepted. */
  readonly error?: ReactNode;
}

/** The attributes that tie a control to its hint and error. */
function describedBy(id: string, { hint, error }: FieldProps) {
  const invalid = error !== undefined && error !== null && error !== '';
  return {
    id,
    'aria-invalid': invalid,
    ...((invalid || hint !== undefined) && { 'aria-describedby': `${id}-about` }),
  };
}

function Field({
  id,
  field,
  children,
}: {
  readonly id: string;
  readonly field: FieldProps;
  readonly children: ReactNode;
}) {
  const { label, hideLabel = false, hint, error } = field;
  const invalid = error !== undefined && error !== null && error !== '';
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={hideLabel ? 'visually-hidden' : styles.label}>
        {label}
      </label>
      {children}
      {(invalid || hint !== undefined) && (
        <span id={`${id}-about`} className={invalid ? styles.error : styles.hint}>
          {invalid ? error : hint}
        </span>
      )}
    </div>
  );
}

export interface TextFieldProps
  extends FieldProps,
    Omit<ComponentProps<'input'>, 'value' | 'onChange' | 'id' | 'children' | 'type'> {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly type?: 'text' | 'search' | 'password';
  /** For identifiers. */
  readonly mono?: boolean;
}

/** One line of text. */
export function TextField({
  label,
  hideLabel,
  hint,
  error,
  value,
  onChange,
  type = 'text',
  mono = false,
  className,
  ...rest
}: TextFieldProps) {
  const id = useId();
  const field = { label, hideLabel: hideLabel ?? false, hint, error };
  return (
    <Field id={id} field={field}>
      <input
        autoComplete="off"
        spellCheck={false}
        {...rest}
        {...describedBy(id, field)}
        type={type}
        className={classNames(styles.control, mono && styles.mono, className)}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  );
}

export interface TextAreaProps
  extends FieldProps,
    Omit<ComponentProps<'textarea'>, 'value' | 'onChange' | 'id' | 'children'> {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly mono?: boolean;
}

/** Several lines of text. */
export function TextArea({
  label,
  hideLabel,
  hint,
  error,
  value,
  onChange,
  mono = false,
  className,
  ...rest
}: TextAreaProps) {
  const id = useId();
  const field = { label, hideLabel: hideLabel ?? false, hint, error };
  return (
    <Field id={id} field={field}>
      <textarea
        rows={4}
        spellCheck={false}
        {...rest}
        {...describedBy(id, field)}
        className={classNames(styles.control, styles.area, mono && styles.mono, className)}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  );
}

/** A whole number. `onChange` gets null while what is entered is none, or is out of bounds. */
export function NumberField({
  label,
  hideLabel = false,
  hint,
  error,
  value,
  onChange,
  min,
  max,
  step = 1,
  unit,
  disabled = false,
}: FieldProps & {
  readonly value: number | null;
  readonly onChange: (value: number | null) => void;
  readonly min?: number;
  readonly max?: number;
  readonly step?: number;
  /** Behind the control. */
  readonly unit?: ReactNode;
  readonly disabled?: boolean;
}) {
  const id = useId();
  const field = { label, hideLabel, hint, error };
  const [text, setText] = useState(value === null ? '' : String(value));
  // What is being typed is not the number's only notation ("", "-", "007"): it is replaced only by another number.
  useEffect(() => {
    setText((current) => (value === null || Number(current) === value ? current : String(value)));
  }, [value]);
  const change = (next: string) => {
    setText(next);
    const number = Number(next);
    const inBounds = number >= (min ?? -Infinity) && number <= (max ?? Infinity);
    onChange(next.trim() !== '' && Number.isInteger(number) && inBounds ? number : null);
  };
  return (
    <Field id={id} field={field}>
      <span className={styles.withUnit}>
        <input
          {...describedBy(id, field)}
          type="number"
          inputMode="numeric"
          className={styles.control}
          value={text}
          min={min}
          max={max}
          step={step}
          disabled={disabled}
          onChange={(event) => change(event.target.value)}
        />
        {unit !== undefined && <span className={styles.unit}>{unit}</span>}
      </span>
    </Field>
  );
}

export interface SelectOption<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly disabled?: boolean;
}

/** One of several, in the machine's own list, which a finger and a screen reader know how to use. */
export function Select<T extends string>({
  label,
  hideLabel = false,
  hint,
  error,
  value,
  options,
  onChange,
  variant = 'default',
  disabled = false,
  className,
}: FieldProps & {
  readonly value: T;
  readonly options: readonly SelectOption<T>[];
  readonly onChange: (value: T) => void;
  readonly variant?: 'default' | 'quiet';
  readonly disabled?: boolean;
  readonly className?: string | undefined;
}) {
  const id = useId();
  const field = { label, hideLabel, hint, error };
  return (
    <Field id={id} field={field}>
      <span className={classNames(styles.selectBox, className)}>
        <select
          {...describedBy(id, field)}
          className={classNames(styles.control, styles.select, variant === 'quiet' && styles.quiet)}
          value={value}
          disabled={disabled}
          onChange={(event) => {
            const chosen = options.find((option) => option.value === event.target.value);
            if (chosen !== undefined) onChange(chosen.value);
          }}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value} disabled={option.disabled ?? false}>
              {option.label}
            </option>
          ))}
        </select>
        <ChevronDown className={styles.chevron} size={14} strokeWidth={1.5} aria-hidden />
      </span>
    </Field>
  );
}

/** Something that is on or off. */
export function Checkbox({
  label,
  checked,
  onChange,
  disabled = false,
}: {
  readonly label: ReactNode;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean;
}) {
  return (
    <label className={styles.checkbox}>
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span>{label}</span>
    </label>
  );
}
