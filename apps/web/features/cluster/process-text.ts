import type { ServerView } from '@vivarium/shared/cluster-state';
import { useTranslation } from 'react-i18next';

/** What the process of a server does and who asked for it, in a few words; null while it runs and nothing is to say. */
export function useProcessText(server: ServerView): string | null {
  const { t } = useTranslation('cluster');
  const actor = useActorText();
  const { process } = server;
  if (process === null || process.state === 'running') return null;
  const by = process.by === null ? null : actor(process.by);
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

/** Who did something, as a person reads it: the server names a browser or a script. */
function useActorText(): (actor: string) => string {
  const { t } = useTranslation('cluster');
  return (actor) => {
    const browser = /^browser (\d+)$/.exec(actor);
    if (browser !== null) return t('actor.browser', { number: browser[1] });
    return actor === 'token' ? t('actor.script') : actor;
  };
}
