import type { TFunction } from 'i18next';
import { formatCount, formatDuration, type Language, languageTags } from '../../components/format.ts';
import type { HealthReason } from '../health.ts';

/** The reason of a health as a sentence without its full stop. `nowMs` is the instant that is shown, on the cluster's clock. */
export function healthSentence(t: TFunction<'frame'>, language: Language, reason: HealthReason, nowMs: number): string {
  const list = (sids: readonly number[]) => new Intl.ListFormat(languageTags[language]).format(sids.map(String));
  const ago = (sinceMs: number) => formatDuration(Math.max(0, nowMs - sinceMs), language);
  switch (reason.code) {
    case 'allSynced': {
      const spare = t('health.spare', { count: reason.spare });
      return t('health.reason.allSynced', { count: reason.voters, spare });
    }
    case 'behind': {
      const transactions = formatCount(reason.transactions, language);
      return t('health.reason.behind', { count: reason.voters, sid: reason.sid, transactions });
    }
    case 'votersDown':
    case 'votersPaused':
    case 'notFollowing': {
      const spare = t('health.spare', { count: reason.spare });
      return t(`health.reason.${reason.code}`, { count: reason.sids.length, list: list(reason.sids), spare });
    }
    case 'observersDown':
      return t('health.reason.observersDown', { count: reason.sids.length, list: list(reason.sids) });
    case 'linksDisturbed':
      return t('health.reason.linksDisturbed', { count: reason.links });
    case 'electing': {
      const { kind, sid } = reason.cause;
      const params = { sid, ago: ago(reason.sinceMs) };
      // Several may look for a leader and join one, each of them a cause for nobody else.
      const isNamed = kind === 'lostQuorum' || kind === 'started' || (sid !== null && kind !== 'rejoined');
      return t(`health.electing.${isNamed ? kind : 'unknown'}`, params);
    }
    case 'synchronising':
      return t('health.reason.synchronising', { sid: reason.sid, ago: ago(reason.sinceMs) });
    case 'tooFewUp':
      return t('health.reason.tooFewUp', { up: reason.up, voters: reason.voters, quorum: reason.quorum });
    case 'leaderLost':
    case 'starting':
    case 'nothingKnown':
      return t(`health.reason.${reason.code}`);
  }
}
