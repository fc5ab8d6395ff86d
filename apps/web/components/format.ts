/** How numbers, times and identifiers are written. Pure: the language comes in, and the same input gives the same text. */
import type { HexString } from '@vivarium/shared/cluster-event';

export type Language = 'en' | 'zh';

/** The tag of a language for `Intl` and the `lang` attribute. */
export const languageTags: Readonly<Record<Language, string>> = { en: 'en', zh: 'zh-CN' };

/** Epoch and counter of a zxid, both in hex: `7·4e1b`; `0·0` stands for none. */
export function formatZxid(zxid: HexString): string {
  const { epoch, counter } = splitZxid(zxid);
  return `${epoch}·${counter}`;
}

/** The two halves of a zxid, in hex without leading zeros. */
export function splitZxid(zxid: HexString): { readonly epoch: string; readonly counter: string } {
  const digits = zxid.slice(2).padStart(16, '0');
  const trim = (half: string) => half.replace(/^0+(?=.)/, '');
  return { epoch: trim(digits.slice(0, -8)), counter: trim(digits.slice(-8)) };
}

/** A zxid with all its 16 digits, as it stands in logs. */
export function fullZxid(zxid: HexString): string {
  return `0x${zxid.slice(2).padStart(16, '0')}`;
}

/** A whole number with separators: `18,420`. */
export function formatCount(count: number, language: Language): string {
  return numberFormat(language, { maximumFractionDigits: 0 }).format(count);
}

/** Bytes in decimal units: `611 B`, `4.2 kB`, `332 MB`. */
export function formatBytes(bytes: number, language: Language): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit > 0 && value < 99.95 ? 1 : 0;
  return `${numberFormat(language, { maximumFractionDigits: digits }).format(value)} ${units[unit]}`;
}

/** A length of time with two or three significant digits: `0.3 ms`, `6.2 ms`, `231 ms`, `4.6 s`, `4 min 42 s`, `3 h 5 min`. */
export function formatDuration(ms: number, language: Language): string {
  const size = Math.abs(ms);
  const sign = ms < 0 ? '−' : '';
  const words = durationWords[language];
  const number = (value: number, digits: number) =>
    numberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
  if (size < 0.005) return `0 ${words.ms}`;
  if (size < 0.095) return `${sign}${number(size, 2)} ${words.ms}`;
  if (size < 99.95) return `${sign}${number(size, 1)} ${words.ms}`;
  if (size < 999.5) return `${sign}${number(size, 0)} ${words.ms}`;
  if (size < 59_950) return `${sign}${number(size / 1000, 1)} ${words.s}`;
  const seconds = Math.round(size / 1000);
  if (seconds < 3600) return `${sign}${pair(Math.floor(seconds / 60), words.min, seconds % 60, words.s)}`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return `${sign}${pair(Math.floor(minutes / 60), words.h, minutes % 60, words.min)}`;
  const hours = Math.round(minutes / 60);
  return `${sign}${pair(Math.floor(hours / 24), words.d, hours % 24, words.h)}`;
}

/** An age in its largest unit, as a glance wants it: `0.4 s`, `12 s`, `38 min`, `3 h`, `61 d`. */
export function formatAge(ms: number, language: Language): string {
  const words = durationWords[language];
  const size = Math.max(0, ms);
  if (size < 9_950)
    return `${numberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(size / 1000)} ${words.s}`;
  const seconds = Math.floor(size / 1000);
  if (seconds < 60) return `${seconds} ${words.s}`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} ${words.min}`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} ${words.h}`;
  return `${Math.floor(seconds / 86_400)} ${words.d}`;
}

const durationWords = {
  en: { ms: 'ms', s: 's', min: 'min', h: 'h', d: 'd' },
  zh: { ms: '毫秒', s: '秒', min: '分', h: '小时', d: '天' },
} as const;

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** The time of day in the zone of the viewer: `14:32:07`, with `digits` of its fraction: `14:32:07.418`. */
export function formatTimeOfDay(wallMs: number, digits: 0 | 1 | 2 | 3 | 4 = 0): string {
  const whole = Math.floor(wallMs);
  const date = new Date(whole);
  const two = (value: number) => String(value).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  if (digits === 0) return time;
  const fraction = Math.floor((date.getMilliseconds() + (wallMs - whole)) * 10);
  return `${time}.${String(fraction).padStart(4, '0').slice(0, digits)}`;
}

/** Date and time with the zone, for a title: `21 Nov 2026, 14:32:07.418 GMT+1`. */
export function formatInstant(wallMs: number, language: Language): string {
  const options: Intl.DateTimeFormatOptions = {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
    timeZoneName: 'short',
  };
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : languageTags.zh, options).format(wallMs);
}

/** How long before or after `nowMs` an instant is: `38 s ago`, `in 2 min`, `now`. */
export function formatRelative(wallMs: number, nowMs: number, language: Language): string {
  const seconds = Math.round((wallMs - nowMs) / 1000);
  const format = new Intl.RelativeTimeFormat(languageTags[language], { numeric: 'auto', style: 'short' });
  const size = Math.abs(seconds);
  if (size < 60) return format.format(seconds, 'second');
  if (size < 3600) return format.format(Math.trunc(seconds / 60), 'minute');
  if (size < 86_400) return format.format(Math.trunc(seconds / 3600), 'hour');
  return format.format(Math.trunc(seconds / 86_400), 'day');
}

/** A speed as a factor: `0.001×`, `1×`. */
export function formatSpeed(speed: number): string {
  return `${Number(speed.toPrecision(3))}×`;
}

const formats = new Map<string, Intl.NumberFormat>();

/** Formats are dear to make and few: as many as there are combinations below. */
function numberFormat(language: Language, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${language} ${options.minimumFractionDigits} ${options.maximumFractionDigits}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(languageTags[language], options);
    formats.set(key, format);
  }
  return format;
}
