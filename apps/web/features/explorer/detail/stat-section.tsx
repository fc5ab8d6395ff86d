import type { StatJson } from '@vivarium/shared/contract/rest';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../components/button.tsx';
import { classNames } from '../../../components/class-names.ts';
import { formatBytes, formatCount, formatInstant, formatRelative } from '../../../components/format.ts';
import { Copyable, ZxidText } from '../../../components/identifiers.tsx';
import { Tooltip } from '../../../components/tooltip.tsx';
import { useLanguage } from '../../../i18n/i18n.ts';
import { usePlayer } from '../../../live/use-player.ts';
import { useNow } from '../use-now.ts';
import styles from './stat-section.module.css';

type StatField = keyof StatJson;

/** In the order of the columns: when it was made and changed, how often, and what it has. */
const FIELDS: readonly { readonly field: StatField; readonly name: string }[] = [
  { field: 'czxid', name: 'czxid' },
  { field: 'mzxid', name: 'mzxid' },
  { field: 'pzxid', name: 'pzxid' },
  { field: 'ephemeralOwner', name: 'ephemeralOwner' },
  { field: 'ctimeMs', name: 'ctime' },
  { field: 'mtimeMs', name: 'mtime' },
  { field: 'dataLength', name: 'dataLength' },
  { field: 'numChildren', name: 'numChildren' },
  { field: 'version', name: 'version' },
  { field: 'cversion', name: 'cversion' },
  { field: 'aversion', name: 'aversion' },
];

/** A Stat, each field explained; what is not as in `read` is underlined. */
export function StatSection({
  stat,
  read,
  isPast,
}: {
  readonly stat: StatJson;
  /** The Stat that the viewer began with. */
  readonly read: StatJson;
  readonly isPast: boolean;
}) {
  const { t } = useTranslation('explorer');
  const [explained, setExplained] = useState(false);
  const changed = FIELDS.some(({ field }) => stat[field] !== read[field]);
  return (
    <section className={styles.section} aria-label={t('stat.title')}>
      <header className={styles.header}>
        <h3>{t('stat.title')}</h3>
        <span className={styles.aside}>{isPast ? t('stat.past') : changed ? t('stat.nowChanged') : t('stat.now')}</span>
        <Button
          variant="quiet"
          className={styles.explain}
          aria-expanded={explained}
          onClick={() => setExplained(!explained)}
        >
          {explained ? t('stat.hideExplained') : t('stat.explain')}
        </Button>
      </header>
      <dl className={explained ? styles.explained : styles.grid}>
        {FIELDS.map(({ field, name }) => (
          <div key={field} className={classNames(stat[field] !== read[field] && styles.new)}>
            <Tooltip content={t(`stat.fields.${name}`)} side="top">
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: its explanation shows on focus too. */}
              <dt tabIndex={0}>{name}</dt>
            </Tooltip>
            <dd>
              <FieldValue field={field} stat={stat} isPast={isPast} />
            </dd>
            {explained && <dd className={styles.meaning}>{t(`stat.fields.${name}`)}</dd>}
          </div>
        ))}
      </dl>
    </section>
  );
}

function FieldValue({
  field,
  stat,
  isPast,
}: {
  readonly field: StatField;
  readonly stat: StatJson;
  readonly isPast: boolean;
}): ReactNode {
  const language = useLanguage();
  if (field === 'czxid' || field === 'mzxid' || field === 'pzxid') return <ZxidText zxid={stat[field]} />;
  if (field === 'ephemeralOwner') return <Copyable value={stat.ephemeralOwner} />;
  if (field === 'ctimeMs' || field === 'mtimeMs') {
    // The znodes that every tree begins with are older than any clock.
    return stat[field] === 0 ? '—' : <Moment wallMs={stat[field]} isPast={isPast} />;
  }
  const count = formatCount(stat[field], language);
  if (field !== 'dataLength' || stat.dataLength < 1000) return count;
  return <span title={formatBytes(stat.dataLength, language)}>{count}</span>;
}

/** An instant as date and time, and how long ago: in the past, before the instant that is shown. */
function Moment({ wallMs, isPast }: { readonly wallMs: number; readonly isPast: boolean }) {
  const language = useLanguage();
  const clock = useNow(1_000, !isPast);
  const shownWallMs = usePlayer((view) => (isPast ? view.headWallMs : 0));
  const now = isPast ? shownWallMs : clock;
  const date = new Date(wallMs);
  const today = new Date(now);
  const isToday = date.toDateString() === today.toDateString();
  const isThisYear = date.getFullYear() === today.getFullYear();
  const time = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'zh-CN', {
    ...(isToday ? {} : { day: 'numeric', month: 'short', ...(isThisYear ? {} : { year: 'numeric' }) }),
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(date);
  return (
    <time dateTime={date.toISOString()} title={formatInstant(wallMs, language)}>
      {time}
      {', '}
      <span className={styles.ago}>{formatRelative(Math.min(wallMs, now), now, language)}</span>
    </time>
  );
}
