import { ownActor } from '../../live/own-actor.ts';

type TranslateActor = (key: 'actor.you' | 'actor.browser' | 'actor.script', params?: { number: string }) => string;

/** Who did something: this page itself, another browser, which the server numbers, or whoever has the token. */
export function actorText(t: TranslateActor, actor: string): string {
  if (actor === ownActor()) return t('actor.you');
  const browser = /^browser (\d+)$/.exec(actor)?.[1];
  if (browser !== undefined) return t('actor.browser', { number: browser });
  return actor === 'token' ? t('actor.script') : actor;
}
