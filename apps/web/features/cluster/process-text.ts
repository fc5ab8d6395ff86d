import type { ServerView } from '@vivarium/shared/cluster-state';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { actorText } from './actor-text.ts';

/** What the process of a server does and who asked for it, in a few words; null while it runs and nothing is to say. */
export function useProcessText(server: ServerView): string | null {
  const { t } = useTranslation('cluster');
  const { process } = server;
  if (process === null) return server.unreachable === null ? null : unreachableText(t, server.unreachable.reason);
  if (process.state === 'running') return null;
  const by = process.by === null ? null : actorText((key, params) => t(key, params ?? {}), process.by);
  switch (process.state) {
    case 'died': {
      const { exit } = process;
      if (exit?.signal != null) return t('process.diedOfSignal', { signal: exit.signal });
      return exit?.code != null ? t('process.diedWithCode', { code: exit.code }) : t('process.died');
    }
    case 'killed':
      return by === null ? t('process.killed') : t('process.killedBy', { by });
    case 'stopped':
      return by === null ? t('process.stopped') : t('process.stoppedBy', { by });
    case 'paused':
      return by === null ? t('process.paused') : t('process.pausedBy', { by });
    case 'starting':
      return t('process.starting');
    case 'stopping':
      return t('process.stopping');
  }
}

/** Why a server that somebody else runs is not heard, in a few words. */
function unreachableText(t: TFunction<'cluster'>, reason: string): string {
  const known = reason === 'refused' || reason === 'silent' || reason === 'unknownHost';
  return t(`unreachable.${known ? reason : 'other'}`);
}
