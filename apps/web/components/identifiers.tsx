/** Identifiers and instants, each written in one way everywhere, with the whole of it on hover and a click to copy it. */
import type { HexString } from '@vivarium/shared/cluster-event';
import { Check } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLanguage } from '../i18n/i18n.ts';
import { classNames } from './class-names.ts';
import { copyText } from './copy-text.ts';
import { formatInstant, formatRelative, formatTimeOfDay, formatZxid, fullZxid } from './format.ts';
import styles from './identifiers.module.css';
import { toast } from './toast.ts';
import { Tooltip } from './tooltip.tsx';

const DONE_MS = 1_200;

/** Text that a click copies: `value` is what is copied, `children` what is seen. */
export function Copyable({
  value,
  children,
  mono = true,
  className,
}: {
  readonly value: string;
  readonly children?: ReactNode;
  readonly mono?: boolean;
  readonly className?: string | undefined;
}) {
  const { t } = useTranslation('frame');
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), DONE_MS);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async () => {
    const copied = await copyText(value);
    setDone(copied);
    if (!copied) toast('error', t('common.copyFailed'));
  };
  return (
    <Tooltip content={done ? t('common.copied') : t('common.copyValue', { value })}>
      <button
        type="button"
        className={classNames(styles.copyable, mono && 'mono', className)}
        onClick={(event) => {
          // The identifier may stand in a row or card that has a click of its own.
          event.stopPropagation();
          void copy();
        }}
      >
        <span className={styles.value}>{children ?? value}</span>
        {done && <Check className={styles.done} size={12} aria-hidden />}
      </button>
    </Tooltip>
  );
}

/** A zxid as `epoch·counter` in hex. With `copy` off it is plain text with the whole value as its title. */
export function ZxidText({
  zxid,
  copy = true,
  className,
}: {
  readonly zxid: HexString;
  readonly copy?: boolean;
  readonly className?: string | undefined;
}) {
  if (copy) {
    return (
      <Copyable value={fullZxid(zxid)} className={className}>
        {formatZxid(zxid)}
      </Copyable>
    );
  }
  return (
    <span className={classNames('mono', className)} title={fullZxid(zxid)}>
      {formatZxid(zxid)}
    </span>
  );
}

/** A session id, as it stands in logs. */
export function SessionText({ session, copy = true }: { readonly session: HexString; readonly copy?: boolean }) {
  return copy ? <Copyable value={session} /> : <span className="mono">{session}</span>;
}

/** An instant: with `nowMs` relative to it (`38 s ago`), else as time of day; date and zone on hover. */
export function TimeText({
  wallMs,
  nowMs,
  digits = 3,
}: {
  readonly wallMs: number;
  readonly nowMs?: number | undefined;
  readonly digits?: 0 | 1 | 2 | 3 | 4;
}) {
  const language = useLanguage();
  return (
    <time dateTime={new Date(wallMs).toISOString()} title={formatInstant(wallMs, language)}>
      {nowMs === undefined ? formatTimeOfDay(wallMs, digits) : formatRelative(wallMs, nowMs, language)}
    </time>
  );
}
