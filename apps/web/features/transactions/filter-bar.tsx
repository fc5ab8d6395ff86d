import { CalendarClock, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { Select, TextField } from '../../components/field.tsx';
import { formatInstant } from '../../components/format.ts';
import { Popover } from '../../components/popover.tsx';
import { SegmentedControl } from '../../components/segmented-control.tsx';
import { useLanguage } from '../../i18n/i18n.ts';
import { faultOf } from '../explorer/path-fault.ts';
import { type Filter, isFiltered, NO_FILTER, OPERATIONS, sessionOf } from './filter.ts';
import { inputOfInstant, instantOfInput } from './instant-input.ts';
import styles from './transactions.module.css';

const LAST_MINUTES = [15, 60, 24 * 60] as const;

/** Which transactions are shown. What is typed counts with Enter, or when the field is left. */
export function FilterBar({
  filter,
  onChange,
}: {
  readonly filter: Filter;
  readonly onChange: (change: Partial<Filter>) => void;
}) {
  const { t } = useTranslation('transactions');
  const { t: explorer } = useTranslation('explorer');
  const isExact = filter.path !== null;
  const path = filter.path ?? filter.below ?? '';
  const [exactly, setExactly] = useState(isExact);
  useEffect(() => {
    if (path !== '') setExactly(isExact);
  }, [isExact, path]);
  const search = (text: string | null, exact: boolean) =>
    onChange({ path: exact ? text : null, below: exact ? null : text });
  return (
    <search className={styles.filters} aria-label={t('filter.label')}>
      <TypedField
        label={t('filter.path')}
        placeholder={t('filter.pathPlaceholder')}
        value={path}
        className={styles.pathField}
        shortcut="/"
        faultIn={(text) => {
          const fault = faultOf(text);
          return fault === null ? null : explorer(`path.${fault.key}`, { ...fault });
        }}
        onCommit={(text) => search(text, exactly)}
      />
      <SegmentedControl
        label={t('filter.reach')}
        value={exactly ? 'exactly' : 'below'}
        onChange={(reach) => {
          setExactly(reach === 'exactly');
          if (path !== '') search(path, reach === 'exactly');
        }}
        segments={[
          { value: 'below', label: t('filter.below') },
          { value: 'exactly', label: t('filter.exactly') },
        ]}
      />
      <TypedField
        label={t('filter.session')}
        placeholder={t('filter.sessionPlaceholder')}
        value={filter.session ?? ''}
        className={styles.sessionField}
        faultIn={(text) => (sessionOf(text) === null ? t('filter.noSession') : null)}
        onCommit={(text) => onChange({ session: text === null ? null : sessionOf(text) })}
      />
      <Select
        label={t('filter.operation')}
        hideLabel
        value={filter.operation ?? ''}
        onChange={(operation) => onChange({ operation: operation === '' ? null : operation })}
        options={[
          { value: '', label: t('filter.anyOperation') },
          ...[...new Set([...OPERATIONS, ...(filter.operation === null ? [] : [filter.operation])])].map((value) => ({
            value,
            label: value,
          })),
        ]}
      />
      <TimeRange filter={filter} onChange={onChange} />
      {isFiltered(filter) && (
        <Button variant="quiet" onClick={() => onChange(NO_FILTER)}>
          <X size={14} strokeWidth={1.5} aria-hidden /> {t('filter.clear')}
        </Button>
      )}
    </search>
  );
}

/** A field whose text counts once it is finished; null stands for none. */
function TypedField({
  label,
  placeholder,
  value,
  className,
  shortcut,
  faultIn,
  onCommit,
}: {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly className: string | undefined;
  /** The key that leads here. */
  readonly shortcut?: string;
  /** Why the text is none that can be looked for. */
  readonly faultIn: (text: string) => string | null;
  readonly onCommit: (text: string | null) => void;
}) {
  const [text, setText] = useState(value);
  const [fault, setFault] = useState<string | null>(null);
  const field = useRef<HTMLDivElement>(null);
  useEffect(() => {
    setText(value);
    setFault(null);
  }, [value]);
  useEffect(() => {
    if (shortcut === undefined) return;
    const focus = (event: KeyboardEvent) => {
      const { target } = event;
      const isTyping =
        target instanceof HTMLElement && target.closest('input, textarea, select, [role=dialog]') !== null;
      if (event.key !== shortcut || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      field.current?.querySelector('input')?.focus();
    };
    addEventListener('keydown', focus);
    return () => removeEventListener('keydown', focus);
  }, [shortcut]);
  const commit = () => {
    const trimmed = text.trim();
    const found = trimmed === '' ? null : faultIn(trimmed);
    setFault(found);
    if (found === null && trimmed !== value) onCommit(trimmed === '' ? null : trimmed);
  };
  return (
    <div ref={field} className={className}>
      <TextField
        label={label}
        hideLabel
        mono
        type="search"
        placeholder={placeholder}
        value={text}
        onChange={(next) => {
          setText(next);
          setFault(null);
          // The cross in the field empties it.
          if (next === '' && value !== '') onCommit(null);
        }}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit();
          if (event.key === 'Escape') setText(value);
        }}
        {...(fault !== null && { error: fault })}
      />
    </div>
  );
}

function TimeRange({
  filter: { fromMs, toMs },
  onChange,
}: {
  readonly filter: Filter;
  readonly onChange: (change: Partial<Filter>) => void;
}) {
  const { t } = useTranslation('transactions');
  const language = useLanguage();
  const [open, setOpen] = useState(false);
  const from = fromMs === null ? null : formatInstant(fromMs, language);
  const to = toMs === null ? null : formatInstant(toMs, language);
  const said =
    from !== null && to !== null
      ? t('filter.between', { from, to })
      : from !== null
        ? t('filter.since', { from })
        : to !== null
          ? t('filter.until', { to })
          : t('filter.anyTime');
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      label={t('filter.time')}
      trigger={
        <Button className={styles.timeButton} title={said}>
          <CalendarClock size={14} strokeWidth={1.5} aria-hidden /> <span>{said}</span>
        </Button>
      }
    >
      <div className={styles.range}>
        {LAST_MINUTES.map((minutes) => (
          <Button
            key={minutes}
            onClick={() => {
              onChange({ fromMs: Date.now() - minutes * 60_000, toMs: null });
              setOpen(false);
            }}
          >
            {t(`filter.last.${minutes}`)}
          </Button>
        ))}
        <InstantField label={t('filter.from')} value={fromMs} onChange={(next) => onChange({ fromMs: next })} />
        <InstantField label={t('filter.to')} value={toMs} onChange={(next) => onChange({ toMs: next })} />
        <Button
          variant="quiet"
          disabled={fromMs === null && toMs === null}
          onClick={() => {
            onChange({ fromMs: null, toMs: null });
            setOpen(false);
          }}
        >
          {t('filter.anyTime')}
        </Button>
      </div>
    </Popover>
  );
}

function InstantField({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: number | null;
  readonly onChange: (value: number | null) => void;
}) {
  return (
    <label className={styles.instant}>
      {label}
      <input
        type="datetime-local"
        step={1}
        value={value === null ? '' : inputOfInstant(value)}
        onChange={(event) => onChange(instantOfInput(event.target.value))}
      />
    </label>
  );
}
