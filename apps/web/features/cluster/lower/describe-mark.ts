/** What a mark of the space–time diagram is, in a sentence. */
import { formatDuration, formatZxid, type Language } from '../../../components/format.ts';
import type { Mark } from '../../../viz/space-time-layout.ts';
import { voteOrNone, zxidOrNone } from '../inspector/format.ts';
import type { Translate } from '../inspector/text.ts';
import { eventSentence } from './event-sentence.ts';

/** The sentence that stands beside a mark, and that a screen reader says. */
export function describeMark(t: Translate, language: Language, mark: Mark, headMs: number): string {
  switch (mark.kind) {
    case 'message': {
      const { from, to, packet, zxid, vote, sentAtMs, receivedAtMs } = mark.message;
      const shown = vote === null ? zxidOrNone(zxid) : voteOrNone(vote);
      const endMs = mark.fate === 'arrived' ? (receivedAtMs ?? headMs) : headMs;
      const named = shown === '' || shown === '0·0' ? packet : `${packet} ${shown}`;
      const params = { packet: named, from, to, duration: formatDuration(endMs - sentAtMs, language) };
      return t(`spaceTime.mark.${mark.fate === 'arrived' ? 'message' : mark.fate}`, params);
    }
    case 'write':
      return t(mark.done ? 'spaceTime.mark.write' : 'spaceTime.mark.writing', {
        zxid: formatZxid(mark.zxid ?? '0x0'),
        sid: mark.sid,
        duration: formatDuration(mark.tookMs, language),
      });
    case 'commit':
      return t('spaceTime.mark.commit', { sid: mark.sid, zxid: formatZxid(mark.zxid ?? '0x0') });
    case 'state':
      return t('spaceTime.mark.state', { sid: mark.sid, what: eventSentence(t, mark.event) });
  }
}
