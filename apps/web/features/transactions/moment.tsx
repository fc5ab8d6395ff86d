import { formatInstant, formatTimeOfDay } from '../../components/format.ts';
import { useLanguage } from '../../i18n/i18n.ts';

/** A time of day, with day and month before it where it is not today. */
export function Moment({ wallMs, className }: { readonly wallMs: number; readonly className?: string | undefined }) {
  const language = useLanguage();
  const date = new Date(wallMs);
  const isToday = date.toDateString() === new Date().toDateString();
  const day = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'zh-CN', { day: 'numeric', month: 'short' });
  return (
    <time className={className} dateTime={date.toISOString()} title={formatInstant(wallMs, language)}>
      {!isToday && `${day.format(date)} `}
      {formatTimeOfDay(wallMs, 3)}
    </time>
  );
}
