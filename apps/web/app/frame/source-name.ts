import type { ClusterInfo } from '@vivarium/shared/contract/source';
import type { TFunction } from 'i18next';
import { type Language, languageTags } from '../../components/format.ts';

/** The name of a source in the language of the page: the server names its own ensemble and its recordings in English. */
export function sourceName(t: TFunction<'frame'>, language: Language, { id, name, kind }: ClusterInfo): string {
  if (kind === 'hosted' && id === 'local') return t('frame.local');
  const [, recordedAt] = /^recording-(\d{4}-\d\d-\d\dT[\d:-]+(?:\.\d+)?Z)$/.exec(id) ?? [];
  if (kind === 'recorded' && recordedAt !== undefined) {
    // Some file systems allow no colons: the time of day may be written with dashes.
    const time = Date.parse(recordedAt.replace(/T(\d\d)-(\d\d)-/, 'T$1:$2:'));
    if (Number.isFinite(time)) return recordingTime(language).format(time);
  }
  return name;
}

function recordingTime(language: Language): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : languageTags.zh, {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
}
